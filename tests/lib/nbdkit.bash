# SPDX-License-Identifier: ISC
#
# Helpers of the tests of nbdkit's plugin, beside helper.bash.

: "${PLUGIN:=${builddir:-$srcdir}/nbdkit/nbdkit-xtscrypt-plugin.so}"

# nbd [OPTION...] FILE [PARAMETER...] --run COMMAND: a server for one command,
# which has its address in $uri.
nbd() {
	local -a options
	while [[ $1 == -* ]]; do
		options+=("$1")
		shift
	done
	timeout 120 nbdkit -U - "${options[@]}" "$PLUGIN" "$@"
}

# serve [OPTION...] FILE [PARAMETER...]: a server on the socket nbd.sock, until
# unserve ends it.
serve() {
	local -a options
	while [[ $1 == -* ]]; do
		options+=("$1")
		shift
	done
	rm -f nbd.sock nbd.pid
	nbdkit -f -U nbd.sock -P nbd.pid "${options[@]}" "$PLUGIN" "$@" \
	    2>nbd.log 3>&- &
	server=$!
	uri="nbd+unix:///?socket=$PWD/nbd.sock"
	await test -s nbd.pid
}

# unserve [SIGNAL]: its exit status is in status.
unserve() {
	kill -"${1:-TERM}" "$server"
	status=0
	wait "$server" || status=$?
	server=
}

teardown() {
	[ -z "${server-}" ] || unserve KILL
}

# not_served STATUS TEXT FILE [PARAMETER...]: nbdkit refuses to start, and says
# so in a line with this text; there may be a hint.
not_served() {
	local expected=$1 what=$2
	shift 2
	run nbd "$@" --run 'echo served'
	[[ $status -eq $expected && ${#lines[@]} -le 2 &&
	    ${lines[0]} == "nbdkit: error: "*"$what"* &&
	    ${lines[1]-nbdkit: error: hint: } == "nbdkit: error: hint: "* ]] &&
		return
	printf '%s\n' "$*" "expected: $what" "status $status" "$output"
	return 1
}
