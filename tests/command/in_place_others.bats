# SPDX-License-Identifier: ISC
#
# A file that others have, or change, while it is converted in place.
load ../lib/helper
load ../lib/in_place

@test "a file on a file system without locks is left alone" {
	preloads
	image
	# ENOLCK, EOPNOTSUPP: another program could not be detected.
	for error in 37 95; do
		refused 1 "image: its file system has no locks" \
		    faulty flock:1+:$error,ofd_setlk:1+:$error \
		    encrypt $cheap --in-place -k key image
		[ "${#lines[@]}" -eq 1 ]
	done
	cmp image original
}

@test "a file that others have is left alone" {
	image
	ln image second
	refused 1 "image: has other names (hard links)" convert
	rm second
	exec 7<image
	flock 7
	refused 1 "image: in use by another program" convert
	exec 7>&-
	python -c '
import fcntl, struct, subprocess, sys
f = open("image", "r+b")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
sys.exit(subprocess.call(sys.argv[1:]) != 1)' "$XTSCRYPT" encrypt $cheap \
	    --in-place -k key image
	cmp image original
	attach image
	refused 1 "image: in use: loop device $device" convert
	cmp image original
}

@test "a file that another program has open for writing is left alone" {
	preloads
	knows_writers
	image
	exec 7>>image
	refused 1 "image: in use by another program" convert
	cmp image original
	exec 7>&-
	convert -H header
	cp image before
	# A mapping is open as long as it is there.
	python -c '
import mmap, subprocess, sys
f = open("image", "r+b")
m = mmap.mmap(f.fileno(), 4096)
f.close()
sys.exit(subprocess.call(sys.argv[1:]) != 1)' "$XTSCRYPT" decrypt --in-place \
	    -k key -H header image
	cmp image before
	dies 6 decrypt --in-place -k key -H header image
	exec 7>>image
	refused 1 "image: in use by another program" \
	    xtscrypt resume -k key -H header image
	exec 7<image
	xtscrypt resume -k key -H header image
	exec 7<&-
	cmp image original
}

@test "a header or a journal that others have is left alone" {
	preloads
	image
	convert -H header
	cp image before
	exec 7<header
	flock 7
	refused 1 "header: in use by another program" \
	    xtscrypt decrypt --in-place -k key -H header image
	exec 7>&-
	cmp image before
	[ ! -e header.xtsjnl ]
	dies 6 decrypt --in-place -k key -H header image
	cp image before
	for file in header header.xtsjnl; do
		exec 7<$file
		flock 7
		refused 1 "$file: in use by another program" \
		    xtscrypt resume -k key -H header image
		exec 7>&-
		cmp image before
	done
	xtscrypt resume -k key -H header image
	cmp image original
	# The data itself is neither.
	for command in "encrypt $cheap" decrypt; do
		run xtscrypt $command --in-place -k key -H image image
		[[ $status -ne 0 && ${#lines[@]} -le 2 ]]
		cmp image original
	done
	[ "$(here)" = "bad before image key original pass plain" ]
}

@test "a loop device is found whatever the name of its file" {
	name=$'an image\nof two lines'
	image
	mv image "$name"
	attach "$name"
	refused 1 "in use: loop device $device" \
	    xtscrypt encrypt $cheap --in-place -k key "$name"
	cmp "$name" original
}

@test "a mounted image is left alone, and the message names the place" {
	truncate -s 32M image
	mke2fs -q image
	cp image original
	mkdir -p "mounted/a place"
	attach image
	mount_on "mounted/a place" -o ro
	run convert
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "xtscrypt: image: in use: loop device $device, \
mounted on $PWD/mounted/a place" ]
	cmp image original
	[ ! -e image.xtsjnl ]
}

@test "a device that is mounted is left alone, also by resume" {
	preloads
	truncate -s 32M disk
	mke2fs -q disk
	mkdir mounted
	attach disk
	mount_on mounted
	for command in "encrypt --in-place --no-integrity -k key -H header" \
	    "resume -k key -H header"; do
		run xtscrypt $command "$device"
		echo "$command: $output"
		[[ $status -eq 1 && ${#lines[@]} -eq 2 && ${lines[0]} == \
"xtscrypt: $device: in use: mounted on $PWD/mounted" ]]
	done
	[ ! -e header ]
}

@test "a key that is added while all is verified is not lost" {
	preloads
	text 300000 >plain
	xtscrypt encrypt $cheap -k key -H header -o image plain
	cp image before
	held pread@image@200000-200001:1 decrypt --in-place -k key -H header \
	    image
	xtscrypt key add $cheap -k key --new-key-file pass header
	rm held
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -Fx 'xtscrypt: header: was replaced or renamed meanwhile' err
	cmp image before
	xtscrypt verify -q -k pass -H header image
}

@test "a file that is moved meanwhile is converted, and its name is not" {
	preloads
	image
	cp image other
	held fsync:5 encrypt $cheap --in-place -k key image
	mv image moved
	mv other image
	rm held
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -Fx 'xtscrypt: image: was replaced or renamed meanwhile' err
	cmp image original
	[ ! -e image.xtsjnl ]
	xtscrypt decrypt -k key -c moved | cmp - original
}

# meanwhile FSYNC HEADER COMMAND...: start a conversion that is held at this
# fsync; HEADER is -H and a name, or nothing.
meanwhile() {
	held fsync:$1 "${@:3}" --in-place -k key $2 image
	size=$(stat -c %s image)
}

# size_matters HOW HEADER WHAT: it ends and reports that the file became longer
# or shorter, and what helps; resume does the same, and writes nothing.
size_matters() {
	local status=0 sizes hint
	rm held
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	sizes="it has $(stat -c %s image) bytes in place of $size"
	hint="hint: when $3, \"xtscrypt resume ${2:+$2 }image\" continues"
	grep "image: became $1 while it was read: $sizes\$" err
	grep -F "$hint" err
	[ "$(grep -vc 'its only header is in' err)" -eq 2 ]
	cp image before
	refused 4 "data, header and journal are of different moments: $sizes" \
	    xtscrypt resume -k key $2 image
	[[ ${lines[1]} == *"$hint" ]]
	cmp image before
}

@test "a file that became longer meanwhile is converted when it is as it was" {
	preloads
	image
	meanwhile 5 "" encrypt $cheap
	printf x >>image
	size_matters longer "" "what was added is cut off"
	truncate -s -1 image
	xtscrypt resume -k key image
	xtscrypt decrypt --in-place -k key image
	cmp image original
	# After the last step, too.
	meanwhile 11 "-H header" encrypt $cheap --no-integrity
	printf x >>image
	size_matters longer "-H header" "what was added is cut off"
	truncate -s -1 image
	xtscrypt resume -k key -H header image
	xtscrypt decrypt -k key -H header -c image | cmp - original
}

# loses_end HEADER: its end is cut off meanwhile, and comes back.
loses_end() {
	tail -c 5000000 image >end
	truncate -s -5000000 image
	size_matters shorter "$1" "its end is put back from a copy"
	cat end >>image
	xtscrypt resume -k key $1 image
}

@test "a file that is cut meanwhile is converted when its end is back" {
	preloads
	image
	meanwhile 7 "" encrypt $cheap
	loses_end ""
	xtscrypt decrypt -k key -c image | cmp - original
	xtscrypt encrypt $cheap -f -k key -H header -o image original
	meanwhile 8 "-H header" decrypt
	loses_end "-H header"
	cmp image original
}
