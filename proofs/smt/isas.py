# SPDX-License-Identifier: ISC
"""The machines that there is a second opinion for.

    ISAS[isa.NAME]      by their names in ../machines.py; each has
        paths(function) the Paths of its engine (paths.py)
        FLIPPED         of each engine, and each function of its own, what wrong.py is
                        to flip a bit of
        flipped(function, flip)
                        the function, with that done
"""

import smt.arm.isa
import smt.x86.isa

ISAS = {"Arm64": smt.arm.isa, "x86-64": smt.x86.isa}
