# SPDX-License-Identifier: ISC
#
# Names of files: long ones, refused ones, strange ones.
load ../lib/helper

@test "the space of a file name is used to the last byte" {
	name=$(printf 'n%.0s' {1..244})
	cp plain "$name"
	xtscrypt encrypt $cheap -k key "$name"
	xtscrypt decrypt -f -k key "$name.xts"
	cmp plain "$name"
	xtscrypt key add $cheap -k key --new-key-file bad "$name.xts"
	# As long as any may be, where no side file is needed.
	name=$(printf 'n%.0s' {1..251})
	cp plain "$name"
	xtscrypt encrypt $cheap -k key -H "${name}.hdr" "$name"
	xtscrypt key add $cheap -k key --new-key-file bad "$name.hdr"
	xtscrypt decrypt -f -k bad -H "$name.hdr" "$name.xts"
	cmp plain "$name"
}

@test "a name that is too long for a side file is refused before the work" {
	long=$(printf 'n%.0s' {1..245})
	cp plain "$long"
	# No passphrase is read.
	mkfifo slow
	refused 1 "$long.xts: the name is too long: its keys" \
	    xtscrypt encrypt $cheap --passphrase-fd 5 "$long" 5<>slow
	refused 1 "$long.out: the name is too long: its keys" \
	    xtscrypt encrypt $cheap -k key -o "$long.out" plain
	[ ! -e "$long.xts" ]
	xtscrypt encrypt $cheap -f -k key "$long"
	refused 1 "$long.xts: the name is too long: its keys" \
	    xtscrypt key add $cheap -k key --new-key-file bad "$long.xts"
	mv "$long.xts" sealed
	xtscrypt key add $cheap -k key --new-key-file bad sealed
	opens -k bad
}

# Names that only some file systems refuse, and not before they are created.
@test "a name that its file system refuses is reported before the work" {
	preloads
	seal -k key
	# No byte is written.
	refuses() {
		local error
		for error in 2 22 84; do
			refused 1 "a*b: its file system does not allow" \
			    faulty "openat@*[*]*:1+:$error,pwrite:1+:5" "$@"
		done
	}
	refuses encrypt $cheap -k key -o 'a*b' plain
	refuses encrypt $cheap -f -k key -o 'a*b' plain
	refuses encrypt $cheap -k key -o out -H 'a*b' plain
	refuses decrypt -k key -o 'a*b' sealed
	refuses header save sealed 'a*b'
	refuses keygen 'a*b'
	[ "$(here)" = "bad key pass plain sealed" ]
	# The name of a file that is there has proved good.
	echo old >'a*b'
	faulty "openat@*-a[*]b:1+:22" encrypt $cheap -f -k key -o 'a*b' plain
	# Another error is reported as what it is.
	refused 1 'c*d: No space left' faulty "openat@*-c[*]d:1:28" encrypt \
	    $cheap -k key -o 'c*d' plain
	mv 'a*b' sealed
	opens -k key
}

# exfat FOLDER: mount one there.
exfat() {
	mkdir "$1"
	truncate -s 16M "$1.img"
	mkfs.exfat "$1.img" >"$1.log" || return
	device=$(losetup --find --show "$1.img" 2>/dev/null) || return
	mount.exfat-fuse "$device" "$1" >>"$1.log" 3>&- && mounted=$PWD/$1
}

@test "exFAT takes names as it likes, and says so in time" {
	# Only root has it, where the kernel has FUSE and loop devices.
	exfat card 2>&- || return 0
	for name in 'a:b' 'a*b' 'what?' '<a>' 'a|b'; do
		refused 1 "card/$name: its file system does not allow" \
		    xtscrypt encrypt $cheap -k key -o "card/$name" plain
		refused 1 "card/$name: its file system does not allow" \
		    xtscrypt encrypt $cheap -k key -o card/data \
		    -H "card/$name" plain
	done
	refused 1 "card/?: its file system does not allow" \
	    xtscrypt keygen card/$'\xff'
	[ "$(ls -A card)" = "" ]
	for name in a.b 'a b' é "$(printf 'n%.0s' {1..248})"; do
		xtscrypt encrypt $cheap -f -k key -o "card/$name" plain
		cp "card/$name" sealed
		opens -k key
	done
	[ "$(ls -A card | wc -l)" -eq 4 ]
}

@test "a file may be called anything" {
	for name in -f 'a b' $'new\nline' '*' ' '; do
		cp plain "./$name"
		xtscrypt encrypt $cheap -k key -- "$name"
		rm -- "$name"
		xtscrypt decrypt -k key -- "$name.xts"
		cmp plain "./$name"
	done
}

@test "a message shows no control character of a name" {
	refused 1 '' xtscrypt decrypt -k key $'\e[31mred\n\x7f.xts'
	[[ $output != *$'\e'* && $output != *$'\x7f'* ]]
}
