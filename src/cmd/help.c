/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "msg.h"
#include "show.h"

static const char general[] =
"Encrypts files and disk images with AES-256-XTS.\n"
"\n"
"  xtscrypt encrypt [options] [FILE]      disk.img -> disk.img.xts\n"
"  xtscrypt decrypt [options] [FILE]      disk.img.xts -> disk.img\n"
"  xtscrypt verify [options] [FILE]       check every byte, write nothing\n"
"  xtscrypt info [options] [FILE]         what the header says\n"
"  xtscrypt key list|add|remove|change FILE\n"
"  xtscrypt header save|restore FILE BACKUP\n"
"  xtscrypt keygen FILE                   a new key file\n"
"  xtscrypt bench [options]               how fast this machine is\n"
"  xtscrypt help [COMMAND]\n"
"  xtscrypt --version                     or -V\n"
"\n"
"Without FILE: standard input to standard output.  -h after a command shows\n"
"its options; xtscrypt(1) explains them.\n";

#define SECRETS \
"  -k, --key-file FILE         a key file, with no passphrase unless asked\n" \
"  -p, --ask-passphrase        a passphrase, also beside -k: the one in\n" \
"                              XTSCRYPT_PASSPHRASE, or asked for\n" \
"      --passphrase-file FILE  its first line is the passphrase\n" \
"      --passphrase-fd N       the same, from an open descriptor\n" \
"      --kdf-max-memory SIZE   allow key derivations up to this (2G)\n"

#define NEW_SECRETS \
"      --new-key-file FILE, --new-ask-passphrase,\n" \
"      --new-passphrase-file FILE, --new-passphrase-fd N\n" \
"                              the new secret; default: ask for a passphrase\n"

#define KDF_COST(kept) \
"      --kdf LEVEL             interactive, moderate" kept ", sensitive\n" \
"      --kdf-passes N, --kdf-memory SIZE\n"

#define KDF KDF_COST(" (default)")

#define WORKING \
"  -T, --threads N             at most N threads; 0 (default): one per CPU, up\n" \
"                              to 8\n" \
"      --progress WHEN         auto, always or never\n"

#define SHOWN \
"  -q, --quiet                 only errors\n" \
"  -v, --verbose               more details\n"

static const char encrypting[] =
"xtscrypt encrypt [options] [FILE]\n"
"\n"
"  -o, --output FILE           instead of FILE.xts; \"-\" is standard output\n"
"  -c, --stdout                write to standard output\n"
"  -f, --force                 overwrite; write to block devices\n"
SECRETS
KDF
"      --name NAME             name of the first key slot\n"
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
"xtscrypt info [options] [FILE]\n"
"\n"
"      --json                  for programs\n"
SHOWN;

static const char keys[] =
"xtscrypt key list FILE                   the slots, and what opens them\n"
"xtscrypt key add [options] FILE          another secret opens it, too\n"
"xtscrypt key remove [options] FILE       one of them no longer does\n"
"xtscrypt key change [options] FILE       a new secret in place of the old\n"
"\n"
"-h after one of them, or \"xtscrypt help key add\", shows its options.\n";

static const char key_list[] =
"xtscrypt key list [options] FILE\n"
"\n"
SHOWN;

static const char key_add[] =
"xtscrypt key add [options] FILE\n"
"\n"
"      --slot N, --name NAME   where, and under what name\n"
SECRETS
NEW_SECRETS
KDF
"  -f, --force                 change also the header of a device\n"
SHOWN;

static const char key_remove[] =
"xtscrypt key remove [options] FILE\n"
"\n"
"      --slot N, --name NAME   which slot: one of the two is needed\n"
"The secret is that of another slot:\n"
SECRETS
"  -f, --force                 change also the header of a device\n"
SHOWN;

static const char key_change[] =
"xtscrypt key change [options] FILE\n"
"\n"
"      --slot N, --name NAME   which slot; default: that of the old secret\n"
SECRETS
NEW_SECRETS
KDF_COST("")
"                              default: what the slot has\n"
"  -f, --force                 change also the header of a device\n"
SHOWN;

static const char headers[] =
"xtscrypt header save [options] FILE BACKUP\n"
"xtscrypt header restore [options] FILE BACKUP\n"
"\n"
"-h after one of them, or \"xtscrypt help header save\", shows its options.\n";

static const char header_save[] =
"xtscrypt header save [options] FILE BACKUP\n"
"\n"
"BACKUP may be \"-\", which is standard output.\n"
"  -f, --force                 overwrite BACKUP\n"
SHOWN;

static const char header_restore[] =
"xtscrypt header restore [options] FILE BACKUP\n"
"\n"
"  -f, --force                 restore an older header, or one that nothing\n"
"                              shows to be the file's own\n"
SECRETS
SHOWN;

static const char generating[] =
"xtscrypt keygen [options] FILE           64 random bytes, never overwrites\n"
"\n"
SHOWN;

static const char measuring[] =
"xtscrypt bench [options]\n"
"\n"
"      --json                  for programs\n"
SHOWN;

static const struct {
	enum command command;
	const char *name;
	const char *sub;	/* NULL: it has none, or all of them */
	const char *text;
} helps[] = {
	{ CMD_ENCRYPT, "encrypt", NULL, encrypting },
	{ CMD_DECRYPT, "decrypt", NULL, decrypting },
	{ CMD_VERIFY, "verify", NULL, verifying },
	{ CMD_INFO, "info", NULL, informing },
	{ CMD_KEYS, "key", NULL, keys },
	{ CMD_KEY_LIST, "key", "list", key_list },
	{ CMD_KEY_ADD, "key", "add", key_add },
	{ CMD_KEY_REMOVE, "key", "remove", key_remove },
	{ CMD_KEY_CHANGE, "key", "change", key_change },
	{ CMD_HEADERS, "header", NULL, headers },
	{ CMD_HEADER_SAVE, "header", "save", header_save },
	{ CMD_HEADER_RESTORE, "header", "restore", header_restore },
	{ CMD_KEYGEN, "keygen", NULL, generating },
	{ CMD_BENCH, "bench", NULL, measuring },
	{ CMD_HELP, "help", NULL, general },
};

#define HELPS (sizeof(helps) / sizeof(helps[0]))

/* Every command has one. */
static size_t
find(enum command command)
{
	size_t i = 0;

	while (helps[i].command != command)
		i++;
	return i;
}

int
help_show(enum command command)
{
	fputs(helps[find(command)].text, stdout);
	return show_end();
}

int
help_unknown(enum command command, const char *option)
{
	size_t i = find(command);
	bool sub = helps[i].sub != NULL;

	return msg_usage("unknown option %s; \"xtscrypt help %s%s%s\" lists "
	    "them", option, helps[i].name, sub ? " " : "",
	    sub ? helps[i].sub : "");
}

bool
help_named(enum command *command, const char *name, const char *sub)
{
	for (size_t i = 0; i < HELPS; i++) {
		if (strcmp(name, helps[i].name) != 0 ||
		    (sub == NULL) != (helps[i].sub == NULL) ||
		    (sub != NULL && strcmp(sub, helps[i].sub) != 0))
			continue;
		*command = helps[i].command;
		return true;
	}
	return false;
}
