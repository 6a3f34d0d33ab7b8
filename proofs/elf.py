# SPDX-License-Identifier: ISC
"""A linked program's bytes: what is proved is what will run.

    elf = Elf(path)             a 64-bit little-endian program
    elf.machine                 183 is Arm64
    elf.symbols                 name: Symbol(address, size, kind)
    elf.read(address, size)     bytes as they will be in memory, and of code,
                                whether they stay so
    elf.relocations             the addresses that start-up code changes
    backends(elf, names)        name: {"expand": Function(name, address, code),
                                "encrypt", "decrypt"}, for the first backends,
                                after showing that the tables through which C
                                calls lead there
"""

import hashlib
import struct
from collections import namedtuple

Symbol = namedtuple("Symbol", "address size kind")
Section = namedtuple("Section", "name kind flags address at size link info"
                     " align entry")

SYMTAB, RELA, DYNAMIC, REL, RELR = 2, 4, 6, 9, 19        # kinds of sections
OBJECT, FUNCTION = 1, 2                                 # of symbols
LOAD, EXECUTE, WRITE = 1, 1, 2                          # of segments
MEMBERS = "expand", "encrypt", "decrypt"                # of struct xts_backend


class Function(namedtuple("Function", "name address code")):
    @property
    def sha256(self):
        return hashlib.sha256(self.code).hexdigest()


class Bad(Exception):
    """The program is not one that can be proved."""


def require(condition, reason):
    if not condition:
        raise Bad(reason)


class Elf:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        require(self.data[:7] == b"\x7fELF\2\1\1", "not a 64-bit ELF file")
        kind, self.machine = struct.unpack_from("<HH", self.data, 16)
        require(kind == 2, "not linked to a fixed address")
        at, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        raw = [Section(*struct.unpack_from("<IIQQQQIIQQ", self.data,
                                           at + size * i))
               for i in range(count)]
        self.sections = [s._replace(name=self._string(raw[names].at + s.name))
                         for s in raw]
        require(all(s.kind != DYNAMIC for s in self.sections),
                "needs a dynamic linker")
        self.symbols = self._symbols()
        self.relocations = self._relocations()

    def _string(self, at):
        return self.data[at:self.data.index(0, at)].decode()

    def _symbols(self):
        symbols = {}
        for table in self.sections:
            if table.kind != SYMTAB:
                continue
            strings = self.sections[table.link].at
            for at in range(table.at, table.at + table.size, 24):
                name, info, _, _, address, size = struct.unpack_from(
                    "<IBBHQQ", self.data, at)
                name, kind = self._string(strings + name), info & 15
                if name.startswith("xts_"):
                    require(name not in symbols, f"two symbols {name}")
                    symbols[name] = Symbol(address, size, kind)
        return symbols

    def _relocations(self):
        require(all(s.kind not in (REL, RELR) for s in self.sections),
                "relocations of a kind that is not read")
        return [struct.unpack_from("<Q", self.data, at)[0]
                for s in self.sections if s.kind == RELA
                for at in range(s.at, s.at + s.size, 24)]

    def read(self, address, size, is_code=False):
        """From the segments, which are what the kernel maps."""
        at, = struct.unpack_from("<Q", self.data, 32)
        entry, count = struct.unpack_from("<HH", self.data, 54)
        for i in range(count):
            kind, flags, offset, start, _, filled, _, _ = struct.unpack_from(
                "<IIQQQQQQ", self.data, at + entry * i)
            if (kind == LOAD and start <= address
                    and address + size <= start + filled):
                require(not is_code or flags & (EXECUTE | WRITE) == EXECUTE,
                        f"what is at {address:#x} is not code alone")
                offset += address - start
                return self.data[offset:offset + size]
        raise Bad(f"nothing at {address:#x}")

    def symbol(self, name, kind):
        require(name in self.symbols, f"no symbol {name}")
        require(self.symbols[name].kind == kind, f"{name} is of another kind")
        return self.symbols[name]

    def function_at(self, address, prefix):
        """The function there, whose name begins so."""
        names = [name for name, symbol in self.symbols.items()
                 if name.startswith(prefix) and symbol.kind == FUNCTION
                 and symbol.address == address]
        require(len(names) == 1, f"no function {prefix}* at {address:#x}")
        name, size = names[0], self.symbols[names[0]].size
        require(size > 0, f"{name} is not made of instructions")
        require(not any(address - 8 < at < address + size
                        for at in self.relocations), f"{name} is relocated")
        return Function(name, address, self.read(address, size, True))


def backends(elf, names):
    """struct xts_backend: name, usable, expand, encrypt, decrypt."""
    tables = elf.symbol("xts_backends", OBJECT).address
    return {name: backend(elf, name, tables + 8 * at)
            for at, name in enumerate(names)}


def backend(elf, name, entry):
    """entry: where the address of its table is."""
    table = elf.symbol(f"xts_{name}", OBJECT)
    require(struct.unpack("<Q", elf.read(entry, 8))[0] == table.address,
            f"another backend is in the place of {name}")
    require(table.size == 40, "struct xts_backend is of another size")
    members = struct.unpack("<5Q", elf.read(table.address, 40))
    text = name.encode() + b"\0"
    require(elf.read(members[0], len(text)) == text,
            "the backend has another name")
    require(not any(start - 8 < at < start + size
                    for start, size in ((table.address, 40), (entry, 8))
                    for at in elf.relocations), "the table is relocated")
    return {member: elf.function_at(address, f"xts_{member}_")
            for member, address in zip(MEMBERS, members[2:])}
