#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Compiles HOL Light, and proofs upon it, to machine code: build.py DIR FILE.ml...

HOL Light is meant to be read by OCaml's toplevel, which takes minutes each time.
Here the sources that Debian's package has become modules, each of which opens all
before it.  Left out are directives to the toplevel and four files that serve it;
the kernel, fusion.ml, is compiled as it is, and build fails where it is not, or
where a source is not the one that the package came with.  FILE.ml and what it
`needs` become modules that DIR/hol loads; their names are printed, in order.

What has been compiled stays in DIR, and is compiled again when its source, a source
before it or one of the tools has changed.
"""

import difflib
import hashlib
import os
import re
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOL = Path(os.environ.get("HOLLIGHT_DIR", "/usr/share/hol-light"))
PACKAGE = "hol-light"
TOOLS = [PACKAGE, "camlp5", "libnum-ocaml-dev", "ocaml-findlib", "ocaml"]
STACK = 1 << 30                         # parsers and conversions recurse

KERNEL = "fusion.ml"
# What only the toplevel can read or use.
TOPLEVEL = ["system.ml", "help.ml", "database.ml", "thecops.ml"]
LIBRARIES = ["Library/words.ml"]

# What hol.ml and system.ml define for the rest.
PRELUDE = """\
include Num;;
let hol_dir = ref "/usr/share/hol-light";;
let temp_path = ref "/tmp";;
let pp_print_num form n = Format.pp_print_string form (string_of_num n);;
let print_num = pp_print_num Format.std_formatter;;
"""
# The quotations: `term`, `:type`, `plain text:`.
QUOTATION = r"""
let expand s =
  let n = String.length s in
  let call f from upto =
    f ^ " \"" ^ String.escaped (String.sub s from (upto - from)) ^ "\"" in
  if n = 0 then failwith "empty quotation"
  else if s.[0] = ':' then call "parse_type" 1 n
  else if s.[n - 1] = ':' then call "" 0 (n - 1)
  else call "parse_term" 0 n
let () = Quotation.add "tot" (Quotation.ExStr (fun _ -> expand))
"""
# The type of one value is generalised by the toplevel alone.
GENERAL = {"let print_fpf = pp_print_fpf Format.std_formatter;;":
           "let print_fpf x = pp_print_fpf Format.std_formatter x;;"}

# OCaml takes more than proportional time for a long module.
LONG = 60_000
PART = 50_000
UNCUT = [KERNEL, "metis.ml", "impconv.ml"]      # they have submodules

# By which a program could make a theorem that the kernel did not.
UNSAFE = re.compile(r"\b(Obj|Marshal|Dynlink|external|input_value|unsafe_\w+)\b")


def fail(message):
    sys.exit(f"build: {message}")


def run(*command, cwd=None):
    """What a command prints.  Tools of OCaml have been seen to exit with 0 after an
    error, so what they should have made is looked for as well."""
    done = subprocess.run([str(word) for word in command], cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    if done.returncode != 0:
        fail(f"failed: {' '.join(map(str, command[:2]))} ... "
             f"{command[-1]}\n{done.stdout[:4000]}")
    return done.stdout


def raise_stack():
    """For this process and all that it runs."""
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if hard != resource.RLIM_INFINITY and hard < STACK:
        fail(f"the stack is limited to {hard >> 10} KiB, and {STACK >> 10} are "
             f"needed: raise the hard limit (ulimit -H -s)")
    resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))


def versions():
    """Of the tools, in one string."""
    try:
        return run("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *TOOLS)
    except (SystemExit, FileNotFoundError):
        fail(f"install these packages of Debian: {' '.join(TOOLS)}")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Source:
    """The package's files, each as it was when it was packed."""

    def __init__(self):
        listing = run("dpkg-query", "--control-show", PACKAGE, "md5sums")
        self.sums = {}
        for line in listing.splitlines():
            value, name = line.split(None, 1)
            self.sums[name] = value

    def read(self, name):
        data = (HOL / name).read_bytes()
        packed = self.sums.get(f"usr/share/hol-light/{name}")
        if hashlib.md5(data).hexdigest() != packed:
            fail(f"{HOL / name} is not as Debian packed it")
        return data.decode()


def needed(text):
    return re.findall(r'^(?:needs|loads|loadt) "([^"]+)"', text, re.M)


def without_directives(text):
    text = re.sub(r'^(?:needs|loads|loadt) "[^"]+";;', "", text, flags=re.M)
    return re.sub(r"^#\w+ .*$", "", text, flags=re.M)


def parts(name, text):
    """A long text cut where one phrase has ended and the next begins."""
    if len(text) < LONG or name in UNCUT:
        return [text]
    cut, current = [], ""
    for phrase in re.split(r"(?<=;;\n)\n(?=let |\(\* ---)", text):
        current += phrase + "\n"
        if len(current) > PART:
            cut.append(current)
            current = ""
    return cut + [current]


def core(source):
    """The modules of HOL Light, as pairs of a name and a text."""
    modules = [("h_system", PRELUDE)]
    files = [name for name in needed(source.read("hol.ml"))
             if name not in TOPLEVEL]
    if KERNEL not in files:
        fail("hol.ml does not load the kernel")
    for name in files + LIBRARIES:
        text = without_directives(source.read(name))
        for value, general in GENERAL.items():
            text = text.replace(value, general)
        stem = "h_" + Path(name).stem
        cut = parts(name, text)
        modules += [(f"{stem}_{i}" if len(cut) > 1 else stem, part)
                    for i, part in enumerate(cut)]
        if name == KERNEL:
            modules.append(("h_guard", (HERE / "guard.ml").read_text()))
    return modules


def project(files):
    """The modules of the given files, after those that they need."""
    order = []

    def visit(path):
        text = path.read_text()
        if UNSAFE.search(text):
            fail(f"{path.name} goes around OCaml's types: "
                 f"{UNSAFE.search(text).group()}")
        for name in needed(text):
            if not name.startswith("Library/"):
                visit(path.parent / name)
            elif name not in LIBRARIES:
                fail(f"{path} needs {name}, which build does not have")
        if path not in order:
            order.append(path)

    for name in files:
        visit(Path(name).resolve())
    return [("x_" + path.stem, without_directives(path.read_text()))
            for path in order]


def chain(modules, before=()):
    """The texts as they are compiled: each opens what was made before it."""
    opened = [name for name, _ in before]
    for name, text in modules:
        opens = "".join(f"open {other.capitalize()};;\n" for other in opened)
        yield name, f"set_jrh_lexer;;\n{opens}{text}"
        opened.append(name)


def check_kernel(source, chained):
    """That the kernel is compiled word for word."""
    compiled = dict(chained)["h_fusion"].splitlines()
    packed = source.read(KERNEL).splitlines()
    changed = [line for line in difflib.ndiff(packed, compiled)
               if line[0] in "+-" and line[2:].strip()]
    wanted = ["+ set_jrh_lexer;;", "+ open H_system;;", "+ open H_lib;;",
              '- needs "lib.ml";;']
    if sorted(changed) != sorted(wanted):
        fail("the kernel is not compiled as it was packed:\n"
             + "\n".join(changed))


class Compiler:
    """One folder of compiled modules."""

    def __init__(self, folder, salt):
        self.folder = folder
        self.sum = digest(salt)
        self.camlp5 = run("ocamlfind", "query", "camlp5").strip()
        streams = run("ocamlfind", "query", "-format", "%d/%a",
                      "-predicates", "byte", "camlp-streams").strip()
        self.quotation = folder / "quotes.cmo"
        if not self.quotation.exists():
            (folder / "quotes.ml").write_text(QUOTATION)
            run("ocamlfind", "ocamlc", "-I", self.camlp5, "-c",
                "quotes.ml", cwd=folder)
        self.front = ["camlp5o", streams, HOL / "pa_j.cmo", self.quotation,
                      "pr_dump.cmo"]
        self.back = ["ocamlfind", "ocamlopt", "-w", "-a", "-package", "num",
                     "-inline", "0", "-linscan", "-I", self.camlp5]

    def stale(self, chained):
        """Those from the first on that is not there as it has to be."""
        old = []
        for name, text in chained:
            self.sum = digest(self.sum + text)
            made = {self.folder / f"{name}.sum": self.sum,
                    self.folder / f"{name}.ml": text}
            if any(not path.exists() or path.read_text() != wanted
                   for path, wanted in made.items()):
                old.append((name, text, self.sum))
        return old

    def parse(self, name, text):
        (self.folder / f"{name}.ml").write_text(text)
        tree = self.folder / f"{name}.ppo"
        tree.unlink(missing_ok=True)
        said = run(*self.front, f"{name}.ml", "-o", tree.name, cwd=self.folder)
        if not tree.exists():
            fail(f"camlp5 makes nothing of {name}:\n{said[:4000]}")

    def compile(self, chained, shared=False):
        old = self.stale(chained)
        for name, _, _ in old:
            (self.folder / f"{name}.sum").unlink(missing_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            parsed = [pool.submit(self.parse, name, text)
                      for name, text, _ in old]
            for (name, _, value), tree in zip(old, parsed):
                tree.result()
                run(*self.back, "-c", "-impl", f"{name}.ppo", "-o",
                    f"{name}.cmx", cwd=self.folder)
                if shared:
                    run(*self.back, "-shared", f"{name}.cmx", "-o",
                        f"{name}.cmxs", cwd=self.folder)
                made = self.folder / f"{name}.cm{'xs' if shared else 'x'}"
                if not made.exists():
                    fail(f"ocamlopt makes nothing of {name}")
                (self.folder / f"{name}.sum").write_text(value)

    def link(self, chained):
        """DIR/hol: all of HOL Light, and what loads proofs (loader.ml)."""
        loader = (HERE / "loader.ml").read_text()
        wanted = digest(self.sum + loader)
        stamp = self.folder / "hol.sum"
        program = self.folder / "hol"
        if (program.exists() and stamp.exists()
                and stamp.read_text() == wanted):
            return
        (self.folder / "loader.ml").write_text(loader)
        run(*self.back, "-package", "dynlink,unix", "-linkpkg", "-linkall",
            *(f"{name}.cmx" for name, _ in chained), "loader.ml",
            "-o", program, cwd=self.folder)
        stamp.write_text(wanted)


def kernel_sum():
    return f"{HOL / KERNEL} has SHA-256 {digest(Source().read(KERNEL))}"


def build(folder, files):
    """Everything in the folder as it has to be, and the modules of the files."""
    raise_stack()
    folder.mkdir(parents=True, exist_ok=True)
    tools = versions()
    source = Source()
    hol = core(source)
    chained = list(chain(hol))
    check_kernel(source, chained)
    compiler = Compiler(folder, tools)
    compiler.compile(chained)
    compiler.link(chained)
    ours = list(chain(project(files), hol))
    compiler.compile(ours, shared=True)
    return [folder / f"{name}.cmxs" for name, _ in ours]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        fail("usage: build.py DIR FILE.ml...")
    for module in build(Path(sys.argv[1]).resolve(), sys.argv[2:]):
        print(module)
