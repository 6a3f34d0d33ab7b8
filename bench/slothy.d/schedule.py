# SPDX-License-Identifier: ISC
"""Schedules a body with SLOTHY: from JSON on standard input to JSON.

Runs in the virtual environment, for bench/slothy.  Registers stay as they are.
Each half of a slot of the frame is a tag that loads read and stores write,
which keeps them in order; the data of a group and of the one before do not
overlap, since buffers are identical or disjoint.
"""

import json
import logging
import re
import sys
import time

from slothy.core.config import Config
from slothy.core.heuristics import Heuristics
from slothy.helper import SourceLine

from models import MODELS, arch

# AESE (AESD) with the AESMC (AESIMC) that it is fused with, as SLOTHY names
# the pair.
PAIRS = {"aese": "aesr", "aesd": "aesdr"}
PARTS = {"aesr": ("aese", "aesmc"), "aesdr": ("aesd", "aesimc")}


def to_slothy(body):
    """One line an instruction, pair by pair."""
    lines, skip = [], None
    for text in body:
        match = re.match(r"(aesi?mc|aese|aesd)\s+(\S+), (\S+)", text)
        if match and match[1][3:] in ("mc", "imc"):
            if match[2] != skip:
                sys.exit("a pair is apart: " + text)
            lines[-1] = re.sub(r"^aes[ed]", lambda m: PAIRS[m[0]], lines[-1])
            continue
        skip = match and match[2]
        text = re.sub(r"\[(\w+)\]$", r"[\1, #0]", text)
        place = re.match(r"(ld|st).*\[sp, #(\d+)\]", text)
        if place:
            text += " // @slothy:%s=at%s" % (
                "reads" if place[1] == "ld" else "writes", place[2])
        lines.append(text)
    return SourceLine.reduce_source(SourceLine.read_multiline(
        "\n".join(lines)))


def from_slothy(lines):
    for line in lines:
        text = re.sub(r"\s+", " ", line.to_string().split("//")[0]).strip()
        match = re.match(r"(aesd?r) ((\S+), .*)", text)
        if match:
            first, second = PARTS[match[1]]
            yield f"{first} {match[2]}"
            yield f"{second} {match[3]}, {match[3]}"
        elif text:
            yield text


def config(task, length):
    log = logging.getLogger("slothy")
    conf = Config(arch, MODELS[task["model"]], log)
    conf.selftest = False
    conf.allow_useless_instructions = True
    conf.inputs_are_outputs = True
    conf.constraints.allow_renaming = False
    conf.variable_size = True
    conf.constraints.stalls_first_attempt = 32
    conf.constraints.stalls_maximum_attempt = 4096
    conf.objective_precision = 0.03
    conf.hints.order_hint_orig_order = True
    conf.timeout = task["timeout"]
    conf.split_heuristic = True
    conf.split_heuristic_factor = max(1, length / task["window"])
    conf.split_heuristic_stepsize = task["step"] / length
    conf.split_heuristic_repeat = task["repeat"]
    conf.split_heuristic_estimate_performance = False
    if task["pipelined"]:
        conf.sw_pipelining.enabled = True
        conf.sw_pipelining.halving_heuristic = True
    return conf


def count(task, lines):
    """Cycles of these lines as they are, a piece at a time."""
    total = 0
    for start in range(0, len(lines), task["window"]):
        piece = lines[start:start + task["window"]]
        conf = config(task, len(piece))
        conf.split_heuristic = False
        conf.constraints.allow_reordering = False
        conf.constraints.stalls_first_attempt = len(piece)
        conf.sw_pipelining.enabled = False
        total += Heuristics.linear(piece, logging.getLogger("slothy"),
                                   conf).cycles
    return total


def main():
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    task = json.load(sys.stdin)
    body = to_slothy(task["body"])
    result = {"before": count(task, body)}
    began = time.process_time()
    wall = time.monotonic()
    before, kernel, after, _ = Heuristics.periodic(
        body, logging.getLogger("slothy"), config(task, len(body)))
    result["cpu"] = time.process_time() - began
    result["wall"] = time.monotonic() - wall
    kernel = SourceLine.reduce_source(kernel)
    result["after"] = count(task, kernel)
    for name, lines in ("begin", before), ("body", kernel), ("end", after):
        result[name] = list(from_slothy(lines))
    json.dump(result, sys.stdout)


main()
