# SPDX-License-Identifier: ISC
"""What of a CPU each instruction needs, by the names of /proc/cpuinfo, and what
each engine may take for granted: what src/cpu.c asks before it is chosen.

    needs(encoding)     a set; of an Encoding of decode.py
    ALLOWED             the sets, by engine
"""

AES = ("vaesenc", "vaesenclast", "vaesdec", "vaesdeclast", "vaesimc")
NEEDS = {"kaddb": "avx512dq", "kmovd": "avx512bw", "kxorq": "avx512bw",
         "vpmultishiftqb": "avx512vbmi", "vpmadd52luq": "avx512ifma",
         "vpmadd52huq": "avx512ifma"}
WIDE = ("vpxor", "vpand", "vpor", "vpsrlq", "vpsllq", "vpaddq", "vpmuludq",
        "vpunpcklqdq", "vpunpckhqdq", "vpbroadcastq", "vbroadcasti128",
        "vinserti128", "vpermq")


def needs(encoding):
    """The features of the CPU, as Intel's manual has them."""
    if not encoding.space:
        return set()
    found = {"VEX": {"avx"}, "EVEX": {"avx512f"}}[encoding.space]
    if encoding.mnemonic in AES:
        found.add("aes" if encoding.space == "VEX" and encoding.l == 0
                  else "vaes")
    if encoding.mnemonic in NEEDS:
        found.add(NEEDS[encoding.mnemonic])
    if encoding.mnemonic in WIDE and (encoding.space, encoding.l) == ("VEX", 1):
        found.add("avx2")
    if encoding.mnemonic == "vpshufb" and encoding.space == "EVEX":
        found.add("avx512bw")
    if encoding.space == "EVEX" and encoding.l == 0:
        found.add("avx512vl")
    return found


ALLOWED = {"aesni": {"aes", "avx"}}
ALLOWED["vaes256"] = ALLOWED["aesni"] | {"avx2", "vaes"}
ALLOWED["vaes512"] = ALLOWED["vaes256"] | {
    "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vbmi"}
ALLOWED["avx2"] = {"avx", "avx2"}
ALLOWED["ifma"] = {"avx", "avx512f", "avx512vl", "avx512ifma"}
ALL = sorted(set().union(*ALLOWED.values()))
