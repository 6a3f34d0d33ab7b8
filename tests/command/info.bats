# SPDX-License-Identifier: ISC
load ../lib/helper

# json PYTHON: an expression over the JSON of info, which must be true.
json() {
	xtscrypt info --json sealed >json
	python -m json.tool json >/dev/null
	python - "$1" <<-'END'
		import json, sys
		i = json.load(open("json"))
		s = i["slots"]
		if not eval(sys.argv[1]):
		    sys.exit("%s is not true of %s" % (sys.argv[1], i))
	END
}

@test "info says what the header says, without a secret" {
	seal --passphrase-file pass --name 'by heart'
	run -0 xtscrypt info sealed
	[[ $output == *AES-256-XTS* && $output == *20000* ]]
	[[ $output == *512* && $output == *65536* ]]
	[[ $output == *passphrase* && $output == *by\ heart* ]]
}

@test "info says plainly whether changes can be detected" {
	seal -k key
	run -0 xtscrypt info sealed
	with=$output
	seal -f -k key --no-integrity
	run -0 xtscrypt info sealed
	[[ $output == *change*not* || $output == *no*change* ]]
	[[ $with == *change*detect* ]]
	[ "$(grep -i change <<<"$with")" != "$(grep -i change <<<"$output")" ]
}

@test "info reads standard input, and a detached header like any file" {
	seal -k key
	run -0 xtscrypt info sealed
	file=$(tail -n +2 <<<"$output")
	run -0 xtscrypt info < <(cat sealed)
	[ "$(tail -n +2 <<<"$output")" = "$file" ]
	run -0 xtscrypt info - <sealed
	[ "$(tail -n +2 <<<"$output")" = "$file" ]
	head -c 4096 sealed >header
	run -0 xtscrypt info header
	[ "$(tail -n +2 <<<"$output")" = "$file" ]
}

@test "info takes the header from -H" {
	seal -k key -H header
	run -0 xtscrypt info header
	[[ ${lines[0]} == header:* ]]
	lines=("${lines[@]:1}")
	rest=("${lines[@]}")
	run -0 xtscrypt info -H header sealed
	[[ ${lines[0]} == sealed:* ]]
	[ "${lines[*]:1}" = "${rest[*]}" ]
	run -0 xtscrypt info --header header <sealed
	[ "${lines[*]:1}" = "${rest[*]}" ]
	refused 1 'missing: No such file' xtscrypt info -H missing sealed
	refused 1 'missing: No such file' xtscrypt info -H header missing
	refused 4 'plain: ' xtscrypt info -H plain sealed
	refused 2 'same file' xtscrypt info -H header header
	cat header sealed >whole
	refused 4 'whole: ' xtscrypt info -H header whole
}

@test "info shows unknown lengths, unknown slots and names as they are" {
	reference encrypt --passphrase secret --unknown-slot \
	    --name 'a"b\c d' --generation 77 --unknown-length plain sealed
	run -0 xtscrypt info sealed
	[[ $output == *length*not\ known* && $output == *generation*77* ]]
	[[ $output == *slot\ 0*unknown*slot\ 1*'a"b\c d'* ]]
}

@test "info takes files and no secret" {
	seal -k key
	refused 2 '' xtscrypt info -k key sealed
	refused 1 'missing: No such file' xtscrypt info missing
}

@test "info --json has every field of a header" {
	seal -s 4096 --segment-size 8K --span-shift 30 -k key \
	    --passphrase-file pass --name 'a"b\c'
	json 'list(i) == ["version", "cipher", "integrity", "sector",
	    "segment", "span", "state", "length", "generation", "id",
	    "rescued", "mapping", "slots"]'
	json 'i["version"] == 1 and i["cipher"] == "AES-256-XTS"'
	json 'i["integrity"] is True and i["state"] == "whole"'
	json '(i["sector"], i["segment"], i["span"]) == (4096, 8192, 30)'
	json '(i["length"], i["generation"]) == (20000, 1)'
	json 'bytes.fromhex(i["id"]) == open("sealed", "rb").read()[32:48]'
	json 'i["rescued"] is False'
	json 's == [{"slot": 0, "kind": 1, "factors": ["passphrase",
	    "key-file"], "passes": 1, "memory": 8 << 20, "name": "a\"b\\c"}]'
}

@test "info --json shows what is not there, or not known" {
	reference encrypt --passphrase secret --unknown-slot --slot 7 \
	    --unknown-length --generation 18446744073709551615 plain sealed
	json 'i["length"] is None and i["generation"] == 2**64 - 1'
	json 's[0] == {"slot": 6, "kind": 77}'
	json 's[1]["slot"] == 7 and s[1]["factors"] == ["passphrase"]'
	json 's[1]["name"] == "" and len(s) == 2'

	seal -f -k key --no-integrity
	json 'i["integrity"] is False and i["segment"] == 0'
	json 's[0]["factors"] == ["key-file"]'

	cp sealed sealed.xtshdr
	truncate -s 4096 sealed.xtshdr
	flip sealed 100
	json 'i["rescued"] is True'
}

@test "info says that a file is in the middle of a change in place" {
	reference encrypt --passphrase secret --state 1 plain sealed
	json 'i["state"] == "converting"'
	run -0 xtscrypt info sealed
	[[ $output == *converted\ in\ place* ]]
	reference encrypt --passphrase secret --state 2 plain sealed
	json 'i["state"] == "writing"'
	run -0 xtscrypt info sealed
	[[ $output == *writing\ in\ place* ]]
}
