# SPDX-License-Identifier: ISC
#
# What completions/bash.in leaves open.

function list_words(    list, i) {
	for (i = 1; i <= words; i++)
		list = list word[i] " "
	printf "\t\twords='%s--version'\n", list
}

function list_subcommands(    i) {
	for (i = 1; i <= words; i++)
		if (subcommands[word[i]] != "")
			printf "\t%s) subcommands='%s' ;;\n", word[i],
			    subcommands[word[i]]
}

function names(o, separator) {
	return (letter[o] == "" ? "" : separator "-" letter[o]) \
	    (option[o] == "" ? "" : separator "--" option[o])
}

function list_options(    list, i, o) {
	for (i = 1; i <= commands; i++) {
		list = ""
		for (o = 1; o <= options; o++)
			if (offered(o, command[i]))
				list = list names(o, " ")
		printf "\t'%s') options='%s' ;;\n", command[i], substr(list, 2)
	}
}

# An option has the same argument in each command.
function list_arguments(    o, seen, files, others) {
	for (o = 1; o <= options; o++) {
		if (names(o, "|") in seen)
			continue
		seen[names(o, "|")]
		if (value[o] == "VALUE_FILE")
			files = files names(o, "|")
		else if (value[o] == "VALUE_OTHER")
			others = others names(o, "|")
		else if (value[o] == "VALUE_WORDS")
			printf "\t%s) words='%s' ;;\n",
			    substr(names(o, "|"), 2), takes[o]
	}
	printf "\t%s) compopt -o default ;;\n", substr(files, 2)
	printf "\t%s) ;;\n", substr(others, 2)
}

function list_operands(    any, some, i) {
	for (i = 1; i <= commands; i++)
		if (takes_suffix(command[i]))
			some = some "|'" command[i] "'"
		else if (takes_files(command[i]))
			any = any "|'" command[i] "'"
	printf "\t\t%s) compopt -o default ;;\n", substr(any, 2)
	printf "\t\t%s) _xtscrypt_files '%s' ;;\n", substr(some, 2), suffix
}

function fill(what) {
	if (what == "words")
		list_words()
	else if (what == "subcommands")
		list_subcommands()
	else if (what == "options")
		list_options()
	else if (what == "arguments")
		list_arguments()
	else if (what == "operands")
		list_operands()
}
