#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Reference implementation of the xtscrypt file format, version 1.

Written from the description of the format alone, to be compared with
xtscrypt in tests: simple rather than fast, and no secret is wiped.  `decrypt`
writes nothing unless all of its input was verified.  `encrypt` writes what it
is told, also what the format forbids (such as any state), to see it refused.

Exit status: 0 done; 1 input or output failed; 2 usage; 3 no slot opens; 4 no
header, a bad one, or one not to be read; 5 the payload is damaged or cut.
"""

import argparse
import json
import os
import secrets
import sys
from pathlib import Path

from reference_format import (
    AES_256_XTS, ARGON2ID, BAD_HEADER, BLOCK, Cipher, EMPTY, HEADER,
    HEADER_BYTES, Header, KEY_FILE, LENGTH_UNKNOWN, MAGIC, MAGIC_AND_VERSION,
    PASSPHRASE, RECORD_BYTES, Refused, SECTORS, SEGMENTS, SLOT, SPANS, Slot,
    UNKNOWN_KIND, VERSION, add_records, aead_encrypt, blake2b, check_header,
    full_size, has_checksum, header_mac, layout_key, open_master, remove_all,
    require, slot_key, xts)
from reference_journal import Conversion
from reference_pages import Volume, WRITING


def read_attached(path):
    """The header, or its copy after a crash while writing it; the payload."""
    content = path.read_bytes()
    raw, side = content[:HEADER_BYTES], Path(f"{path}.xtshdr")
    damaged = raw.startswith(MAGIC_AND_VERSION) and not has_checksum(raw)
    if damaged and side.exists() and has_checksum(side.read_bytes()):
        print(f"{path}: using the header in {side}", file=sys.stderr)
        raw = side.read_bytes()
    return raw, content[HEADER_BYTES:]


def encrypt(args):
    factors = (PASSPHRASE * (args.passphrase is not None)
               + KEY_FILE * (args.key_file is not None))
    plaintext, master = args.input.read_bytes(), secrets.token_bytes(32)
    header = Header(
        MAGIC, VERSION, AES_256_XTS, args.integrity, args.sector,
        args.segment if args.integrity else 0, args.span, args.state,
        int(args.state == 3),
        LENGTH_UNKNOWN if args.unknown_length else
        len(plaintext) if args.length is None else args.length,
        secrets.token_bytes(16), args.generation, 0)
    slot = Slot(ARGON2ID, factors, 0, args.passes, args.memory, 0,
                secrets.token_bytes(16), secrets.token_bytes(24), b"",
                args.name)
    key = slot_key(slot, args.passphrase, args.key_file)
    box = aead_encrypt(master, header.file_id + SLOT.pack(*slot)[:32],
                       slot.nonce, key)

    slots = [bytes(128)] * 8
    n = max(args.slot, args.unknown_slot)       # slot 1 when 0 is taken
    slots[n] = SLOT.pack(*slot._replace(box=box))
    if args.unknown_slot:
        slots[n - 1] = bytes([UNKNOWN_KIND]) + secrets.token_bytes(127)
    raw = HEADER.pack(*header) + b"".join(slots) + bytes(2944)
    raw += header_mac(raw, master)
    raw += blake2b(raw)

    layout = layout_key(raw, master)
    data = plaintext.ljust(BLOCK, b"\0") if plaintext else b""
    payload = xts(data, header, layout, Cipher.encryptor, args.at)
    if args.integrity:
        payload = add_records(payload, header, layout, args.at)
    if args.detached:
        args.detached.write_bytes(raw)
    with args.output.open("wb") as output:
        output.write(b"" if args.detached else raw)
        start = output.tell()
        output.seek(start + full_size(args.at, header))
        output.write(payload)
        if args.length is not None:
            end = full_size(args.length - BLOCK, header) + BLOCK
            output.truncate(start + end + RECORD_BYTES * args.integrity)


def decrypt(args):
    if args.detached:
        raw, payload = args.detached.read_bytes(), args.input.read_bytes()
    else:
        raw, payload = read_attached(args.input)
    header, slots = check_header(raw)
    require(header.state == 0, BAD_HEADER, "its journal is needed")
    require(not (args.detached and payload.startswith(MAGIC)), BAD_HEADER,
            "a payload with a detached header has a header of its own")
    master = open_master(raw, header, slots, args.passphrase, args.key_file)

    args.output.write_bytes(
        remove_all(payload, header, layout_key(raw, master)))


def recover(args):
    """The plaintext of a file that is converted or written in place."""
    journal = Path(f"{args.detached or args.input}.xtsjnl").read_bytes()
    kind = Volume if journal[10] == WRITING else Conversion
    found = kind(journal, args.detached is None, args.passphrase, args.key_file)
    args.output.write_bytes(found.plaintext(args.input.read_bytes()))


def info(args):
    header, slots = check_header(read_attached(args.input)[0])
    fields = header._replace(magic=MAGIC.decode())._asdict()
    fields["slots"] = {}
    for n, slot in enumerate(slots):
        if slot.kind != EMPTY:
            name = slot.name.rstrip(b"\0").decode("latin-1")
            fields["slots"][n] = slot._replace(name=name)._asdict()
    print(json.dumps(fields, default=bytes.hex, indent=2))


def good_factors(passphrase, key_file):
    if key_file is None:
        return passphrase is not None and 1 <= len(passphrase) <= 4096
    return 1 <= len(key_file) <= 16 << 20 and len(passphrase or b"") <= 4096


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    for function in (encrypt, decrypt, recover, info):
        command = commands.add_parser(function.__name__, allow_abbrev=False)
        command.set_defaults(function=function)
        add = command.add_argument
        if function is encrypt:
            for option, default, choices in (
                    ("--sector", 512, SECTORS), ("--span", 40, SPANS),
                    ("--segment", 65536, SEGMENTS), ("--slot", 0, range(8)),
                    ("--passes", 1, None), ("--memory", 8192, None),
                    ("--generation", 1, None), ("--state", 0, None),
                    # input is a part at this place, and the rest is a hole
                    ("--at", 0, None), ("--length", None, None)):
                add(option, type=int, default=default, choices=choices)
            add("--no-integrity", action="store_false", dest="integrity")
            add("--unknown-length", action="store_true")
            add("--unknown-slot", action="store_true")
            add("--name", type=os.fsencode, default=b"")
        add("input", type=Path)
        if function is not info:
            add("--passphrase", type=os.fsencode)
            add("--key-file", type=lambda path: Path(path).read_bytes())
            add("--detached", type=Path, metavar="HEADER")
            add("output", type=Path)
    args = parser.parse_args()
    if args.function is not info:
        if not good_factors(args.passphrase, args.key_file):
            parser.error("a passphrase is 1 to 4096 bytes; a key file, 16 MiB")
    try:
        args.function(args)
    except Refused as refused:
        status, reason = refused.args
        parser.exit(status, f"reference.py: {reason}\n")


if __name__ == "__main__":
    main()
