# SPDX-License-Identifier: ISC
"""z3 and cvc5, and what they say.

    answers(preamble, texts)    solver: "sat" or "unsat" for each text, in order
    versions()                  the solvers as they call themselves

Each solver gets all texts in one go, and works beside the other.  Anything but one
plain answer for each is an exception: unknown, an error, a warning, a solver that is
not there or takes too much CPU time, whatever else the machine does.
"""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

SOLVERS = {
    "z3": ["z3", "-smt2", "-in"],
    "cvc5": ["cvc5", "--lang=smt2", "--incremental"],
}
SECONDS_MAX = 600


class Failed(Exception):
    """A solver did not answer."""


def answers(preamble, texts):
    texts = list(texts)
    asked = "".join([preamble, "\n", *(
        f"(push 1)\n{text}\n(check-sat)\n(pop 1)\n" for text in texts)])
    with ThreadPoolExecutor(len(SOLVERS)) as pool:
        return dict(zip(SOLVERS, pool.map(
            lambda name: answers_of(name, asked, len(texts)), SOLVERS)))


def answers_of(name, asked, count):
    solver = subprocess.run(["prlimit", f"--cpu={SECONDS_MAX}", *SOLVERS[name]],
                            input=asked, capture_output=True, text=True,
                            timeout=4 * SECONDS_MAX)
    lines = solver.stdout.splitlines()
    if solver.returncode != 0 or solver.stderr:
        raise Failed(f"{name}: status {solver.returncode}: {solver.stderr}")
    wrong = [line for line in lines if line not in ("sat", "unsat")]
    if wrong or len(lines) != count:
        raise Failed(f"{name}: {len(lines)} answers to {count} questions: "
                     f"{wrong[:3]}")
    return lines


def versions():
    found = []
    for name, command in SOLVERS.items():
        said = subprocess.run([command[0], "--version"], capture_output=True,
                              text=True, check=True, timeout=SECONDS_MAX)
        found.append(f"{name} " + re.search(r"\d+(\.\d+)+", said.stdout)[0])
    return " and ".join(found)
