#!/bin/sh
# SPDX-License-Identifier: ISC
#
# No branch and no address of the engine depends on a key, a tweak or data: to
# memcheck those are undefined bytes, and it has nothing to report.  Without
# valgrind this fails, since "bootstrap --check" installs it.
. "${srcdir:=.}/tests/tap.sh"

# Exit status 9 when memcheck has something to report.
watch() {
	valgrind -q --error-exitcode=9 "$builddir/tests/test_xts_consttime" "$@"
}

reports() {
	watch "$@"
	test $? -eq 9
}

ok "memcheck reports a branch on a secret" reports branch
ok "memcheck reports an index that is secret" reports index
ok "memcheck reports nothing in the backends that it can run" watch
tap_done
