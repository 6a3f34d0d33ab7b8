# SPDX-License-Identifier: ISC
"""What a comparison says of itself."""


def report(what, problems):
    """Whether there are none; says so."""
    print(f"{what}: {'DIFFERENT' if problems else 'the same'}", flush=True)
    for problem in problems[:20]:
        print(f"  {problem}")
    return not problems
