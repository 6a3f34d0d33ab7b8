# SPDX-License-Identifier: ISC
"""Reports of a comparison, or of an attempt to prove what is wrong."""

READABLE = 1000         # characters of a reason


def report(what, problems):
    """Are there none?  Prints the answer."""
    print(f"{what}: {'DIFFERENT' if problems else 'the same'}", flush=True)
    for problem in problems[:20]:
        print(f"  {problem}")
    return not problems


def verdict(what, reason, wanted):
    """Was a proof refused for a reason that has wanted in it and can be read,
    or, where both are None, accepted?  Prints the answer."""
    right = (reason is None if wanted is None else reason is not None
             and wanted in reason and len(reason) <= READABLE)
    print(f"{what}: {'' if right else 'WRONGLY '}"
          f"{'proved' if reason is None else 'refused: ' + reason[:200]}"
          f"{'' if reason is None or len(reason) <= READABLE else '...'}",
          flush=True)
    return right
