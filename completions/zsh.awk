# SPDX-License-Identifier: ISC
#
# What completions/zsh.in leaves open.

# Text for single quotes.
function quote(text) {
	gsub(/'/, "'\\''", text)
	return text
}

function list_words(    i) {
	for (i = 1; i <= words; i++)
		printf "\t\t\t'%s:%s'\n", word[i], quote(explain(word[i]))
}

function list_subcommands(    i, j, n, part) {
	for (i = 1; i <= words; i++) {
		if ((n = split(subcommands[word[i]], part, " ")) == 0)
			continue
		printf "\t(%s)\n\t\tnames=(\n", word[i]
		for (j = 1; j <= n; j++)
			printf "\t\t\t'%s:%s'\n", part[j],
			    quote(about[word[i] " " part[j]])
		printf "\t\t) ;;\n"
	}
}

# What follows the name of an option.
function rest(o,    text) {
	text = quote(help[o])
	gsub(/[][]/, "\\\\&", text)
	text = "[" text "]"
	if (value[o] == "VALUE_FILE")
		text = text ":" argument[o] ":_files"
	else if (value[o] == "VALUE_WORDS")
		text = text ":" argument[o] ":(" takes[o] ")"
	else if (value[o] == "VALUE_OTHER")
		text = text ":" argument[o] ": "
	return text
}

function show_option(o,    has) {
	has = value[o] != "VALUE_NONE"
	printf " \\\n\t\t    "
	if (letter[o] != "" && option[o] != "")
		printf "'(-%s --%s)'{-%s,--%s}'%s'", letter[o], option[o],
		    letter[o] (has ? "+" : ""), option[o] (has ? "=" : ""),
		    rest(o)
	else if (letter[o] != "")
		printf "'-%s%s'", letter[o] (has ? "+" : ""), rest(o)
	else
		printf "'--%s%s'", option[o] (has ? "=" : ""), rest(o)
}

function list_options(    i, o) {
	for (i = 1; i <= commands; i++) {
		printf "\t('%s')\n\t\t_arguments -s -S", command[i]
		for (o = 1; o <= options; o++)
			if (offered(o, command[i]))
				show_option(o)
		if (takes_suffix(command[i]))
			printf " \\\n\t\t    '*:file:_files -g \"*%s\"'", suffix
		else if (takes_files(command[i]))
			printf " \\\n\t\t    '*:file:_files'"
		printf " ;;\n"
	}
}

function fill(what) {
	if (what == "words")
		list_words()
	else if (what == "subcommands")
		list_subcommands()
	else if (what == "options")
		list_options()
}
