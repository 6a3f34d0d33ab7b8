# SPDX-License-Identifier: ISC
load ../lib/helper

# So much that it is many chunks.
setup_plain() { text 5000003 >plain; }

@test "any number of threads reads what any other wrote" {
	setup_plain
	for t in 0 1 2 3 8 64; do
		for how in "" "--sector-size 4096" --no-integrity \
		    "--segment-size 4096" "--segment-size 1M"; do
			seal -k key $how -T $t -f
			opens -k key -T $((9 - t % 9))
			opens -k key
		done
	done
}

@test "any number of threads works between pipes" {
	setup_plain
	for t in 1 2 5; do
		cat plain | xtscrypt encrypt $cheap -k key -T $t | cat >sealed
		opens -k key -T $t
		xtscrypt decrypt -k key --threads $t <sealed | cmp - plain
		cat sealed | xtscrypt decrypt -k key --threads=$t | cmp - plain
		cat sealed | xtscrypt decrypt -k key -T$t -f -o opened
		cmp opened plain
	done
}

@test "damage is reported alike, however many threads look for it" {
	setup_plain
	seal -k key --segment-size 4096
	for at in 5000 1000000 1004000 1008500 4000000; do
		flip sealed $at
	done
	run -5 xtscrypt verify -k key -T 1 sealed
	expected=$output
	[ "${#lines[@]}" -ge 3 ]
	run -5 xtscrypt decrypt --keep-going -k key -T 1 -o one sealed
	salvaged=$output
	for t in 2 3 8; do
		run -5 xtscrypt verify -k key -T $t sealed
		[ "$output" = "$expected" ]
		run -5 xtscrypt decrypt --keep-going -f -k key -T $t -o many \
		    sealed
		[ "$output" = "$salvaged" ]
		cmp one many
		run -5 xtscrypt decrypt -k key -T $t -o out sealed
		[[ ${lines[0]} == *"bytes 0 to 4095 of the plaintext"* ]]
		[ ! -e out ]
	done
}

@test "what stays in a file after damage is all that comes before it" {
	setup_plain
	seal -k key --segment-size 4096
	flip sealed $((4096 + 100 * 4128))
	for t in 1 2 8 8 8; do
		status=0
		xtscrypt decrypt -k key -T $t -c sealed >opened || status=$?
		[ "$status" -eq 5 ]
		cmp opened <(head -c $((100 * 4096)) plain)
	done
}

@test "threads are a number from 0 to 64" {
	for t in 65 -1 "" 1x 4294967297; do
		for command in encrypt decrypt verify; do
			refused 2 "a number from 0 to 64" \
			    "$XTSCRYPT" $command -T "$t" plain
		done
	done
	refused 2 "-T" "$XTSCRYPT" info -T 1 plain
}

# The command in the background has come to this many threads.  TSan adds one to
# those that are not alone.
has_threads() {
	local tasks=(/proc/"$pid"/task/*) more=0
	[ "$1" -eq 1 ] || ! grep -q __tsan_init "$XTSCRYPT" || more=1
	[ ${#tasks[@]} -eq $(($1 + more)) ]
}

@test "one thread is the one that there is; others are beside it" {
	native "qemu has threads of its own"
	for t in 1 2 5; do
		start "$XTSCRYPT" encrypt $cheap -k key -T $t -o sealed
		await has_threads $((t > 1 ? t + 1 : 1))
		finish
		[ "$status" -eq 0 ]
		rm feed sealed
	done
}

@test "by default there are as many as CPUs that it may use" {
	native "qemu has threads of its own"
	all=$(taskset -cp $$)
	all=${all##*: }
	for cpus in "${all%%[,-]*}" "$all"; do
		start taskset -c $cpus "$XTSCRYPT" encrypt $cheap -k key \
		    -o sealed
		n=$(taskset -c $cpus nproc)
		await has_threads $((n > 8 ? 9 : n > 1 ? n + 1 : 1))
		finish
		[ "$status" -eq 0 ]
		rm feed sealed
	done
}

@test "a signal ends all threads at once" {
	for t in 1 2 8; do
		start "$XTSCRYPT" encrypt $cheap -k key -T $t -o sealed
		kill -TERM "$pid"
		finish
		[ "$status" -eq 143 ]
		[ "$(here)" = "bad err feed key pass plain" ]
		rm feed
	done
}
