#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Has HOL Light prove what THEOREM.md says of the specification: check.py DIR

Every statement there, definitions included, has to be a theorem without
hypotheses that says the same word for word, in a logic that audit.ml finds nothing
in but definitions and HOL Light's three axioms.  Then come faults that have to be
refused.  DIR is for what build.py compiles.  The output is TAP.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import build

HERE = build.HERE

# The parts of THEOREM.md: what follows from the standards alone, and what from
# the bytes of programs, which check_engine.py has proved.
SPECIFICATION, ENGINE = "What HOL Light has proved", "Of the Arm64 engine"

# What makes a logic unsound or a statement mean something else, and what has to be
# said of it; each is loaded after all proofs and before the audit.
UNSOUND = [
    ("an axiom", "let wrong = new_axiom `!n. n = n + 0`;;",
     "axiom: !n. n = n + 0"),
    ("a theorem that nobody proved", "let wrong = mk_thm ([], `0 = 1`);;",
     "axiom: 0 = 1"),
    ("a constant without a definition",
     'new_constant ("undefined", `:num`);;',
     "constant without a definition: undefined"),
    ("a type without a definition", 'new_type ("undefined", 0);;',
     "type without a definition: undefined"),
    ("a type whose definition the guard did not see",
     'let p = `\\b:bool. b`;;\n'
     'let th = EQ_MP (SYM (BETA_CONV (mk_comb (p, `T`)))) TRUTH;;\n'
     'H_fusion.new_basic_type_definition "hidden" ("mk", "dest") th;;',
     "type without a definition: hidden"),
    ("a constant whose type is left open",
     'let wrong = new_definition `swap p q = (q, p)`;;',
     "constant whose type is left open: swap"),
    ("a name that stands for another constant",
     'override_interface ("sum", `numeral`);;',
     "names stand for other constants than in HOL Light"),
]

# Lists of theorems that are not as they are listed.
UNPROVED = [
    ("a theorem with a hypothesis", '"WRONG", ASSUME `p:bool`, "p:bool"',
     "FAIL WRONG: WRONG has hypotheses: p"),
    ("a theorem that says something else", '"WRONG", TRUTH, "~F"',
     "FAIL WRONG: WRONG says something else:"),
]

# What does not become a program.
UNCOMPILED = [
    ("a theorem that is missing", 'audit ["MISSING", MISSING, "T"];;',
     "Unbound value MISSING"),
    ("a way around OCaml's types",
     "let wrong : thm = Obj.magic ([], `F`);;",
     "goes around OCaml's types: Obj"),
]

# Of the vectors in testdata: a file, each how many of them, and the longest unit.
VECTORS = [
    ("ieee1619_annexb_aes256.txt", 1, 512),
    ("nist_cavp_XTSGenAES256_128hexstr.txt", 20, 48),
    ("lengths_full.txt", 1, 65),
    ("tweak_chosen_full.txt", 2, 65),
    ("keys_full.txt", 1, 65),
]
FIELDS = "ID", "Key", "Tweak", "Plaintext", "Ciphertext"


class Tap:
    """The Test Anything Protocol, on standard output."""

    def __init__(self):
        self.count = 0

    def ok(self, good, what, log=""):
        self.count += 1
        print("ok" if good else "not ok", self.count, "-", what)
        for line in log.splitlines():
            print("#", line)
        sys.stdout.flush()

    def done(self):
        print(f"1..{self.count}")


class Hol:
    """A process that has HOL Light and our proofs in it."""

    def __init__(self, folder, modules):
        self.process = subprocess.Popen(
            [folder / "hol", *modules], cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        good, said = self.result()
        if not good:
            build.fail(f"the proofs end early:\n{said[-4000:]}")

    def result(self):
        """Whether it went well, and what was printed."""
        said = ""
        for line in self.process.stdout:
            if line.startswith("status "):
                return line == "status 0\n", said
            said += line
        return False, said

    def load(self, *modules, limit=0):
        """What a copy of the process comes to that loads these, if it does so
        in limit seconds of CPU time."""
        print(limit, *modules, file=self.process.stdin, flush=True)
        return self.result()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def statements(part):
    """The names and terms in the blocks of a part of THEOREM.md."""
    parts = re.split(r"^# (.*)\n", (HERE / "THEOREM.md").read_text(),
                     flags=re.M)
    text = parts[parts.index(part) + 1]
    blocks = re.findall(r"^```hol\n(.*?)^```$", text, re.M | re.S)
    found = []
    for entry in "\n".join(blocks).split("\n\n"):
        name, said = re.fullmatch(r"(\w+)\n\|- (.*)", entry.strip(),
                                  re.S).groups()
        found.append((name, said))
    if not found or len(dict(found)) < len(found):
        build.fail(f"{part}: no theorems, or one name twice")
    return found


def vectors(testdata):
    """Calls of vector, in spec_test.ml, by the names of what each is for."""
    calls = {}
    for file, every, longest in VECTORS:
        text = (testdata / file).read_text()
        cases = [dict(re.findall(r"^(\w+) = (\w\S*)$", paragraph, re.M))
                 for paragraph in text.split("\n\n")]
        cases = [case for case in cases if set(FIELDS) == set(case)
                 and len(case["Plaintext"]) <= 2 * longest][::every]
        if not cases:
            build.fail(f"no vectors in {file}")
        for case in cases:
            name = f"{Path(file).stem} {case['ID']}"
            calls[name] = " ".join(f'"{value}"' for value in (
                name, *(case[field] for field in FIELDS[1:])))
    return calls


def quoted(term):
    """As OCaml spells a string."""
    return '"' + term.replace("\\", "\\\\").replace('"', '\\"') + '"'


def audit_of(found):
    return "audit [\n" + ";\n".join(
        f'"{name}", {name}, {quoted(said)}' for name, said in found) + "];;\n"


def refused(call, *arguments):
    """What a call fails with."""
    try:
        call(*arguments)
        return ""
    except SystemExit as error:
        return str(error)


def changed_kernel(scratch):
    """HOL Light with another kernel, in which equality need not be of one type."""
    for file in build.HOL.iterdir():
        (scratch / file.name).symlink_to(file)
    kernel = scratch / build.KERNEL
    text = kernel.read_text()
    kernel.unlink()
    kernel.write_text(text.replace("if not (asl = [])", "if (asl = [])", 1))
    if kernel.read_text() == text:
        build.fail("the kernel has no such place to change")
    return scratch


def check_kernel(tap, folder, scratch):
    packed = build.HOL
    build.HOL = changed_kernel(scratch)
    said = refused(build.build, folder, [])
    build.HOL = packed
    tap.ok("is not as Debian packed it" in said,
           "a changed kernel is refused", said)

    source = build.Source()
    modules = [(name, text.replace("if not (asl = [])", "if (asl = [])"))
               for name, text in build.chain(build.core(source))]
    said = refused(build.check_kernel, source, modules)
    tap.ok("not compiled as it was packed" in said,
           "a kernel that build.py changes is refused", said)


def small_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 23, 1 << 23))


def check_tools(tap, folder, scratch):
    """A stack that overflows; a tool that fails and says that all went well."""
    done = subprocess.run([HERE / "build.py", folder], text=True,
                          stderr=subprocess.PIPE, preexec_fn=small_stack)
    tap.ok(done.returncode == 1 and "raise the hard limit" in done.stderr,
           "too small a stack is refused", done.stderr)

    tool = scratch / "camlp5o"
    tool.write_text("#!/bin/sh\necho Unbound module Num\n")
    tool.chmod(0o755)
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{scratch}:{path}"
    said = refused(build.build, folder / "self-test", [])
    os.environ["PATH"] = path
    tap.ok("makes nothing of" in said and "Unbound module Num" in said,
           "a tool that makes nothing is found out", said)


def failures(said):
    return "".join(line for line in said.splitlines(True)
                   if not line.startswith("pass "))


def write(folder, name, text):
    (folder / f"{name}.ml").write_text(text)
    return folder / f"{name}.ml"


def check_proofs(tap, folder, scratch):
    found = statements(SPECIFICATION)
    files = [HERE / "audit.ml", HERE / "theorem.ml",
             write(scratch, "listed", audit_of(found))]
    files += [write(scratch, f"unsound{i}", text)
              for i, (_, text, _) in enumerate(UNSOUND)]
    files += [write(scratch, f"unproved{i}", f"audit [{entry}];;")
              for i, (_, entry, _) in enumerate(UNPROVED)]
    files.append(write(scratch, "failing", "prove (`F`, ALL_TAC);;"))
    known = vectors(HERE.parent.parent / "testdata")
    files.append(write(scratch, "vectors", "".join(
        f"vector {call};;\n" for call in known.values())))
    wrong = known["lengths_full len-17"][:-3] + '00"'
    files.append(write(scratch, "wrong_vector", f"vector {wrong};;\n"))
    modules = {path.stem: path for path in build.build(folder, files)}
    last = list(modules).index("x_listed")
    hol = Hol(folder, list(modules.values())[:last])
    listed = modules["x_listed"]

    good, said = hol.load(listed)
    results = said.splitlines()
    tap.ok(good and "pass logic" in results,
           "the logic has three axioms, and else definitions",
           failures(said))
    for name, statement in found:
        tap.ok(good and f"pass {name}" in results, name, statement)
    good, said = hol.load(modules["x_vectors"])
    results = said.splitlines()
    for name in known:
        tap.ok(good and f"pass {name}" in results, name)
    tap.ok("FAIL lengths_full len-17: " in hol.load(modules["x_wrong_vector"])[1],
           "a wrong vector is refused")
    for i, (what, _, why) in enumerate(UNSOUND):
        _, said = hol.load(modules[f"x_unsound{i}"], listed)
        tap.ok(f"FAIL logic: {why}\n" in said, f"{what} is refused",
               failures(said))
    for i, (what, _, why) in enumerate(UNPROVED):
        _, said = hol.load(modules[f"x_unproved{i}"])
        tap.ok(why in said, f"{what} is refused", said)
    good, said = hol.load(modules["x_failing"])
    tap.ok(not good, "a proof that fails is found out", said)
    hol.close()

    for what, text, why in UNCOMPILED:
        said = refused(build.build, folder,
                       files + [write(scratch, "uncompiled", text)])
        tap.ok(why in said, f"{what} is refused", said)


def main():
    if len(sys.argv) != 2:
        build.fail("usage: check.py DIR")
    folder = Path(sys.argv[1]).resolve()
    tap = Tap()
    build.build(folder, [])
    tap.ok(True, "HOL Light is compiled, its kernel as Debian packed it",
           build.kernel_sum())
    for check in check_kernel, check_tools, check_proofs:
        with tempfile.TemporaryDirectory() as scratch:
            check(tap, folder, Path(scratch))
    tap.done()


if __name__ == "__main__":
    main()
