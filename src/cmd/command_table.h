/* SPDX-License-Identifier: ISC */
/*
 * THE table: the commands and their options.  command.h and command.c make
 * parsing (options.c), help and usage lines from it; make does the completions
 * with only the preprocessor, since a cross build cannot run what it builds.
 * So this file has nothing but the two lists, and no "@" in any text.
 *
 * Included wherever COMMAND and OPTION are defined, any number of times.
 */

/* Sets of commands. */
#define COPIES (CMD_ENCRYPT | CMD_DECRYPT)
#define READS (CMD_DECRYPT | CMD_VERIFY)
#define WORKS (CMD_ENCRYPT | READS)
#define HAS_NEW_SECRET (CMD_KEY_ADD | CMD_KEY_CHANGE)
#define MAKES_SLOT (CMD_ENCRYPT | HAS_NEW_SECRET)
#define KEY_CHANGES (HAS_NEW_SECRET | CMD_KEY_REMOVE)
#define HAS_SECRET (WORKS | KEY_CHANGES | CMD_KEY_EXPORT | CMD_RESUME | \
    CMD_HEADER_RESTORE)

/*
 * COMMAND(ID, name, function, engine, operands, help)
 * name		one word, or two: the second is the subcommand
 * engine	true if it needs one
 * operands	in brackets if they may be left out; COMMAND and SUBCOMMAND are
 *		words of the first column, any other a file; with "..." there
 *		may be several, and the function is called for each
 */
COMMAND(ENCRYPT, "encrypt", cmd_encrypt, true, "[FILE ...]",
    "encrypt FILE to FILE.xts")
COMMAND(DECRYPT, "decrypt", cmd_decrypt, true, "[FILE ...]",
    "decrypt FILE.xts to FILE")
COMMAND(VERIFY, "verify", cmd_verify, true, "[FILE ...]",
    "authenticate all data, write nothing")
COMMAND(RESUME, "resume", cmd_resume, true, "FILE",
    "continue a conversion in place, or close FILE after a crash")
COMMAND(INFO, "info", cmd_info, false, "[FILE ...]",
    "show what the header says")
COMMAND(KEY_LIST, "key list", cmd_key_list, false, "FILE ...",
    "list the key slots")
COMMAND(KEY_ADD, "key add", cmd_key_add, false, "FILE",
    "add a secret that opens FILE")
COMMAND(KEY_REMOVE, "key remove", cmd_key_remove, false, "FILE",
    "remove a secret")
COMMAND(KEY_CHANGE, "key change", cmd_key_change, false, "FILE",
    "replace a secret by a new one")
COMMAND(KEY_EXPORT, "key export", cmd_key_export, false, "FILE",
    "write the keys of the data, or a table, for dm-crypt")
COMMAND(HEADER_SAVE, "header save", cmd_header_save, true, "FILE BACKUP",
    "copy the header to BACKUP, or with - to standard output")
COMMAND(HEADER_RESTORE, "header restore", cmd_header_restore, true,
    "FILE BACKUP", "copy the header from BACKUP")
COMMAND(KEYGEN, "keygen", cmd_keygen, false, "KEYFILE",
    "make a key file of 64 random bytes")
COMMAND(BENCH, "bench", cmd_bench, true, "",
    "measure the speed of this machine")
COMMAND(HELP, "help", cmd_help, false, "[COMMAND [SUBCOMMAND]]",
    "list commands, or options of one")

/* SUFFIX(suffix, commands): usually the names of their operands end in it. */
#ifndef SUFFIX
#define SUFFIX(...)
#endif
SUFFIX(".xts", READS)

/*
 * OPTION(name, letter, argument, value, takes, where, commands, help)
 * name		"" if it has only a letter, which is 0 if it has only a name
 * value	VALUE_NONE: a flag; VALUE_FILE: the name of a file, given once;
 *		VALUE_WORDS: one of the words of takes; VALUE_OTHER: see takes
 * takes	what the argument must be
 * where	AT(member of struct options) for flags and files;
 *		READ(by which option_value_*) for the others
 * help		"" if it is not shown
 * A name may have several entries, for different commands.
 */
OPTION("output", 'o', "OUTPUT", VALUE_FILE, "", AT(output), COPIES,
    "output file, or - for standard output")
OPTION("output", 'o', "OUTPUT", VALUE_FILE, "", AT(output), CMD_KEY_EXPORT,
    "new file, for its owner alone (default: standard output)")
OPTION("stdout", 'c', "", VALUE_NONE, "", AT(to_stdout), COPIES,
    "write to standard output")
OPTION("force", 'f', "", VALUE_NONE, "", AT(force), COPIES,
    "overwrite files; write to block devices; write anything to a terminal")
OPTION("force", 'f', "", VALUE_NONE, "", AT(force), KEY_CHANGES,
    "change the header of a device, or if a newer one waits")
OPTION("force", 'f', "", VALUE_NONE, "", AT(force), CMD_HEADER_SAVE,
    "overwrite BACKUP")
OPTION("force", 'f', "", VALUE_NONE, "", AT(force), CMD_HEADER_RESTORE,
    "restore an older header, or one that cannot be checked")
OPTION("in-place", 0, "", VALUE_NONE, "", AT(in_place), COPIES,
    "convert FILE where it lies; a power cut loses nothing")
OPTION("trust-sectors", 0, "", VALUE_NONE, "", AT(trust_sectors), COPIES,
    "write less for that, on a disk that never tears a 512-byte sector")
OPTION("parts", 0, "N", VALUE_OTHER, "a number from 1 to 65535", READ(parts),
    CMD_ENCRYPT, "make the file that N programs are to write, each a part")
OPTION("part", 0, "I/N", VALUE_OTHER, "I/N: part I, from 1, of N up to 65535",
    READ(part), CMD_ENCRYPT,
    "encrypt part I of N to the file that --parts has made")
OPTION("part", 0, "I/N", VALUE_OTHER, "I/N: part I, from 1, of N up to 65535",
    READ(part), CMD_DECRYPT,
    "decrypt part I of N, beside other programs")
OPTION("parts-done", 0, "", VALUE_NONE, "", AT(parts_done), COPIES,
    "check that all parts are there, and finish the file")
OPTION("undo", 0, "", VALUE_NONE, "", AT(undo), CMD_RESUME,
    "leave FILE as it was, if no data has been changed yet")
OPTION("rm", 0, "", VALUE_NONE, "", AT(rm), COPIES,
    "remove FILE when the output is on the disk")
OPTION("no-lock", 0, "", VALUE_NONE, "", AT(no_lock),
    KEY_CHANGES | CMD_HEADER_RESTORE,
    "continue if the file system has no locks")
OPTION("header", 'H', "HEADER", VALUE_FILE, "", AT(header), CMD_ENCRYPT,
    "write the header to a file of its own")
OPTION("header", 'H', "HEADER", VALUE_FILE, "", AT(header),
    READS | CMD_INFO | CMD_KEY_EXPORT | CMD_RESUME,
    "file that has the detached header")

OPTION("slot", 0, "N", VALUE_OTHER, "a number from 0 to 7", READ(slot),
    CMD_KEY_ADD, "empty slot to use (default: the first)")
OPTION("slot", 0, "N", VALUE_OTHER, "a number from 0 to 7", READ(slot),
    CMD_KEY_REMOVE, "slot to remove")
OPTION("slot", 0, "N", VALUE_OTHER, "a number from 0 to 7", READ(slot),
    CMD_KEY_CHANGE, "slot to change (default: the one that opens)")
OPTION("name", 0, "NAME", VALUE_OTHER, "1 to 24 characters of printable ASCII",
    READ(name), CMD_ENCRYPT | CMD_KEY_ADD, "name of the new slot")
OPTION("name", 0, "NAME", VALUE_OTHER, "1 to 24 characters of printable ASCII",
    READ(name), CMD_KEY_REMOVE | CMD_KEY_CHANGE, "slot by its name")

OPTION("key-file", 'k', "KEYFILE", VALUE_FILE, "", AT(secret.key_file),
    HAS_SECRET,
    "key file (no passphrase unless -p or --passphrase-* is given)")
OPTION("ask-passphrase", 'p', "", VALUE_NONE, "", AT(secret.ask), HAS_SECRET,
    "passphrase, also with -k: XTSCRYPT_PASSPHRASE, or typed")
OPTION("passphrase-file", 0, "PATH", VALUE_FILE, "", AT(secret.file),
    HAS_SECRET, "file whose first line is the passphrase")
OPTION("passphrase-fd", 0, "N", VALUE_OTHER,
    "the number of an open file descriptor, once", READ(passphrase_fd),
    HAS_SECRET, "file descriptor to read the passphrase from")
OPTION("new-key-file", 0, "PATH", VALUE_FILE, "", AT(new_secret.key_file),
    HAS_NEW_SECRET, "new key file (default: a new passphrase is typed)")
OPTION("new-ask-passphrase", 0, "", VALUE_NONE, "", AT(new_secret.ask),
    HAS_NEW_SECRET, "new passphrase, also with --new-key-file: typed")
OPTION("new-passphrase-file", 0, "PATH", VALUE_FILE, "", AT(new_secret.file),
    HAS_NEW_SECRET, "file whose first line is the new passphrase")
OPTION("new-passphrase-fd", 0, "N", VALUE_OTHER,
    "the number of an open file descriptor, once", READ(new_passphrase_fd),
    HAS_NEW_SECRET, "file descriptor to read the new passphrase from")

OPTION("recovery", 0, "", VALUE_NONE, "", AT(recovery),
    CMD_ENCRYPT | CMD_KEY_ADD,
    "add a slot for a recovery code, and show that on the terminal")
OPTION("recovery-file", 0, "PATH", VALUE_FILE, "", AT(recovery_file),
    CMD_ENCRYPT | CMD_KEY_ADD, "the same, but write the code to a new file")

OPTION("kdf", 0, "LEVEL", VALUE_WORDS,
    "minimal, interactive, moderate or sensitive", READ(kdf), MAKES_SLOT,
    "cost of the key derivation: minimal, interactive, moderate or sensitive "
    "(default: moderate; minimal for keygen's files)")
OPTION("kdf-passes", 0, "N", VALUE_OTHER, "a number from 1 to 64",
    READ(passes), MAKES_SLOT, "its passes, 1 to 64")
OPTION("kdf-memory", 0, "SIZE", VALUE_OTHER, "a size of whole KiB, at least 8M",
    READ(memory), MAKES_SLOT, "its memory, at least 8M")
OPTION("kdf-max-memory", 0, "SIZE", VALUE_OTHER, "a size of at least 8M",
    READ(max_memory), HAS_SECRET,
    "allow key derivations up to SIZE (default: 2G)")

OPTION("sector-size", 's', "BYTES", VALUE_WORDS, "512 or 4096", READ(sector),
    CMD_ENCRYPT, "size of a data unit: 512 (default) or 4096")
OPTION("segment-size", 0, "SIZE", VALUE_OTHER, "a power of two from 4K to 1M",
    READ(segment), CMD_ENCRYPT, "data under one tag: 4K to 1M (default: 64K)")
OPTION("span-shift", 0, "N", VALUE_OTHER, "a number from 20 to 40",
    READ(span_shift), CMD_ENCRYPT, "")
OPTION("no-integrity", 0, "", VALUE_NONE, "", AT(no_integrity), CMD_ENCRYPT,
    "no tags: as long as the plaintext, changes are not detected")
OPTION("length", 0, "SIZE", VALUE_OTHER, "a size like 65536, 64K or 1G",
    READ(length), CMD_ENCRYPT, "size of piped input")
OPTION("offset", 0, "SIZE", VALUE_OTHER, "a size like 65536, 64K or 1G",
    READ(offset), CMD_DECRYPT,
    "decrypt from this byte on (needs -o or -c; default: from the first)")
OPTION("offset", 0, "SIZE", VALUE_OTHER, "a size like 65536, 64K or 1G",
    READ(offset), CMD_VERIFY,
    "authenticate from this byte on (default: from the first)")
OPTION("length", 0, "SIZE", VALUE_OTHER, "a size like 65536, 64K or 1G",
    READ(length), CMD_DECRYPT,
    "decrypt SIZE bytes (needs -o or -c; default: to the end)")
OPTION("length", 0, "SIZE", VALUE_OTHER, "a size like 65536, 64K or 1G",
    READ(length), CMD_VERIFY,
    "authenticate SIZE bytes (default: to the end)")
OPTION("keep-going", 0, "", VALUE_NONE, "", AT(keep_going), CMD_DECRYPT,
    "continue after damage, with zeros in its place (needs -o or -c)")
OPTION("keep-going", 0, "", VALUE_NONE, "", AT(keep_going), CMD_RESUME,
    "continue after damage, with zeros in its place")
OPTION("sparse", 0, "WHEN", VALUE_WORDS, "auto or never", READ(sparse),
    CMD_DECRYPT, "write blocks of zeros as holes: auto (default) or never")
OPTION("sparse", 0, "WHEN", VALUE_WORDS, "auto or never", READ(sparse),
    CMD_ENCRYPT,
    "find holes: auto (default), or never, to read them as zeros")
OPTION("", 'e', "", VALUE_NONE, "", AT(redundant), CMD_ENCRYPT,
    "accepted for programs that add it; no effect")
OPTION("", 'd', "", VALUE_NONE, "", AT(redundant), CMD_DECRYPT,
    "accepted for programs that add it, such as tar -I; no effect")
OPTION("threads", 'T', "N", VALUE_OTHER, "a number from 0 to 64",
    READ(threads), WORKS,
    "at most N threads (default: one for each CPU, up to 8)")

OPTION("dm-table", 0, "", VALUE_NONE, "", AT(dm_table), CMD_KEY_EXPORT,
    "write a table for dmsetup, which names keys in the kernel's keyring")
OPTION("hex", 0, "", VALUE_NONE, "", AT(hex), CMD_KEY_EXPORT,
    "put the keys themselves into the table, in hexadecimal")
OPTION("span", 0, "N", VALUE_OTHER, "the number of a span, from 0",
    READ(span_index), CMD_KEY_EXPORT,
    "span whose keys, or whose table alone, are written")

OPTION("json", 0, "", VALUE_NONE, "", AT(json), CMD_INFO | CMD_BENCH,
    "print JSON")
OPTION("progress", 0, "WHEN", VALUE_WORDS, "auto, always or never",
    READ(progress), WORKS | CMD_RESUME,
    "show progress: auto (default), always or never")
OPTION("quiet", 'q', "", VALUE_NONE, "", AT(quiet), CMD_ALL,
    "show only errors")
OPTION("verbose", 'v', "", VALUE_NONE, "", AT(verbose), CMD_ALL,
    "show more details")
OPTION("help", 'h', "", VALUE_NONE, "", AT(help), CMD_ALL, "show this help")

#undef COPIES
#undef READS
#undef WORKS
#undef HAS_NEW_SECRET
#undef MAKES_SLOT
#undef KEY_CHANGES
#undef HAS_SECRET
#undef COMMAND
#undef SUFFIX
#undef OPTION
