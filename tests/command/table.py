#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
The table of commands and options, the manual and the help say the same, and
tests try all of it.  The table is read as make has put it into
completions/table.txt.
"""

import collections
import glob
import os
import re
import subprocess
import sys

SOURCE = os.environ.get("srcdir", ".")
BUILD = os.environ.get("builddir", SOURCE)
XTSCRYPT = os.environ.get("XTSCRYPT", os.path.join(BUILD, "xtscrypt"))

Option = collections.namedtuple(
    "Option", "letter name argument value takes commands help")


def unquote(text):
    return "".join(re.findall('"([^"]*)"', text))


def read_table():
    """Operands by the name of the command, and all options."""
    operands, ids, options = {}, {}, []
    with open(os.path.join(BUILD, "completions/table.txt")) as table:
        for line in table:
            kind, *field = line.strip().split(" @ ")
            if kind == "command":
                ids[field[0]] = unquote(field[1])
                operands[unquote(field[1])] = unquote(field[2])
                continue
            if kind != "option":
                continue
            words = re.findall("CMD_[A-Z_]+", field[5])
            commands = list(operands) if words == ["CMD_ALL"] else \
                [ids[word] for word in words]
            options.append(Option(
                field[1].strip("'").replace("0", ""), unquote(field[0]),
                unquote(field[2]), field[3], unquote(field[4]), commands,
                unquote(field[6])))
    return operands, options


def names(option):
    """One or two: the letter first."""
    return ["-" + option.letter] * (option.letter != "") + \
        ["--" + option.name] * (option.name != "")


def argument(option):
    """As the manual has it: a name, or the words to choose from."""
    if option.value == "VALUE_WORDS":
        return " | ".join(re.split(", | or ", option.takes))
    return option.argument.lower()


def in_mdoc(text):
    """All options in lines of mdoc, each with its argument."""
    found = set()
    for m in re.finditer(r"(?<!Fl )Fl (Fl )?([\w-]+)(?: (?:Ar|Cm) (.+?))?"
                         r"(?= [,|] Fl |$)", text.replace("\\\n", ""), re.M):
        many = ["--" + m[2]] if m[1] else ["-" + letter for letter in m[2]]
        found |= {(name, m[3] or "") for name in many}
    return found


def read_manual():
    """What SYNOPSIS has of each command, operands and options; and OPTIONS."""
    with open(os.path.join(SOURCE, "man/xtscrypt.1")) as page:
        sections = dict(re.findall(r"^\.Sh (.*)\n((?:(?!\.Sh ).*\n)*)",
                                   page.read(), re.M))
    synopsis = {}
    for block in sections["SYNOPSIS"].split(".Nm\n")[1:]:
        command, rest = re.match(r"\.Cm (.*)\n((?:.*\n)*)", block).groups()
        operands = re.findall(r"^\.((?:Op )?Ar .*)", rest, re.M)
        text = " ".join(line.replace("Op ", "[").replace("Ar ", "") +
                        "]" * line.count("Op ") for line in operands)
        synopsis[command] = text, in_mdoc(rest)
    items = "\n".join(re.findall(r"^\.It (?:.*\\\n)*.*", sections["OPTIONS"],
                                 re.M))
    return synopsis, in_mdoc(items)


def differ(what, here, there):
    """Report what only one of two sets has."""
    for name, one, other in ("table", here, there), (what, there, here):
        for missing in sorted(one - other):
            print(f"# only in the {name}: {missing}")
    return here != there


def test_synopsis(operands, options):
    synopsis, _ = read_manual()
    failed = differ("manual", set(operands), set(synopsis))
    for command in set(operands) & set(synopsis):
        # -h is documented once, for all of them.
        here = {(command, names(o)[0], argument(o)) for o in options
                if command in o.commands and o.name != "help"}
        there = {(command, *found) for found in synopsis[command][1]}
        failed |= differ("manual", here, there)
        failed |= differ("manual", {(command, operands[command].lower())},
                         {(command, synopsis[command][0])})
    return not failed


def test_options(_, options):
    here = {(name, argument(o)) for o in options for name in names(o)
            if o.name != "help"}
    return not differ("manual", here, read_manual()[1])


def test_help(operands, options):
    failed = False
    for command in operands:
        if command == "help":       # its own are all commands
            continue
        run = subprocess.run([XTSCRYPT, *command.split(), "-h"],
                             stdout=subprocess.PIPE, text=True, check=True)
        usage, *lines = run.stdout.splitlines()
        failed |= differ("help", {f"xtscrypt {command} [options] "
                                  f"{operands[command]}".strip()}, {usage})
        there = {(command, m[1].strip()) for m in
                 (re.match(r"  ((?:-|    --).*?)(?:  |$)", line)
                  for line in lines) if m}
        here = {(command, " ".join([", ".join(names(o)), o.argument]).strip())
                for o in options if command in o.commands and o.help}
        failed |= differ("help", here, there)
    return not failed


def test_disjoint(_, options):
    """Two entries of one name or letter are of different commands."""
    seen = [(name, command) for o in options for name in names(o)
            for command in o.commands]
    twice = [key for key, n in collections.Counter(seen).items() if n > 1]
    for key in twice:
        print("# twice:", *key)
    return not twice


def test_tried(_, options):
    tests = ""
    for path in glob.glob(os.path.join(SOURCE, "tests/command/*.bats")):
        with open(path) as test:
            tests += test.read()
    missing = {names(o)[-1] for o in options if not any(
        re.search(rf"{name}(?![\w-])" if len(name) > 2 else
                  rf"(?<![\w-]){name}", tests) for name in names(o))}
    return not differ("tests", missing, set())


def main():
    table = read_table()
    tests = [
        ("every command and its options are in SYNOPSIS", test_synopsis),
        ("OPTIONS has every option with its argument, no other", test_options),
        ("help and usage lines are as the table has them", test_help),
        ("no option has two meanings in one command", test_disjoint),
        ("every option is tried by a test", test_tried),
    ]
    for number, (what, test) in enumerate(tests, 1):
        print("ok" if test(*table) else "not ok", number, "-", what)
    print(f"1..{len(tests)}")


if __name__ == "__main__":
    sys.exit(main())
