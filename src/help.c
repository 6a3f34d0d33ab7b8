/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "show.h"

static const char general[] =
"Encrypts files and disk images with AES-256-XTS.\n"
"\n"
"  xtscrypt encrypt [options] [FILE]      disk.img -> disk.img.xts\n"
"  xtscrypt decrypt [options] [FILE]      disk.img.xts -> disk.img\n"
"  xtscrypt verify [options] [FILE]       check every byte, write nothing\n"
"  xtscrypt info [--json] [FILE]          what the header says\n"
"  xtscrypt key list|add|remove|change FILE\n"
"  xtscrypt header save|restore FILE BACKUP\n"
"  xtscrypt keygen FILE                   a new key file\n"
"  xtscrypt bench [--json]                how fast this machine is\n"
"  xtscrypt help [COMMAND]\n"
"\n"
"Without FILE: standard input to standard output.  -h after a command shows\n"
"its options; xtscrypt(1) explains them.\n";

#define SECRETS \
"  -k, --key-file FILE         a key file, with no passphrase unless asked\n" \
"  -p, --ask-passphrase        ask for a passphrase, also beside -k\n" \
"      --passphrase-file FILE  its first line is the passphrase\n" \
"      --passphrase-fd N       the same, from an open descriptor\n" \
"      --kdf-max-memory SIZE   allow key derivations that need more\n"

#define NEW_SECRETS \
"      --new-key-file FILE, --new-ask-passphrase,\n" \
"      --new-passphrase-file FILE, --new-passphrase-fd N\n" \
"                              the new secret; a passphrase is asked without\n"

#define KDF \
"      --kdf LEVEL             interactive, moderate (default), sensitive\n" \
"      --kdf-passes N, --kdf-memory SIZE\n"

#define WORKING \
"  -T, --threads N             at most so many; 0 (default): one a CPU, up to 8\n" \
"      --progress WHEN         auto, always or never\n"

#define SHOWN \
"  -q, --quiet                 errors alone\n" \
"  -v, --verbose               more details\n"

static const char encrypting[] =
"xtscrypt encrypt [options] [FILE]\n"
"\n"
"  -o, --output FILE           instead of FILE.xts; \"-\" is standard output\n"
"  -c, --stdout                write to standard output\n"
"  -f, --force                 overwrite; write to block devices\n"
SECRETS
KDF
"      --name NAME             of the first key slot\n"
"  -s, --sector-size BYTES     512 (default) or 4096\n"
"      --segment-size SIZE     data under one tag: 4K to 1M (64K)\n"
"      --no-integrity          no tags: as long as the plaintext, unprotected\n"
"  -H, --header FILE           put the header into a file of its own\n"
"      --length SIZE           what a pipe will bring, for --no-integrity\n"
WORKING
SHOWN;

static const char decrypting[] =
"xtscrypt decrypt [options] [FILE]\n"
"\n"
"  -o, --output FILE           instead of FILE without .xts\n"
"  -c, --stdout                write to standard output\n"
"  -f, --force                 overwrite; write to block devices\n"
SECRETS
"  -H, --header FILE           where the detached header is\n"
"      --keep-going            after damage, with zeros for it (-o or -c)\n"
"      --sparse WHEN           auto (default): zeros become holes; or never\n"
WORKING
SHOWN;

static const char verifying[] =
"xtscrypt verify [options] [FILE]\n"
"\n"
SECRETS
"  -H, --header FILE           where the detached header is\n"
WORKING
SHOWN;

static const char informing[] =
"xtscrypt info [--json] [FILE]\n";

static const char keys[] =
"xtscrypt key list FILE\n"
"xtscrypt key add [options] FILE          another secret opens it, too\n"
"xtscrypt key remove [options] FILE       one of --slot and --name is needed\n"
"xtscrypt key change [options] FILE       a new secret in place of the old\n"
"\n"
"      --slot N, --name NAME   which slot; for add, where and under what name\n"
SECRETS
NEW_SECRETS
KDF
"  -f, --force                 change also the header of a device\n"
SHOWN;

static const char headers[] =
"xtscrypt header save [options] FILE BACKUP   \"-\" is standard output\n"
"xtscrypt header restore [options] FILE BACKUP\n"
"\n"
"  -f, --force                 overwrite BACKUP; restore an older header, or\n"
"                              one that nothing shows to be the file's own\n"
SECRETS
SHOWN;

static const char generating[] =
"xtscrypt keygen FILE                     64 random bytes, never overwrites\n";

static const char measuring[] =
"xtscrypt bench [--json]\n";

static const struct {
	const char *name;
	enum command first;
	unsigned commands;
	const char *text;
} helps[] = {
	{ "encrypt", CMD_ENCRYPT, CMD_ENCRYPT, encrypting },
	{ "decrypt", CMD_DECRYPT, CMD_DECRYPT, decrypting },
	{ "verify", CMD_VERIFY, CMD_VERIFY, verifying },
	{ "info", CMD_INFO, CMD_INFO, informing },
	{ "key", CMD_KEY_LIST, CMD_KEYS, keys },
	{ "header", CMD_HEADER_SAVE, CMD_HEADERS, headers },
	{ "keygen", CMD_KEYGEN, CMD_KEYGEN, generating },
	{ "bench", CMD_BENCH, CMD_BENCH, measuring },
	{ "help", CMD_HELP, CMD_HELP, general },
};

#define HELPS (sizeof(helps) / sizeof(helps[0]))

static size_t
find(enum command command)
{
	size_t i = 0;

	while (i < HELPS - 1 && (helps[i].commands & command) == 0)
		i++;
	return i;
}

int
help_show(enum command command)
{
	fputs(helps[find(command)].text, stdout);
	return show_end();
}

const char *
help_name(enum command command)
{
	return command == CMD_HELP ? "" : helps[find(command)].name;
}

bool
help_named(enum command *command, const char *name)
{
	for (size_t i = 0; i < HELPS; i++) {
		if (strcmp(name, helps[i].name) == 0) {
			*command = helps[i].first;
			return true;
		}
	}
	return false;
}
