# SPDX-License-Identifier: ISC
#
# Read the table, as completions/table.c makes it, then a template: a line of
# that which is a word between "@" is replaced by what fill(word) prints.
#
#	command[1..commands]		names, as "key add"
#	operands, about			the rest of a command, by its name
#	word[1..words]			the first words of commands
#	subcommands			the second ones, by the first; or ""
#	suffix				of the operands of some commands
#	option[1..options]		long names, or ""
#	letter, argument, value, takes, help	the rest of an option, by number
#	counts(o, name)			true if option o is one of that command
#	takes_suffix(name)		true if its operands have the suffix

BEGIN {
	FS = " *@ *"
}

# A string literal, or several that the compiler would join.
function unquote(text) {
	gsub(/" *"/, "", text)
	return substr(text, 2, length(text) - 2)
}

$1 == "command" {
	name = unquote($3)
	command[++commands] = name
	id[name] = $2
	operands[name] = unquote($4)
	about[name] = unquote($5)
	if (split(name, part, " ") == 1)
		subcommands[word[++words] = name] = ""
	else if (part[1] in subcommands)
		subcommands[part[1]] = subcommands[part[1]] " " part[2]
	else
		subcommands[word[++words] = part[1]] = part[2]
	next
}

$1 == "suffix" {
	suffix = unquote($2)
	suffixed = $3
	gsub(/[^A-Z_]+/, " ", suffixed)
	next
}

$1 == "option" {
	option[++options] = unquote($2)
	letter[options] = $3 == "0" ? "" : substr($3, 2, 1)
	argument[options] = unquote($4)
	value[options] = $5
	takes[options] = unquote($6)
	if ($5 == "VALUE_WORDS")
		gsub(/, | or /, " ", takes[options])
	set[options] = $7
	gsub(/[^A-Z_]+/, " ", set[options])
	help[options] = unquote($8)
	next
}

/^@[a-z_]+@$/ {
	fill($2)
	next
}

{
	print
}

function counts(o, name) {
	return index(" " set[o] " ", " " id[name] " ") > 0 ||
	    index(" " set[o] " ", " CMD_ALL ") > 0
}

# Those that help does not show are not offered.
function offered(o, name) {
	return help[o] != "" && counts(o, name)
}

# What to say of the first word of a command.
function explain(word,    text) {
	if (word in about)
		return about[word]
	text = subcommands[word]
	gsub(/ /, ", ", text)
	return text
}

# Is the command one whose operands are files?
function takes_files(name) {
	return operands[name] != "" && operands[name] !~ /COMMAND/
}

function takes_suffix(name) {
	return index(" " suffixed " ", " " id[name] " ") > 0
}

END {
	if (commands == 0 || options == 0 || suffix == "")
		exit 1
}
