/* SPDX-License-Identifier: ISC */
/*
 * Recovery codes: one that was made by hand, every mistake of one letter, and
 * what is as good as the code.
 */
#include <ctype.h>
#include <string.h>

#include <sodium.h>

#include "recovery_code.h"
#include "tap.h"

#define GROUP (RECOVERY_CODE_GROUP + 1)

/*
 * Zeros in each group: by hand, the check letter of group g is (g + 1) x^5,
 * where x^5 is x^2 + 1: 5 times g + 1, without carries.
 */
static const char zeros[] = "00005-0000A-0000F-0000M-0000H-0000Y-0000V-0000D-"
    "00008-00007-00002-0000S-0000W";

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static unsigned
mistake(const char *text)
{
	return recovery_code_mistake((const uint8_t *)text, strlen(text));
}

/* Is text made what code is? */
static bool
becomes(const char *text, const char *code)
{
	uint8_t copy[512];
	size_t len = strlen(text);

	memcpy(copy, text, len);
	recovery_code_canonical(copy, &len);
	return len == strlen(code) && memcmp(copy, code, len) == 0;
}

static bool
stays(const char *text)
{
	return becomes(text, text);
}

static void
test_spellings(void)
{
	char s[512], *p = s;

	tap_ok(stays(zeros) && mistake(zeros) == 0,
	    "one that was made by hand");
	for (size_t i = 0; zeros[i] != '\0'; i++)
		if (zeros[i] != '-')
			*p++ = (char)tolower(zeros[i]);
	*p = '\0';
	tap_ok(becomes(s, zeros), "small letters, and nothing between");
	for (p = s; *p != '\0'; p++)
		if (*p == '0')
			*p = "Oo"[(p - s) % 2];
	tap_ok(becomes(s, zeros), "O for 0");
	strcpy(s, " ");
	for (size_t i = 0; zeros[i] != '\0'; i++)
		sprintf(strchr(s, '\0'), "%c ", zeros[i]);
	tap_ok(becomes(s, zeros), "spaces everywhere");
	tap_ok(stays("") && stays("secret") && stays("-") &&
	    mistake("secret") == 0, "another passphrase stays as it is");
	tap_ok(stays("a passphrase of sixty-five letters that is not a "
	    "recovery code at all, ever") &&
	    mistake("a passphrase: it has sixty-five letters, and so it may "
	    "look like a code") == 0, "also a long one");
}

/* Each letter by each other one: detected, and in its group. */
static void
test_letters(const char *code)
{
	char s[RECOVERY_CODE_BYTES + 1];
	unsigned wrong = 0;

	for (size_t i = 0; i < RECOVERY_CODE_BYTES; i++)
		for (const char *c = alphabet; *c != '\0'; c++) {
			strcpy(s, code);
			if (s[i] == '-' || s[i] == *c)
				continue;
			s[i] = *c;
			wrong += !stays(s) || mistake(s) != i / GROUP + 1;
		}
	tap_ok(wrong == 0, "one letter that is wrong");

	for (size_t i = 0; i + 1 < RECOVERY_CODE_BYTES; i++) {
		strcpy(s, code);
		if (s[i] == '-' || s[i + 1] == '-' || s[i] == s[i + 1])
			continue;
		s[i] = code[i + 1];
		s[i + 1] = code[i];
		wrong += !stays(s) || mistake(s) != i / GROUP + 1;
	}
	tap_ok(wrong == 0, "two letters that are exchanged");
	for (size_t i = 0; i + GROUP < RECOVERY_CODE_BYTES; i += GROUP) {
		strcpy(s, code);
		memcpy(s + i, code + i + GROUP, RECOVERY_CODE_GROUP);
		memcpy(s + i + GROUP, code + i, RECOVERY_CODE_GROUP);
		wrong += !stays(s) || mistake(s) != i / GROUP + 1;
	}
	tap_ok(wrong == 0, "two groups that are exchanged");

	strcpy(s, code);
	s[40] = '!';
	tap_ok(stays(s) && mistake(s) == 0, "no letter: like no code");
	s[40] = 'U';
	tap_ok(stays(s) && mistake(s) == 7, "no letter of a code");
	s[RECOVERY_CODE_BYTES - 1] = '\0';
	memcpy(s, code, RECOVERY_CODE_BYTES - 1);
	tap_ok(stays(s) && mistake(s) == 13, "the last letter is missing");
	strcpy(s, code);
	s[RECOVERY_CODE_BYTES - GROUP] = '\0';
	tap_ok(stays(s) && mistake(s) == 13, "the last group is missing");
}

static void
test_drawn(void)
{
	char codes[100][RECOVERY_CODE_BYTES + 1];
	unsigned seen[128] = { 0 }, wrong = 0, letters = 0;

	for (unsigned i = 0; i < 100; i++) {
		recovery_code_draw((uint8_t *)codes[i]);
		codes[i][RECOVERY_CODE_BYTES] = '\0';
		wrong += !stays(codes[i]) || mistake(codes[i]) != 0 ||
		    (i > 0 && strcmp(codes[i], codes[i - 1]) == 0);
		for (unsigned j = 0; j < RECOVERY_CODE_BYTES; j++)
			seen[codes[i][j] & 127]++;
	}
	tap_ok(wrong == 0, "100 that are drawn");
	for (const char *c = alphabet; *c != '\0'; c++)
		letters += seen[*c & 127] > 0;
	tap_ok(letters == 32 && seen['-'] == 1200, "of all 32 letters");
	test_letters(codes[0]);
}

int
main(void)
{
	if (sodium_init() < 0)
		tap_bail("libsodium");
	test_spellings();
	test_letters(zeros);
	test_drawn();
	return tap_done();
}
