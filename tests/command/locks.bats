# SPDX-License-Identifier: ISC
#
# File systems without flock, or without locks.
load ../lib/helper

@test "where a file system refuses flock, a lock of another kind does" {
	preloads
	seal -k key
	# ENOLCK, ENOSYS, EOPNOTSUPP
	for error in 37 38 95; do
		run -0 faulty flock:1+:$error key change -q $cheap -k key \
		    --new-key-file key sealed
		opens -k key
	done
	python -c 'import fcntl, struct, time
file = open("sealed", "r+b")
fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
open("locked", "w").close()
time.sleep(300)' 3>&- 8>&- 9>&- &
	locker=$!
	await [ -e locked ]
	run -1 faulty flock:1+:38 key change -q $cheap -k key \
	    --new-key-file key sealed
	[[ $output == *"sealed: "*"another program"* ]]
	run -1 faulty flock:1+:38 key change -q $cheap --no-lock -k key \
	    --new-key-file key sealed
	[[ $output == *"sealed: "*"another program"* ]]
	kill "$locker"
}

@test "where a file system has no locks, --no-lock changes a header" {
	preloads
	seal -k key
	xtscrypt header save sealed saved
	# EINVAL, ENOLCK, EOPNOTSUPP: old systems have the first kind only.
	for no in 38:22 37:37 95:95 38:38; do
		no=flock:1+:${no%:*},ofd_setlk:1+:${no#*:}
		for command in "key add $cheap --new-key-file bad" \
		    "key change $cheap --new-key-file pass" \
		    'key remove --slot 0'; do
			refused 1 'sealed: its file system has no locks' \
			    faulty $no $command -k key sealed
			[[ ${lines[1]} == *"--no-lock continues"* ]]
		done
		refused 1 'sealed: its file system has no locks' \
		    faulty $no header restore -k key sealed saved
		cmp -n 4096 saved sealed

		faulty $no key add $cheap -q --no-lock --new-key-file bad \
		    -k key sealed
		faulty $no key remove -q --no-lock --slot 0 -k bad sealed
		faulty $no key change $cheap -q --no-lock --new-key-file pass \
		    -k bad sealed
		opens -k pass
		faulty $no header restore -q -f --no-lock sealed saved
		opens -k key
	done
	# Any other failure is one.
	refused 1 'sealed: Input/output error' faulty flock:1+:5 \
	    key change $cheap --no-lock -k key --new-key-file key sealed
}

@test "a pair is replaced without locks only where there are none" {
	preloads
	pair() {
		faulty "$1" encrypt $cheap -q -f -k key -H header -o data plain
	}
	pair none:1:1
	for no in 38:22 37:37 95:95; do
		pair flock:1+:${no%:*},ofd_setlk:1+:${no#*:}
		xtscrypt decrypt -k key -H header -c data | cmp - plain
	done
	for error in 5 9; do
		run -1 pair flock:1+:$error
		[[ $output == "xtscrypt: header: "* ]]
	done
	xtscrypt decrypt -k key -H header -c data | cmp - plain
}
