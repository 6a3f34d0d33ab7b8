# SPDX-License-Identifier: ISC
#
# Completions, in shells that find them where they are installed.  The command
# is a function that shows its arguments.
load ../lib/helper

shells="bash zsh fish"
completions=${builddir:-$srcdir}/completions

# What the shells read: folders as they are installed, and what to begin with.
lay_out() {
	mkdir -p bin share/bash-completion/completions \
	    share/fish/vendor_completions.d
	# fish completes what can be run.
	ln -sf "$XTSCRYPT" bin/xtscrypt
	cp "$completions/bash/xtscrypt" share/bash-completion/completions
	cp "$completions/fish/xtscrypt.fish" share/fish/vendor_completions.d
	cat >bashrc <<-'END'
		PS1='ready> '
		. /usr/share/bash-completion/bash_completion
		bind 'set bell-style none' '"\t": insert-completions'
		xtscrypt() { printf '<%s>' "$@"; echo '<end>'; }
	END
	cat >.zshrc <<-'END'
		PS1='ready> '
		fpath=($completions/zsh $fpath)
		autoload -U compinit
		compinit -D -u
		zle -C all complete-word _generic
		bindkey '\t' all
		zstyle ':completion:all:*' completer _all_matches _complete
		zstyle ':completion:all:*' insert true
		unsetopt beep
		xtscrypt() { printf '<%s>' "$@"; echo '<end>'; }
	END
	export HOME=$PWD ZDOTDIR=$PWD PATH=$PWD/bin:$PATH completions
	export XDG_DATA_DIRS=$PWD/share:/usr/local/share:/usr/share
	export TERM=xterm LC_ALL=C.UTF-8
	unset XDG_DATA_HOME XDG_CONFIG_HOME
}

# type_in COMMAND...: type "xtscrypt $line" and a tab, which puts in all that is
# offered; print the arguments.
type_in() {
	pty 'expect ready> ' "send xtscrypt $line\\t\\n" 'expect <end>' \
	    'send exit\n' -- "$@" | tr -d '\r' |
	    sed -n 's/^[^<]*\(<.*>\)<end>$/\1/p' | grep -o '[^<>]*'
}

# offers SHELL LINE: what the shell offers for the last word of "xtscrypt LINE",
# or that word where it offers nothing; folders without a slash.
offers() {
	local line=$2 before
	read -ra before <<<"${line% *} "
	[[ $line == *' '* ]] || before=()
	case $1 in
	bash)	type_in bash --rcfile bashrc --noprofile -i |
		    tail -n +$((${#before[@]} + 1)) ;;
	zsh)	type_in zsh -i | tail -n +$((${#before[@]} + 1)) ;;
	fish)	fish -c 'complete -C "xtscrypt $argv"' "$line" | cut -f 1 |
		    grep . || echo "${line##* }" ;;
	esac | sed 's,/$,,' | sort
}

# completed LINE WORD...: every shell offers these words and no others, in any
# order.
completed() {
	local line=$1 shell
	shift
	lay_out
	for shell in $shells; do
		offers $shell "$line" >offered
		printf '%s\n' "$@" | sort | diff - offered && continue
		echo "$shell: $line"
		return 1
	done
}

@test "a command is completed" {
	completed en encrypt
	completed 'he' header help
}

@test "a subcommand is completed" {
	completed 'key a' add
	completed 'key re' remove
	completed 'key e' export
	completed 'header s' save
	completed 'help en' encrypt
	completed 'help key a' add
}

@test "an option of the command is completed" {
	completed 'verify --pro' --progress
	completed 'encrypt --kdf-m' --kdf-max-memory --kdf-memory
	completed 'key add -f --sl' --slot
	completed 'bench --j' --json
	completed 'key export --sp' --span
}

@test "an option of another command is not" {
	completed 'verify --out' --out
	completed 'key list --k' --k
	completed 'help key --n' --n
	completed 'encrypt --span' --span
}

@test "a word of a list is completed" {
	completed 'encrypt --kdf ' interactive minimal moderate sensitive
	completed 'decrypt --progress a' always auto
	completed 'decrypt --sparse=n' --sparse=never
	completed 'encrypt -s 4' 4096
}

@test "a file is completed, as an operand or an argument" {
	mkdir some
	>some/file
	completed 'encrypt pl' plain
	completed 'decrypt -f some/f' some/file
	completed 'header save key pl' plain
	completed 'verify -k ke' key
	completed 'encrypt --output=pl' --output=plain
	completed 'key add --new-passphrase-file pa' pass
	completed 'key list -- pl' plain
}

@test "what decrypt and verify take first is a file that ends in .xts" {
	mkdir plans
	>plain.xts
	>'plain two.xts'
	shells="bash zsh" completed 'decrypt pl' plain.xts 'plain two.xts' \
	    plans
	# fish has all, these first.
	lay_out
	fish -c 'complete -C "xtscrypt verify pl"' >offered
	[ "$(head -n 2 offered | sort)" = $'plain two.xts\nplain.xts' ]
	grep -qx plain offered
	completed 'encrypt plain.' plain.xts
	# Where there is none, any file is offered.
	rm *.xts
	rmdir plans
	completed 'decrypt pl' plain
	completed 'verify -k ke' key
	completed 'decrypt -o pl' plain
}

@test "no file stands for a number or for nothing" {
	completed 'verify -T pl' pl
	completed 'key add --slot pl' pl
	completed 'bench pl' pl
	completed 'help pl' pl
	completed 'frobnicate pl' pl
}
