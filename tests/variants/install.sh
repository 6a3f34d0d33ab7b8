#!/bin/sh
# SPDX-License-Identifier: ISC
#
# For "make check-install": what a packager relies on.
# shellcheck source=tests/lib/tap.sh
. "${srcdir:=.}/tests/lib/tap.sh"

# This make's options are not for the builds within.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
src=$builddir/variants/src
work=$builddir/variants/install
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit

# Build in the source tree, in a folder of its own.
build() {
	mkdir -p "$1" && cp -Rp "$src/." "$1" && cd "$1" &&
		./configure -q --prefix="$work/prefix" && "$MAKE" -j 2
}

same_bytes() {
	(build one) && (build a/longer/way/to/two) &&
		cmp one/xtscrypt a/longer/way/to/two/xtscrypt
}

# The same from outside the source tree, but for debug information, which the
# build ID is a hash of, too.
same_code() {
	(mkdir outside && cd outside && ../one/configure -q &&
		"$MAKE" -j 2) || :
	(mkdir outside2 && cd outside2 && "$src/configure" -q &&
		"$MAKE" -j 2) &&
		strip -R .note.gnu.build-id -o one.strip one/xtscrypt &&
		strip -R .note.gnu.build-id -o outside.strip \
		    outside2/xtscrypt &&
		cmp one.strip outside.strip
}

files() {
	(cd "$1" && find . -type f | LC_ALL=C sort)
}

# The plugin is built where nbdkit is; it is nowhere but under the prefix.
expected() {
	{
		[ ! -e one/nbdkit/nbdkit-xtscrypt-plugin.so ] || printf '%s\n' \
		    ./lib/nbdkit/plugins/nbdkit-xtscrypt-plugin.so \
		    ./share/man/man1/nbdkit-xtscrypt-plugin.1
		printf '%s\n' ./bin/xtscrypt \
		    ./share/bash-completion/completions/xtscrypt \
		    ./share/fish/vendor_completions.d/xtscrypt.fish \
		    ./share/man/man1/xtscrypt.1 \
		    ./share/man/man5/xtscrypt.5 \
		    ./share/zsh/site-functions/_xtscrypt
	} | LC_ALL=C sort
}

installs() {
	"$MAKE" -C one install && [ "$(files prefix)" = "$(expected)" ] &&
		prefix/bin/xtscrypt --version
}

uninstalls() {
	"$MAKE" -C one uninstall && [ -z "$(files prefix)" ]
}

stages() {
	"$MAKE" -C one install prefix=/usr DESTDIR="$work/stage" &&
		[ "$(files stage/usr)" = "$(expected)" ] &&
		[ "$(ls stage)" = usr ] && [ -z "$(files prefix)" ] &&
		"$MAKE" -C one uninstall prefix=/usr DESTDIR="$work/stage" &&
		[ -z "$(files stage)" ]
}

# From a tarball, read-only, outside the source tree, with its tests, and back.
distcheck() {
	XTSCRYPT_TEST_QUICK=1 "$MAKE" -C one distcheck
}

# It shares the library with the plugin and gains nothing from it.
same_without_plugin() {
	mkdir without && cd without &&
		"$src/configure" -q --without-nbdkit && "$MAKE" -j 2 &&
		[ ! -e nbdkit/nbdkit-xtscrypt-plugin.so ] &&
		cmp xtscrypt ../outside2/xtscrypt
}

ok "two builds in two places give the same bytes" same_bytes
ok "a build outside the source tree gives the same code" same_code
ok "and so does one without nbdkit's plugin" same_without_plugin
ok "make install installs the program and its manual" installs
ok "make uninstall leaves nothing behind" uninstalls
ok "DESTDIR and prefix are heeded, and nothing stays there" stages
ok "make distcheck" distcheck
tap_done
