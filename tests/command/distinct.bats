# SPDX-License-Identifier: ISC
#
# No file that a command is given is used for two things.
load ../lib/helper

@test "input and output must be different files" {
	seal -k key
	cp sealed copy.xts
	ln plain hard
	ln -s plain soft
	cp plain before
	for output in plain ./plain hard soft; do
		refused 2 '' xtscrypt encrypt $cheap -f -k key -o $output plain
		cmp plain before
	done
	refused 2 '' xtscrypt decrypt -f -k key -o copy.xts copy.xts
	cmp sealed copy.xts
	refused 2 '' bash -c \
	    '"$XTSCRYPT" encrypt --kdf-memory 8M -k key <plain 1<>hard'
	cmp plain before
}

@test "the key file is no output, input or header" {
	seal -k key
	cp key before
	refused 2 '' xtscrypt encrypt $cheap -f -k key -o key plain
	refused 2 '' xtscrypt encrypt $cheap -f -k key -H key plain
	refused 2 '' xtscrypt decrypt -f -k key -o key sealed
	refused 2 '' xtscrypt encrypt $cheap -k key key
	cmp key before
	[ "$(here)" = "bad before key pass plain sealed" ]
}

@test "the passphrase file is no output" {
	seal --passphrase-file pass
	refused 2 '' xtscrypt decrypt -f --passphrase-file pass -o pass sealed
	[ "$(cat pass)" = secret ]
}

@test "the header is no output or input" {
	refused 2 '' xtscrypt encrypt $cheap -f -k key -H plain plain
	refused 2 '' xtscrypt encrypt $cheap -f -k key -H plain.xts plain
	[ "$(here)" = "bad key pass plain" ]
	text 20000 | cmp - plain
	xtscrypt encrypt $cheap -k key -H header plain
	cp header before
	refused 2 '' xtscrypt decrypt -f -k key -H header -o header plain.xts
	refused 2 '' xtscrypt decrypt -f -k key -H header -o out header
	cmp header before
	[ ! -e out ]
}

@test "input and output must differ, with -f or without" {
	cp plain before
	for force in '' -f; do
		refused 2 'the input and the output are the same file' \
		    xtscrypt encrypt $cheap $force -k key -o plain plain
		seal -f -k key
		refused 2 'the input and the output are the same file' \
		    xtscrypt decrypt $force -k key -o sealed sealed
	done
	cmp plain before
}

@test "output and header are two files, whatever they are called" {
	mkdir folder
	ln -s folder link
	ln -s s.xts soft
	both() {
		refused 2 'same file' xtscrypt encrypt $cheap -f -k key \
		    -o "$1" -H "$2" plain
	}
	both ./a a
	both a ./a
	both s.xts "$PWD/s.xts"
	both folder/a link/a
	both "$PWD/link/a" folder/../folder/a
	both soft s.xts
	refused 2 'same file' \
	    xtscrypt encrypt $cheap -f -k key -H ./plain.xts plain
	[ "$(here)" = "bad folder key link pass plain soft" ]
	[ "$(ls -A folder)" = "" ]
}

@test "no file that is given has the name of a side file" {
	seal -k key
	cp sealed before
	clash() {
		refused 2 "has the name of the side file of $1" \
		    xtscrypt "${@:2}"
	}
	clash out encrypt $cheap -k key -H out.xtshdr -o out plain
	clash ./out encrypt $cheap -k key -H "$PWD/out.xtshdr" -o ./out plain
	[ ! -e out.xtshdr ]
	clash sealed header save sealed sealed.xtshdr
	clash sealed decrypt -k key -o sealed.xtshdr sealed
	[ ! -e sealed.xtshdr ]

	cp key plain.xts.xtshdr
	clash plain.xts encrypt $cheap -f -k plain.xts.xtshdr plain
	cp pass h.xtshdr
	clash h encrypt $cheap --passphrase-file h.xtshdr -H h -o out plain
	cmp pass h.xtshdr
	head -c 3000 plain >out.xtshdr
	clash out encrypt $cheap -k key -o out out.xtshdr
	clash out encrypt $cheap -k key -o out <out.xtshdr
	head -c 3000 plain | cmp - out.xtshdr
	cp key sealed.xtshdr
	clash sealed key add $cheap -k key --new-key-file sealed.xtshdr sealed
	clash sealed key add $cheap -k sealed.xtshdr --new-key-file bad sealed
	cmp key sealed.xtshdr
	head -c 4096 sealed >sealed.xtshdr
	clash sealed header restore sealed sealed.xtshdr
	cmp -n 4096 sealed sealed.xtshdr
	cmp sealed before
	[ ! -e out ]
	[ ! -e plain.xts ]
}
