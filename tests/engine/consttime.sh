#!/bin/sh
# SPDX-License-Identifier: ISC
#
# No branch and no address of the engine depends on a key, a tweak or data: to
# memcheck those are undefined bytes, and it has nothing to report.  Without
# valgrind this fails, since "bootstrap --check" installs it.
. "${srcdir:=.}/tests/lib/tap.sh"

said=$builddir/tests/engine/consttime.said

# Exit status 9 when memcheck has something to report.
watch() {
	valgrind -q --error-exitcode=9 \
	    "$builddir/tests/engine/test_xts_consttime" "$@"
}

reports() {
	watch "$@"
	test $? -eq 9
}

# Did memcheck examine a backend that this CPU can run?  Where valgrind
# hid what it needs, the program has skipped it, and nothing else shows that.
looks_at() {
	case $({ XTSCRYPT_BACKEND=$1 "$builddir/xtscrypt" verify -h; } 2>&1) in
	*": this CPU cannot run that backend" | *": no such backend")
		skip "$1 was among them" "the CPU lacks it, or the build"
		return ;;
	esac
	ok "$1 was among them" grep "^ok [0-9]* - $1: secrets went in" "$said"
}

watch_all() {
	watch >"$said"
}

ok "memcheck reports a branch on a secret" reports branch
ok "memcheck reports an index that is secret" reports index
ok "memcheck reports nothing in the backends that it can run" watch_all
looks_at portable
looks_at aesni
rm -f "$said"
tap_done
