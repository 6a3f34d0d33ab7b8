#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes testdata/format/*.txt, with nothing of xtscrypt: the files by
tests/lib/reference.py, which then opens each of them again, the keys by hashlib.

    testdata/gen_format.py [DIR]

The randomness is the tests' own (lab_random in tests/lib/lab.h), so the result is
the same every time: into another DIR, "diff -r" shows that nothing changed.
"""

import hashlib
import struct
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tests" / "lib"))
import reference  # noqa: E402

HEX_MAX = 64            # longer plaintexts are given by the hash of the file


def stream(seed):
    """lab_random: BLAKE2b-512 of LE64(seed), LE64(0, 1, ...)."""
    block = 0
    while True:
        yield from hashlib.blake2b(struct.pack("<QQ", seed, block)).digest()
        block += 1


def token_bytes_like(seed):
    """What secrets.token_bytes gives; the id is drawn before the master."""
    source = stream(seed)

    def draw(n):
        return bytes(next(source) for _ in range(n))

    first = [draw(16), draw(32)]
    return lambda n: first.pop() if first else draw(n)


def pattern(length):
    """lab_pattern"""
    return bytes((7 * i + i // 256 + i // 65536) & 255 for i in range(length))


def make(seed, length, **options):
    """A file with these options, by the reference; checked to open again."""
    args = Namespace(
        integrity=True, sector=512, segment=65536, span=40, slot=0, passes=1,
        memory=8192, generation=1, state=0, unknown_length=False,
        unknown_slot=False, name=b"known answer", passphrase=None,
        key_file=None, detached=None)
    vars(args).update(options)
    with tempfile.TemporaryDirectory() as folder:
        args.input, args.output = Path(folder, "plain"), Path(folder, "file")
        args.input.write_bytes(pattern(length))
        reference.secrets.token_bytes = token_bytes_like(seed)
        reference.encrypt(args)
        content = args.output.read_bytes()

        back = Path(folder, "back")
        args.input, args.output = args.output, back
        if args.state == 0:
            reference.decrypt(args)
            assert back.read_bytes() == pattern(length)
    return args, content


def secret_lines(args):
    if args.passphrase is not None:
        yield f"Passphrase = {args.passphrase.decode()}"
    if args.key_file is not None:
        yield f"Key file = {args.key_file.decode()}"


def bytes_lines(content):
    """A file without the zeros that fill up its header."""
    yield f"Start = {content[:4032].rstrip(bytes(1)).hex()}"
    yield f"End = {content[4032:].hex()}"


PASSPHRASE = {"passphrase": b"correct horse"}
KEY_FILE = {"key_file": b"the contents of a key file"}
BOTH = PASSPHRASE | KEY_FILE
BESIDE = {"passphrase": b""} | KEY_FILE         # an empty passphrase

TEXT_KNOWN = """\
# Files that the library has to make, byte for byte, and to open, when its
# randomness is that of Seed: the file id, the master key, salt and nonce of
# slot 0, the nonces of the records.  The plaintext is lab_pattern(Length); the
# slot is called "known answer", 1 pass, 8192 KiB.
#
# Layout = integrity, sector, segment, span
# Start  = the file's first bytes; zeros follow up to byte 4031
# End    = the file from byte 4032 on
# Hash   = BLAKE2b-256 of the whole file
#
# Made by testdata/gen_format.py with tests/lib/reference.py, which also opened each.
"""

LAYOUTS = (
    {}, {"sector": 4096}, {"segment": 4096},
    {"sector": 4096, "segment": 4096},
    {"integrity": False}, {"integrity": False, "sector": 4096})
SHORT = (0, 1, 15, 16, 17, 511, 512, 513, 527, 528, 4095, 4096, 4097, 4111,
         4112, 4113, 8192 + 15, 8192 + 16)
LONG = (65535, 65536, 65536 + 15, 65536 + 16, 65536 + 513, 2 * 65536 + 4111)


def known_cases():
    for layout in LAYOUTS:
        for length in SHORT + LONG:
            if length < 65535 or layout.get("segment") != 4096:
                yield length, layout | PASSPHRASE
    for length in (16, 17, 4111, 4112, 65536 + 16):
        yield length, {"unknown_length": True} | PASSPHRASE
    for secret in (KEY_FILE, BOTH, BESIDE):
        yield 40, secret
    for layout in ({"segment": 1 << 20}, {"sector": 4096},
                   {"integrity": False}, {"integrity": False, "sector": 4096}):
        for tail in (0, 7, 16):
            yield 3 * 2 ** 20 + tail, layout | {"span": 20} | PASSPHRASE


def known():
    yield TEXT_KNOWN
    for seed, (length, options) in enumerate(known_cases(), 1):
        args, content = make(seed, length, **options)
        segment = args.segment if args.integrity else 0
        yield f"Seed = {seed}"
        yield f"Layout = {args.integrity:d} {args.sector} {segment} {args.span}"
        length_word = "unknown" if args.unknown_length else "known"
        yield f"Length = {length} {length_word}"
        yield from secret_lines(args)
        if length <= HEX_MAX:
            yield from bytes_lines(content)
        else:
            digest = hashlib.blake2b(content, digest_size=32).hexdigest()
            yield f"Hash = {digest}"
        yield ""


TEXT_MADE = """\
# Files that the library has to open, or to refuse with Error; other slots and
# fields than it would choose by itself.
#
# Slot   = the one that opens
# Plain  = length of the plaintext, which is lab_pattern's
# Start, End: as in known.txt
#
# Made by testdata/gen_format.py with tests/lib/reference.py, which also opened each
# that is not to be refused.
"""

MADE = (
    ("slot 5, behind one of an unknown kind", 33,
     {"slot": 5, "unknown_slot": True} | PASSPHRASE),
    ("slot 7, with a long name", 100,
     {"slot": 7, "name": b"~ twenty-four characters"} | PASSPHRASE),
    ("a late generation", 16, {"generation": 2 ** 64 - 1} | PASSPHRASE),
    ("other costs", 1, {"passes": 3, "memory": 9001} | PASSPHRASE),
    ("a key file, no name", 15, {"name": b""} | KEY_FILE),
    ("a passphrase and a key file", 17, {"slot": 1} | BOTH),
    ("an empty passphrase and a key file", 17, BESIDE),
    ("length unknown, two segments", 4096 + 16,
     {"segment": 4096, "sector": 4096, "unknown_length": True} | PASSPHRASE),
    ("one long segment", 4096 + 15, {"segment": 4096} | BOTH),
    ("nothing", 0, PASSPHRASE),
    ("nothing, without integrity", 0, {"integrity": False} | PASSPHRASE),
    ("a padded byte, without integrity", 1,
     {"integrity": False, "sector": 4096} | PASSPHRASE),
    ("being converted", 600, {"state": 1} | PASSPHRASE),
    ("open for writing", 600, {"state": 2} | PASSPHRASE),
)


def made():
    yield TEXT_MADE
    for seed, (name, length, options) in enumerate(MADE, 1001):
        args, content = make(seed, length, **options)
        yield f"ID = {name}"
        yield f"Plain = {length}"
        if args.state:
            yield f"Error = {args.state}"
        yield f"Slot = {max(args.slot, args.unknown_slot)}"
        yield from secret_lines(args)
        yield from bytes_lines(content)
        yield ""


TEXT_KEYS = """\
# The keys derived from a master key, by python3's hashlib.  Id and Master are
# the first random bytes of Seed.  Layout: as in known.txt.
# Spans: the XTS keys of spans 0 and 1.  Last span: of the one that ends at 2^62.
"""

KEYS = ((1, 512, 65536, 40), (1, 4096, 4096, 20), (0, 512, 0, 20),
        (0, 4096, 0, 33))


def keys():
    yield TEXT_KEYS
    for seed, (integrity, sector, segment, span) in enumerate(KEYS, 2001):
        source = stream(seed)
        file_id = bytes(next(source) for _ in range(16))
        master = bytes(next(source) for _ in range(32))
        place = struct.pack("<BBIIB", 1, integrity, sector, segment, span)
        layout = hashlib.blake2b(b"xtc-layout" + place + file_id, key=master,
                                 digest_size=32).digest()

        def kdf(key, size, number, context):
            return hashlib.blake2b(key=key, digest_size=size, person=context,
                                   salt=struct.pack("<Q", number)).hexdigest()

        yield f"Seed = {seed}"
        yield f"Layout = {integrity} {sector} {segment} {span}"
        yield f"Id and master = {file_id.hex()}{master.hex()}"
        yield f"Layout key = {layout.hex()}"
        yield f"Header key = {kdf(master, 32, 0, b'xtc-head')}"
        yield f"Segment key = {kdf(layout, 32, 0, b'xtc-segm')}"
        yield f"Spans = {''.join(kdf(layout, 64, s, b'xtc-span') for s in (0, 1))}"
        last = 2 ** (62 - span) - 1
        yield f"Last span = {kdf(layout, 64, last, b'xtc-span')}"
        yield ""


def main():
    folder = Path(sys.argv[1] if sys.argv[1:] else HERE / "format")
    folder.mkdir(exist_ok=True)
    for function in (known, made, keys):
        text = "\n".join(function()).rstrip() + "\n"
        Path(folder, f"{function.__name__}.txt").write_text(text)


if __name__ == "__main__":
    main()
