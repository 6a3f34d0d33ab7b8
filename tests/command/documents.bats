# SPDX-License-Identifier: ISC
#
# The manuals and the README say what is so; examples.bats has the EXAMPLES.
load ../lib/helper
load ../lib/in_place

page1=$srcdir/man/xtscrypt.1
page5=$srcdir/man/xtscrypt.5

@test "every field of the JSON is in the manual" {
	begin_in_place
	xtscrypt encrypt $cheap -k key --parts 1 plain
	{
		xtscrypt info --json -H disk.hdr disk.img
		xtscrypt info --json plain.xts
		xtscrypt bench --json
	} | python -c 'import json, re, sys
def fields(value):
    if isinstance(value, list):
        if not value:           # the code, where there is no assembly
            return ["function", "bytes", "sha256"]
        return fields(value[0])
    if not isinstance(value, dict):
        return []
    return [f for k, v in value.items() for f in [k] + fields(v)]
info, parts, bench = map(json.loads, re.split("(?m)(?<=^}\n)",
                                              sys.stdin.read())[:3])
info["parts"] = parts["parts"]
print("\n".join(fields(info) + fields(bench)))' |
	    sort >there
	awk '/^\.Sh / { inside = $2 == "JSON" } inside && /^\.It / {
		print $2 }' "$page1" | sort >said
	[ "$(wc -l <there)" -gt 20 ]
	diff said there
}

@test "the test values of xtscrypt(5) are right" {
	printf 'key\n' >key
	python -B - "$srcdir/tests/lib" >values <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		import reference_format as r

		master, file_id = bytes(range(32)), bytes(range(16, 32))
		salt, nonce = bytes(range(32, 48)), bytes(range(48, 72))
		slot = r.Slot(1, 3, 0, 1, 8192, 0, salt, nonce, b"", b"example")
		k = r.blake2b(b"key\n", size=64)
		slot_key = r.slot_key(slot, b"secret", b"key\n")
		box = r.aead_encrypt(master, file_id + r.SLOT.pack(*slot)[:32],
		                     nonce, slot_key)
		header = r.Header(b"XTSCRYPT", 1, 1, 1, 512, 65536, 40, 0, 0, 5,
		                  file_id, 1, 0)
		slot = slot._replace(box=box)
		raw = r.HEADER.pack(*header) + r.SLOT.pack(*slot)
		raw = raw.ljust(4032, b"\0")
		mac = r.header_mac(raw, master)
		checksum = r.blake2b(raw + mac)
		raw += mac + checksum
		layout = r.layout_key(raw, master)
		data = r.xts(b"hello".ljust(16, b"\0"), header, layout,
		             r.Cipher.encryptor)
		nonce = bytes(range(80, 96))
		record = r.make_record(data, 1 << 63, nonce, layout)
		for value in (
		        master, file_id, salt, nonce, record[:16], k,
		        r.blake2b(b"secret", key=k, size=64), slot_key, box,
		        r.kdf(master, 32, 0, b"xtc-head"), layout,
		        r.kdf(layout, 32, 0, b"xtc-segm"),
		        r.kdf(layout, 64, 0, b"xtc-span"),
		        r.kdf(layout, 64, 1, b"xtc-span"), mac, checksum, data,
		        record[16:], r.blake2b(raw + data + record)):
		    print(value.hex())
		with open("sealed", "wb") as file:
		    file.write(raw + data + record)
	END
	[ "$(wc -l <values)" -eq 19 ]
	# Displays have a name of up to 14 columns before the digits.
	awk '/^\.Sh / { inside = $2 == "EXAMPLES" } inside {
		print substr($0, 15) }' "$page5" | tr -d '\n' >digits
	while read -r value; do
		grep -qF "$value" digits
	done <values
	run -0 xtscrypt decrypt -k key --passphrase-file pass -c sealed
	[ "$output" = hello ]
}

# A conversion in place has been interrupted: the reference, which knows the
# page, gets the data out of what is there; and so does resume, at the end.
recovers() {
	reference recover --key-file my.key "$@" disk.img recovered
	cmp recovered before
	xtscrypt resume -k my.key "${@/--detached/-H}" disk.img
}

@test "a journal is as xtscrypt(5) says" {
	begin_in_place
	recovers --detached disk.hdr
	xtscrypt decrypt -k my.key -H disk.hdr -c disk.img | cmp - before
	cp before disk.img
	xtscrypt encrypt -q $cheap --in-place --segment-size 4K -k my.key \
	    disk.img
	run -1 bash -c 'ulimit -f 17000 && exec "$@"' - "$XTSCRYPT" decrypt \
	    --in-place -k my.key disk.img
	recovers
	cmp disk.img before
}

@test "and so is that of an attached encryption, whose data moves up" {
	preloads
	cp key my.key
	text 30000000 >before
	for n in 2 4; do
		cp before disk.img
		run -1 faulty "pwrite@disk.img:$n:28" encrypt $cheap \
		    --in-place -k my.key disk.img
		recovers
		xtscrypt decrypt -k my.key -c disk.img | cmp - before
	done
}

@test "and one where nothing has been changed, which --undo removes" {
	preloads
	cp key my.key
	cp plain before
	xtscrypt encrypt $cheap --segment-size 4K -k key -o disk.img plain
	run -1 faulty pwrite@disk.img:1:28 decrypt --in-place -k my.key disk.img
	reference recover --key-file my.key disk.img recovered
	cmp recovered before
	xtscrypt resume --undo -q -k my.key disk.img
	[ ! -e disk.img.xtsjnl ]
	xtscrypt decrypt -k my.key -c disk.img | cmp - before
}

@test "the first screen of the README shows how to begin" {
	head -n 24 "$srcdir/README.md" >screen
	encrypt='./xtscrypt encrypt -k my.key README.md'
	for line in \
	    "./bootstrap && ./xtscrypt keygen my.key && $encrypt" \
	    './bootstrap --check'; do
		grep -qxF "    $line" screen
	done
	for text in 'xtscrypt encrypt disk.img' 'xtscrypt decrypt -k my.key' \
	    '| xtscrypt encrypt -k my.key | ssh'; do
		grep -qF "$text" screen
	done
}
