# SPDX-License-Identifier: ISC
"""Is a scheduled engine right?  Its results beside those of xts_c.c.

One program makes many calls, of all kinds that the loops know: runs of units,
one long unit, lengths that need stealing, in place and not, either way.  Built
for this machine it calls the engine in C, and for Arm64, under
qemu-aarch64, the engine that was scheduled: they must print the same.
"""

import os
import subprocess

from engine import CROSS, TOP, output

PROGRAM = """
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "xts_backend.h"
#ifdef __aarch64__
#define CALL(way) xts_##way##_arm64
void xts_expand_arm64(struct xts_keys *, const uint8_t *);
#define EXPAND xts_expand_arm64
#else
#define CALL(way) xts_c.way
extern const struct xts_backend xts_c;
#define EXPAND xts_c.expand
#endif
#ifdef __aarch64__
xts_run xts_encrypt_arm64, xts_decrypt_arm64;
#endif
enum { MOST = 24 * 4096, EDGE = 64 };
static uint64_t state = 1;
static uint8_t in[MOST + 2 * EDGE], out[MOST + 2 * EDGE];

static void fill(uint8_t *p, size_t n)
{
	while (n-- != 0) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		*p++ = (uint8_t)(state >> 56);
	}
}

/* Print all of it, and what is around it. */
static void show(const uint8_t *p, size_t n)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ p[i]) * 1099511628211u;
	printf(" %016" PRIx64, sum);
}

static void call(xts_run *run, const char *way, size_t n, size_t unit,
    const struct xts_keys *keys)
{
	uint8_t tweak[16];

	for (int place = 0; place < 2; place++) {
		fill(tweak, sizeof(tweak));
		if (n % 2 == 0)
			memset(tweak, 0xff, 9);
		fill(in, n * unit + 2 * EDGE);
		fill(out, n * unit + 2 * EDGE);
		run((place ? in : out) + EDGE, in + EDGE, n, unit, tweak,
		    keys);
		printf("%s %zu %zu", way, n, unit);
		show(in, n * unit + 2 * EDGE);
		show(out, n * unit + 2 * EDGE);
		puts("");
	}
}

int main(void)
{
	static struct xts_keys keys;
	uint8_t key[64];

	for (size_t i = 0; i < 400; i++) {
		size_t n = 1, unit = i + 16;

		if (WIDTH != 0) {
			unit = 16 * WIDTH * (i % 20 + 1);
		} else if (i % 2 == 0) {
			n = i / 2 % 6;
			unit = 512 * (i / 2 % 11 + 1);
		}
		fill(key, sizeof(key));
		EXPAND(&keys, key);
		call(CALL(encrypt), "encrypt", n, unit, &keys);
		call(CALL(decrypt), "decrypt", n, unit, &keys);
	}
	return 0;
}
"""

LONGEST = 300		# seconds: one whose loop does not end is wrong
ENGINE_C = [f"{TOP}/src/{name}.c" for name in ("xts_c", "aes_c")]
EXPAND = f"{TOP}/src/asm/xts_expand_arm64.S"


def results(compiler, directory, name, parts, run, width):
    """What the program prints, built from these parts."""
    text = os.path.join(directory, "check.c")
    with open(text, "w", encoding="ascii") as file:
        file.write(PROGRAM)
    program = os.path.join(directory, name)
    output(compiler, "-O2", f"-DWIDTH={width}", "-I", TOP + "/src", "-o",
           program, text, *parts)
    try:
        return output(*run, program, timeout=LONGEST)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "failed"


class Checker:
    def __init__(self, directory, width=0):
        """width: blocks of a group, in one unit of some such groups alone;
        0 for calls of all kinds."""
        self.directory, self.width = directory, width
        self.right = results("cc", directory, "c", ENGINE_C + ["-lsodium"], [],
                             width)
        if self.right.count("\n") != 1600:
            raise SystemExit("bench/slothy: no results to compare with")

    def agrees(self, assembly):
        """Does this engine give the same?"""
        return self.right == results(
            CROSS + "gcc", self.directory, "arm64",
            ["-static", assembly, EXPAND], ["qemu-aarch64"], self.width)
