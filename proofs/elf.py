# SPDX-License-Identifier: ISC
"""A linked program's bytes: what is proved is what will run.

    elf = Elf(path)             a 64-bit little-endian program
    elf.machine                 183 is Arm64, 62 is x86-64
    elf.symbols                 name: Symbol(address, size, kind)
    elf.read(address, size)     bytes as the file has them
    elf.word(address)           a pointer, as start-up code leaves it
    elf.relocations             the addresses that start-up code changes
    backends(elf, names)        name: {"expand": Function, "encrypt",
                                "decrypt"}, for the first backends, after
                                showing that the tables through which C calls
                                lead there

Addresses in a program that can be loaded anywhere are those if it is loaded at
0. A Function has its name, its address, its code; constants, an address and
what is there: of what no one can write to, the part that its code may read; and
tails, those that it may branch to the beginning of; entry, the form of
instruction that it has to begin with, or None.
"""

import hashlib
import struct
from collections import namedtuple

Symbol = namedtuple("Symbol", "address size kind")
Section = namedtuple("Section", "name kind flags address at size link info"
                     " align entry")

SYMTAB, RELA, REL, RELR = 2, 4, 9, 19   # kinds of sections
RELATIVE = {62: 8, 183: 1027}           # of relocations: the load address + n
OBJECT, FUNCTION = 1, 2                                 # of symbols
LOAD, EXECUTE, WRITE = 1, 1, 2                          # of segments
MEMBERS = "expand", "encrypt", "decrypt"                # of struct xts_backend


class Function(namedtuple("Function", "name address code constants tails entry",
                          defaults=[None])):
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
        require(kind in (2, 3), "not a linked program")
        at, = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        raw = [Section(*struct.unpack_from("<IIQQQQIIQQ", self.data,
                                           at + size * i))
               for i in range(count)]
        self.sections = [s._replace(name=self._string(raw[names].at + s.name))
                         for s in raw]
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
                if name.startswith(("xts_", "poly1305_")):
                    require(name not in symbols, f"two symbols {name}")
                    symbols[name] = Symbol(address, size, kind)
        return symbols

    def _relocations(self):
        """{address: (kind, addend)}"""
        found = {}
        for s in self.sections:
            data = self.data[s.at:s.at + s.size]
            require(s.kind != REL, "relocations of a kind that is not read")
            if s.kind == RELA:
                found |= {where: (kind, addend) for where, kind, addend in
                          struct.iter_unpack("<QQq", data)}
            elif s.kind == RELR:
                found |= {where: (RELATIVE[self.machine], addend)
                          for where, addend in self._packed(data)}
        return found

    def _packed(self, data):
        """An even word is an address; an odd one has a bit, from the second on,
        for each of the 63 words after those before.  The addend is there."""
        following = 0
        for word, in struct.iter_unpack("<Q", data):
            if word & 1:
                places = [following + 8 * bit for bit in range(63)
                          if word >> bit + 1 & 1]
                following += 8 * 63
            else:
                places, following = [word], word + 8
            for place in places:
                yield place, *struct.unpack("<q", self.read(place, 8))

    def segment(self, address, size):
        """The one, of those that the kernel maps, that has these bytes in the
        file: flags; its own address; its bytes."""
        at, = struct.unpack_from("<Q", self.data, 32)
        entry, count = struct.unpack_from("<HH", self.data, 54)
        for i in range(count):
            kind, flags, offset, start, _, filled, _, _ = struct.unpack_from(
                "<IIQQQQQQ", self.data, at + entry * i)
            if (kind == LOAD and start <= address
                    and address + size <= start + filled):
                return flags, start, self.data[offset:offset + filled]
        raise Bad(f"nothing at {address:#x}")

    def read(self, address, size):
        _, start, data = self.segment(address, size)
        return data[address - start:address - start + size]

    def stays(self, address, size):
        """No relocation changes it."""
        return not any(address - 8 < at < address + size
                       for at in self.relocations)

    def word(self, address):
        relocation = self.relocations.get(address)
        if relocation is not None:
            require(relocation[0] == RELATIVE.get(self.machine),
                    f"a relocation at {address:#x} that is not understood")
            return relocation[1]
        require(self.stays(address, 8), f"half of {address:#x} is relocated")
        return struct.unpack("<Q", self.read(address, 8))[0]

    def code(self, address, size):
        flags, start, data = self.segment(address, size)
        require(flags & (EXECUTE | WRITE) == EXECUTE,
                f"what is at {address:#x} is not code alone")
        require(self.stays(address, size), f"{address:#x} is relocated")
        return data[address - start:address - start + size]

    def constants(self):
        """The section of that name, as it is and stays in memory."""
        found = [s for s in self.sections if s.name == ".rodata"]
        require(len(found) == 1, "not one section .rodata")
        address, size = found[0].address, found[0].size
        flags, start, data = self.segment(address, size)
        require(flags & WRITE == 0 and self.stays(address, size),
                ".rodata may change")
        return address, data[address - start:address - start + size]

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
        return Function(name, address, self.code(address, size),
                        self.constants(), ())


def backends(elf, names):
    """struct xts_backend: name, usable, expand, encrypt, decrypt."""
    tables = elf.symbol("xts_backends", OBJECT).address
    return {name: backend(elf, name, tables + 8 * at)
            for at, name in enumerate(names)}


def backend(elf, name, entry):
    """entry: where the address of its table is."""
    table = elf.symbol(f"xts_{name}", OBJECT)
    require(elf.word(entry) == table.address,
            f"another backend is in the place of {name}")
    require(table.size == 40, "struct xts_backend is of another size")
    members = [elf.word(table.address + at) for at in range(0, 40, 8)]
    text = name.encode() + b"\0"
    require(elf.read(members[0], len(text)) == text,
            "the backend has another name")
    return {member: elf.function_at(address, f"xts_{member}_")
            for member, address in zip(MEMBERS, members[2:])}
