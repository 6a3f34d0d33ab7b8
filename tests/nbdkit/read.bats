# SPDX-License-Identifier: ISC
#
# Files that nbdkit's plugin serves to be read, and those that it refuses.
load ../lib/helper
load ../lib/nbdkit

# Every layout that differs in how a place is found.
layouts=(--segment-size=4K --no-integrity "--no-integrity -s 4096"
    "-s 4096 --segment-size 64K" "--span-shift 20" "--no-integrity
    --span-shift 20 -H header")

@test "the plugin can be loaded anywhere, and exports one name" {
	run -0 nbdkit "$PLUGIN" --dump-plugin
	[[ $output == *name=xtscrypt* && $output == *xtscrypt_backend=* &&
	    $output == *xtscrypt_tag_backend=* ]]
	dumped=$output
	XTSCRYPT_BACKEND=portable,sodium run -0 nbdkit "$PLUGIN" --dump-plugin
	[ "$output" = "$dumped" ]
	[ "$(nm -D --defined-only "$PLUGIN" | cut -d ' ' -f 2-)" = \
	    "T plugin_init" ]
	run -0 readelf -d "$PLUGIN"
	[[ $output != *TEXTREL* ]]
	run -0 nbdkit "$PLUGIN" --help
	for parameter in file header key-file passphrase cache kdf-max-memory
	do
		[[ $output == *"$parameter=<"* ]]
		grep -q "^\.It Cm $parameter= Ns" \
		    "$srcdir/man/nbdkit-xtscrypt-plugin.1"
	done
}

@test "a copy by nbdcopy is what was encrypted, in every layout" {
	for bytes in 3000000 3000007 4096 1; do
		text $bytes >plain
		for how in "${layouts[@]}"; do
			seal -f -k key $how
			header=
			[[ $how != *-H* ]] || header=header=header
			nbd -r sealed $header key-file=key \
			    --run 'nbdcopy "$uri" out'
			cmp out plain
		done
	done
}

@test "memory that cannot be locked is reported with -v" {
	drop=
	if [ "$(id -u)" -eq 0 ]; then
		drop='setpriv --bounding-set -ipc_lock'
	fi
	unlocked() {
		ulimit -l 0
		$drop timeout 120 nbdkit -U - "$@" "$PLUGIN" sealed \
		    key-file=key --run 'nbdcopy "$uri" - | cmp - plain'
	}
	seal -k key
	run -0 unlocked
	[ -z "$output" ]
	run -0 unlocked -v
	[[ $output == *'debug: '*'key derivation (8192 KiB) could not be'* ]]
	[[ $output == *'debug: '*' bytes of keys and data could not be'* ]]
}

@test "an empty file is an empty disk" {
	: >plain
	for how in --segment-size=4K --no-integrity; do
		seal -f -k key $how
		[ "$(nbd sealed key-file=key --run 'nbdinfo --size "$uri"')" \
		    = 0 ]
	done
}

@test "nbdinfo says what it is, and what can be done" {
	text 1000000 >plain
	seal -k key
	run -0 nbd -r sealed key-file=key --run 'nbdinfo --json "$uri"'
	for said in '"is_read_only": true' '"export-size": 1000000' \
	    '"block_size_minimum": 1' '"block_size_preferred": 65536' \
	    '"block_size_maximum": 33554432' '"can_multi_conn": true' \
	    '"description": "decrypted by xtscrypt, authenticated"'; do
		[[ $output == *"$said"* ]]
	done
	seal -f -k key --no-integrity
	run -0 nbd sealed key-file=key --run 'nbdinfo --json "$uri"'
	for said in '"is_read_only": false' '"can_flush": true' \
	    '"can_fua": true' '"can_zero": true' '"can_trim": false' \
	    '"block_size_preferred": 4096' ', not authenticated"'; do
		[[ $output == *"$said"* ]]
	done
}

@test "a secret is given in each of the ways" {
	seal --passphrase-file pass
	for secret in passphrase=secret passphrase=+pass; do
		nbd sealed $secret --run 'nbdcopy "$uri" - | cmp - plain'
	done
	nbd sealed passphrase=-7 --run 'nbdcopy "$uri" - | cmp - plain' 7<pass
	run -0 pty 'expect password:' 'send secret\n' exit -- \
	    nbdkit -U - "$PLUGIN" sealed passphrase=- \
	    --run 'nbdcopy "$uri" - | cmp - plain'
	seal -f -k key --passphrase-file pass
	nbd sealed key-file=key passphrase=+pass \
	    --run 'nbdcopy "$uri" - | cmp - plain'
	seal -f --passphrase-file pass --recovery-file code
	code=$(tr A-Z- 'a-z ' <code)
	nbd sealed "passphrase=$code" --run 'nbdcopy "$uri" - | cmp - plain'
}

@test "what cannot be opened is refused at the start, in the tool's words" {
	seal --passphrase-file pass
	not_served 1 "$PWD/sealed: wrong passphrase" sealed passphrase=+bad
	not_served 1 'needs a passphrase and no key file' sealed key-file=key
	[[ $output == *'hint: give passphrase=- in place of key-file=' ]]
	not_served 1 'nofile: No such file or directory' sealed \
	    key-file=nofile
	not_served 1 'nofile: No such file or directory' nofile key-file=key
	not_served 1 'plain: not an xtscrypt file' plain key-file=key
	not_served 1 'sealed: needs a secret' sealed
	not_served 1 'the passphrase must not be empty' sealed passphrase=
	not_served 1 'longer than 4096 bytes' sealed \
	    passphrase="$(printf 'x%.0s' {1..4097})"
	not_served 1 'no such parameter: colour=' sealed colour=red
	not_served 1 'key-file= may be given only once' sealed key-file=key \
	    key-file=key
	not_served 1 'passphrase= may be given only once' sealed passphrase=a \
	    passphrase=b
	not_served 1 'no file was given' cache=1M key-file=key
	seal -f -k key
	not_served 1 'sealed: wrong key file' sealed key-file=bad
	not_served 1 'needs a key file and no passphrase' sealed \
	    passphrase=+pass
	[[ $output == *'hint: give key-file=FILE in place of passphrase=' ]]
	truncate -s -1 sealed
	not_served 1 'sealed: cut short' sealed key-file=key
	echo more >>sealed
	not_served 1 'sealed: has bytes after its end' sealed key-file=key
}

@test "a derivation that needs much is only made when it is allowed" {
	xtscrypt encrypt --kdf-passes 1 --kdf-memory 16M -k key -o sealed plain
	not_served 1 'slot 0 needs 1 passes over 16 MiB, more than is allowed' \
	    sealed key-file=key kdf-max-memory=8M
	[[ $output == *"hint: "*"kdf-max-memory=16M"* ]]
	nbd sealed key-file=key kdf-max-memory=16M --run true
}

@test "a conversion in place is not served, and how it goes on is said" {
	text 30000000 >disk.img
	run -1 bash -c 'ulimit -f 17000 && exec "$@"' - "$XTSCRYPT" encrypt \
	    $cheap --in-place --no-integrity -k key -H hdr disk.img
	cp disk.img before
	not_served 1 'disk.img: is being encrypted in place' disk.img \
	    header=hdr key-file=key
	[[ $output == *"\"xtscrypt resume -H $PWD/hdr $PWD/disk.img\" \
continues" ]]
	cmp disk.img before
}

@test "reading changes no byte, and programs may read it together" {
	text 1000000 >plain
	for how in --no-integrity --segment-size=4K; do
		seal -f -k key $how
		cp sealed before
		serve -r sealed key-file=key
		nbdcopy "$uri" out
		nbd -r sealed key-file=key --run 'nbdcopy "$uri" - | cmp - out'
		xtscrypt decrypt -k key -c sealed | cmp - out
		run nbdcopy plain "$uri"
		[ "$status" -ne 0 ]
		unserve
		[ "$status" -eq 0 ]
		cmp sealed before
		[ ! -e sealed.xtsjnl ]
	done
}

@test "only one server may write, and only while no other reads" {
	seal -k key --no-integrity
	serve sealed key-file=key
	nbdinfo "$uri" >info
	not_served 1 'sealed: in use by another program' sealed key-file=key
	refused 1 'in use by another program' xtscrypt key add -k key \
	    --new-key-file pass $cheap sealed
	unserve
	nbd -r sealed key-file=key --run 'nbdinfo "$uri"' >info
	serve -r sealed key-file=key
	run nbd sealed key-file=key --run 'nbdinfo "$uri"'
	[[ $output == *"sealed: in use by another program"* ]]
	nbd -r sealed key-file=key --run 'nbdinfo "$uri"' >info
}

@test "damage is an error for what touches it, and for nothing else" {
	text 300000 >plain
	seal -k key --segment-size 4K
	flip sealed $((4096 + 20 * 4128 + 100))
	serve -r sealed key-file=key
	python - "$uri" <<-'END'
		import errno, nbd, sys
		h = nbd.NBD()
		h.connect_uri(sys.argv[1])
		plain = open("plain", "rb").read()
		for at in range(0, len(plain), 1024):
		    n = min(1024, len(plain) - at)
		    try:
		        got = h.pread(n, at)
		    except nbd.Error as e:
		        assert e.errnum == errno.EIO, e
		        got = None
		    bad = 20 * 4096 <= at < 21 * 4096
		    assert got == (None if bad else plain[at:at + n]), at
		for n, at in (8192, 80 * 1024 - 1), (1, 21 * 4096 - 1):
		    try:
		        h.pread(n, at)
		        sys.exit("damage was read")
		    except nbd.Error as e:
		        assert e.errnum == errno.EIO, e
	END
	[ "$(grep -c 'damaged' nbd.log)" -eq 1 ]
	grep -q "sealed: bytes 81920 to 86015 of the plaintext are damaged" \
	    nbd.log
}

@test "several connections and requests at once read the same" {
	text 5000000 >plain
	seal -k key
	for cache in 1 1M 64M; do
		nbd -r sealed key-file=key cache=$cache --run \
		    'nbdcopy --connections=4 --requests=16 --request-size=4096 \
		    "$uri" out'
		cmp out plain
	done
}
