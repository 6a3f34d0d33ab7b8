# SPDX-License-Identifier: ISC
load ../lib/helper

# Old containers answer calls that they do not know with EPERM, old kernels with
# ENOSYS.
sandbox="${builddir:-$srcdir}/tests/lib/sandbox"
EPERM=1
ENOSYS=38

# limited COMMAND...: it works without the call.
limited() {
	"$sandbox" "$call" "$error" timeout --foreground 60 "$XTSCRYPT" "$@" \
	    2>err && return
	printf '%s\n' "without $call ($error): $*" "$(cat err)"
	return 1
}

# Each command once, on files and in pipes.
everything() {
	rm -rf work
	mkdir work
	cd work
	cp ../plain ../key ../bad .
	limited encrypt $cheap -T 2 -k key plain
	limited encrypt $cheap -f -k key plain
	limited encrypt $cheap -k key -H header -o data plain
	limited encrypt $cheap -k key <plain >sealed
	cat plain | limited encrypt $cheap -k key | cat >stream
	limited decrypt -T 2 -k key -o opened plain.xts
	cmp plain opened
	limited decrypt -f -k key -o opened stream
	cmp plain opened
	cat sealed | limited decrypt -k key | cmp plain -
	limited decrypt -k key -H header -o /dev/stdout data | cmp plain -
	limited verify -q -k key sealed
	limited info sealed >/dev/null
	limited key list sealed >/dev/null
	limited encrypt $cheap --no-integrity -k key -o bare - \
	    < <(head -c 4096 plain)
	limited key export -k key -o keys bare
	limited key export -q --dm-table bare >/dev/null
	limited header save sealed backup
	for file in sealed header; do
		limited key add -q $cheap -k key --new-key-file bad $file
		limited key change -q $cheap -k bad --new-passphrase-file bad \
		    $file
		limited key remove -q -k key --slot 1 $file
	done
	limited header restore -q -f sealed backup
	limited keygen made
	[ "$(stat -c %s made)" -eq 64 ]
	limited help >/dev/null
	[ "$(here)" = "backup bad bare data err header key keys made opened \
plain plain.xts sealed stream" ]
	cd ..
}

setup_file() {
	[ "$(uname)" = Linux ] || skip "sandboxes of another kind"
	[ -x "$sandbox" ] || make -s -C "${builddir:-$srcdir}" tests/lib/sandbox
}

@test "the sandbox forbids what it says" {
	native "it takes a kernel"
	for error in $EPERM $ENOSYS; do
		run "$sandbox" memfd_create $error /usr/bin/python3 -c '
import os, sys
try:
    os.memfd_create("x")
except OSError as e:
    sys.exit(e.errno)'
		[ "$status" -ne 99 ] || skip "no seccomp here"
		[ "$status" -eq "$error" ]
	done
}

@test "each command works without each call that is newer than Linux 3.2" {
	native "it takes a kernel"
	! sanitized || return 0		# it needs calls of its own
	call=memfd_create error=$EPERM
	"$sandbox" $call $error true || skip "no seccomp here"
	for call in $("$sandbox"); do
		for error in $EPERM $ENOSYS; do
			everything
		done
	done
}
