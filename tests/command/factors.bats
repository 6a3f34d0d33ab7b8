# SPDX-License-Identifier: ISC
# The factors that a file requires (passphrase, key file, both) and those given.
load ../lib/helper

# How a slot is made and opened: p, k or b.
old() {
	case $1 in
	p) echo --passphrase-file pass ;;
	k) echo -k key ;;
	b) echo -k key --passphrase-file pass ;;
	esac
}
new() { old "$1" | sed 's/-k /--new-key-file /; s/--pass/--new-pass/'; }

# make SLOTS: sealed has a slot of each of these kinds.
make() {
	local kind first=${1:0:1}
	rm -f sealed
	seal $(old $first)
	for kind in $(fold -w 1 <<<"${1:1}"); do
		xtscrypt key add $cheap $(old $first) $(new $kind) sealed
	done 2>&-
}

too='use -p to be asked for the passphrase, too'

# says NEEDS HINT COMMAND...
says() {
	local needs=$1 hint=$2
	shift 2
	run -3 "$@"
	[ "$output" = "xtscrypt: sealed: $needs
xtscrypt: hint: $hint" ] || { echo "$*: $output"; return 1; }
}

@test "each set of slots opens with what it needs, or says what that is" {
	while IFS='|' read -r slots given needs hint; do
		[[ -z ${last-} || $slots = "$last" ]] || make $slots
		[[ -n ${last-} ]] || make $slots
		last=$slots
		if [ "$needs" = opens ]; then
			opens $(old $given)
		else
			says "needs $needs" "$hint" xtscrypt decrypt \
			    $(old $given) -c sealed
		fi
	done <<-END
	p|p|opens
	p|k|a passphrase and no key file|leave out -k
	p|b|a passphrase and no key file|leave out -k
	k|p|a key file and no passphrase|use -k FILE instead of the passphrase
	k|k|opens
	k|b|a key file and no passphrase|leave out the passphrase
	b|p|a passphrase and a key file together|use -k FILE, too
	b|k|a passphrase and a key file together|$too
	b|b|opens
	pk|p|opens
	pk|k|opens
	pk|b|a passphrase or a key file, not both|leave out -k or the passphrase
	pb|p|opens
	pb|k|a passphrase, with or without a key file|$too
	pb|b|opens
	kb|p|a key file, with or without a passphrase|use -k FILE, too
	kb|k|opens
	kb|b|opens
	pkb|p|opens
	pkb|k|opens
	pkb|b|opens
	END
}

@test "a passphrase that would be asked for is not, where none can open" {
	seal -k key
	says "needs a key file and no passphrase" "use -k FILE" \
	    xtscrypt decrypt -c sealed
	seal -f -k key --passphrase-file pass
	says "needs a passphrase and a key file together" \
	    "use -k FILE, and -p to be asked for the passphrase" \
	    xtscrypt decrypt -c sealed
}

@test "key remove: the slot's own secret is not what the others need" {
	make pk
	says "removing slot 0 needs the secret of another: a key file and no\
 passphrase" \
	    "use -k FILE instead of the passphrase" \
	    xtscrypt key remove --passphrase-file pass --slot 0 sealed
	says "removing slot 1 needs the secret of another: a passphrase and no\
 key file" \
	    "leave out -k" xtscrypt key remove -k key --slot 1 sealed
	seal -f --passphrase-file pass
	xtscrypt key add $cheap --passphrase-file pass \
	    --new-passphrase-file bad sealed
	says "the secret opens none of the other slots" \
	    "give the secret of another slot, to show that one remains" \
	    xtscrypt key remove --passphrase-file pass --slot 0 sealed
	opens --passphrase-file pass
}

@test "key add and change: how the new secret is given, where it was not" {
	new='; the new secret is given with --new-passphrase-file or'
	new+=' --new-key-file'
	for command in "add $cheap" "change $cheap"; do
		seal -f -k key
		says "needs a key file and no passphrase" \
		    "leave out the passphrase$new" xtscrypt key $command \
		    -k key --passphrase-file pass sealed
		says "needs a key file and no passphrase" \
		    "use -k FILE instead of the passphrase$new" \
		    xtscrypt key $command --passphrase-file pass sealed
		says "needs a key file and no passphrase" "use -k FILE" \
		    xtscrypt key $command sealed
		seal -f --passphrase-file pass
		says "needs a passphrase and no key file" \
		    "leave out -k$new" xtscrypt key $command -k key sealed
	done
}
