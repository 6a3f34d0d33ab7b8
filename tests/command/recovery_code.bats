# SPDX-License-Identifier: ISC
#
# Recovery codes: how they are given, and what of a spelling counts.
load ../lib/helper

@test "a recovery code in a file opens, however it is spelled" {
	xtscrypt encrypt $cheap -k key --recovery-file code -o sealed plain
	[ "$(stat -c '%a %s' code)" = "600 78" ]
	run -0 xtscrypt key list sealed
	[[ ${lines[1]} == 'slot 1      passphrase; '*'; "recovery"' ]]
	opens -k key
	opens --passphrase-file code
	tr A-Z- 'a-z ' <code >spelled
	opens --passphrase-file spelled
	tr -d - <code >spelled
	opens --passphrase-file spelled
	# The form that other programs get.
	reference decrypt --passphrase "$(<code)" sealed theirs
	cmp theirs plain
}

@test "a mistake in a recovery code is found in its group" {
	xtscrypt encrypt $cheap -k key --recovery-file code -o sealed plain
	chmod go= bad
	letter=$(cut -c 14 code | tr 0-9A-Z 1-9A-Z0)
	sed "s/^\(.\{13\}\)./\1$letter/" code >bad
	run -3 xtscrypt decrypt --passphrase-file bad -o out sealed
	[[ $output == *'wrong passphrase'*'mistake in group 3' ]]
	[ ! -e out ]
}

@test "key add makes a recovery code, and one is enough" {
	seal -k key
	xtscrypt key add $cheap -k key --recovery-file code sealed
	opens --passphrase-file code
	cp sealed before
	refused 1 'already called "recovery"' xtscrypt key add $cheap -k key \
	    --recovery-file code2 sealed
	refused 1 exists xtscrypt key add $cheap -k key \
	    --recovery-file code sealed
	xtscrypt key remove -k key --name recovery sealed
	xtscrypt key add $cheap -k key --recovery-file code2 sealed
	opens --passphrase-file code2
	refused 3 'wrong passphrase' \
	    xtscrypt decrypt --passphrase-file code -o out sealed
}

@test "a recovery code that cannot be delivered is not made" {
	refused 2 terminal python "$srcdir/tests/lib/pty.py" --none -- \
	    "$XTSCRYPT" encrypt $cheap -k key --recovery -o sealed plain
	refused 1 'bad: already exists, and is not overwritten' \
	    xtscrypt encrypt -f $cheap -k key --recovery-file bad \
	    -o sealed plain
	[ "${#lines[@]}" -eq 1 ]
	refused 2 contradict xtscrypt encrypt $cheap -k key --recovery \
	    --recovery-file code -o sealed plain
	refused 2 'same file' xtscrypt encrypt $cheap -k key \
	    --recovery-file sealed -o sealed plain
	refused 2 recovery xtscrypt encrypt $cheap -k key \
	    --recovery-file code --name recovery -o sealed plain
	[ "$(here)" = "bad key pass plain" ]
	seal -k key
	cp sealed before
	refused 2 'no other' xtscrypt key add $cheap -k key \
	    --recovery-file code --new-passphrase-file pass sealed
	for new in '--new-key-file bad' '--new-passphrase-fd 7' \
	    --new-ask-passphrase; do
		refused 2 'no other' xtscrypt key add $cheap -k key \
		    --recovery-file code $new sealed 7<pass
	done
	refused 2 'called recovery' xtscrypt key add $cheap -k key \
	    --recovery-file code --name other sealed
	refused 2 terminal python "$srcdir/tests/lib/pty.py" --none -- \
	    "$XTSCRYPT" key add $cheap -k key --recovery sealed
	cmp sealed before
	# An encryption that fails leaves no code behind.
	refused 1 '' xtscrypt encrypt $cheap -k key --recovery-file code \
	    --length 5 -o out - <plain
	[ "$(here)" = "bad before key pass plain sealed" ]
}

@test "a recovery code is shown on the terminal, and typed there" {
	run -0 pty exit -- "$XTSCRYPT" encrypt $cheap -k key --recovery \
	    -o sealed plain
	[[ ${lines[1]} == "Recovery code for sealed: "* ]]
	code=$(sed -n 's/^ *[0-9]*  \([0-9A-Z-]*\)$/\1/p' <<<"$output" |
	    paste -sd ' ')
	[ "$(tr -d ' -' <<<"$code" | wc -c)" -eq 66 ]
	run -0 pty 'expect Passphrase' "send ${code,,}\\n" exit -- \
	    "$XTSCRYPT" decrypt -o opened sealed
	cmp plain opened
}
