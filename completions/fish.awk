# SPDX-License-Identifier: ISC
#
# What completions/fish.in leaves open.

function show(condition, rest, text) {
	gsub(/\\/, "\\\\", text)
	gsub(/'/, "\\'", text)
	printf "complete -c xtscrypt -n '%s' %s%s\n", condition, rest,
	    text == "" ? "" : " -d '" text "'"
}

function list_words(    i) {
	for (i = 1; i <= words; i++)
		show("__xtscrypt_is \"\" help", "-a " word[i],
		    explain(word[i]))
}

function list_subcommands(    i, j, n, part) {
	for (i = 1; i <= words; i++) {
		n = split(subcommands[word[i]], part, " ")
		for (j = 1; j <= n; j++)
			show("__xtscrypt_is " word[i] " \"help " word[i] "\"",
			    "-a " part[j], about[word[i] " " part[j]])
	}
}

function list_operands(    any, some, i) {
	for (i = 1; i <= commands; i++)
		if (takes_suffix(command[i]))
			some = some " \"" command[i] "\""
		else if (takes_files(command[i]))
			any = any " \"" command[i] "\""
	show("__xtscrypt_in" any, "-F", "")
	# These come first, and then all others.
	show("__xtscrypt_in" some, "-k -a \"(__fish_complete_suffix " suffix \
	    ")\"", "")
}

function show_option(o,    list, names, i) {
	for (i = 1; i <= commands; i++)
		if (offered(o, command[i]))
			list = list " \"" command[i] "\""
	if (letter[o] != "")
		names = " -s " letter[o]
	if (option[o] != "")
		names = names " -l " option[o]
	if (value[o] == "VALUE_FILE")
		names = names " -r -F"
	else if (value[o] == "VALUE_WORDS")
		names = names " -x -a '" takes[o] "'"
	else if (value[o] == "VALUE_OTHER")
		names = names " -x"
	if (list != "")
		show("__xtscrypt_in" list, substr(names, 2), help[o])
}

function fill(what,    o) {
	if (what == "words")
		list_words()
	else if (what == "subcommands")
		list_subcommands()
	else if (what == "operands")
		list_operands()
	else if (what == "options")
		for (o = 1; o <= options; o++)
			show_option(o)
}
