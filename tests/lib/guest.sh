# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A guest for a test: Debian's kernel in qemu, with programs of this machine in
# memory, and a script that it runs in place of an init.  For scripts that have
# tap.sh; in a folder of the test's own:
#
#	guest_root INIT PROGRAM...	make root.cpio
#	guest_boot [ARGUMENT...]	boot, with what else qemu is given
: "${srcdir:?}" "${builddir:?}"
kernel=$(cd "$builddir/cross/kernel" && pwd)

# A program, and the libraries that it needs, where they are here.
guest_give() {
	program=$(command -v "$1") && cp -L "$program" root/programs || return
	for path in $(ldd "$program" | grep -o '/[^ ]*'); do
		mkdir -p "root${path%/*}" && cp -L "$path" "root$path" || return
	done
}

# Of the kernel's modules, those of which a guest loads some.
guest_modules() {
	modules=$(ls -d "$kernel"/lib/modules/* "$kernel"/usr/lib/modules/* \
	    2>ls.log)
	release=${modules##*/}
	for dir in arch/x86/crypto crypto drivers/block drivers/md \
	    drivers/virtio; do
		to=root/lib/modules/$release/kernel/$dir
		mkdir -p "$to" && cp -R "$modules/kernel/$dir/." "$to" || return
	done
	busybox depmod -b root "$release"
}

# The kernel unpacks it into memory, and runs its /init.
guest_root() {
	init=$1
	shift
	for dir in bin dev mnt proc programs run stage sys; do
		mkdir -p root/$dir || return
	done
	for program in sh busybox "$@"; do
		guest_give "$program" || return
	done
	ln -s ../programs/sh root/bin/sh &&
		guest_modules &&
		cp "$srcdir/tests/lib/guest_up.sh" root &&
		cp "$init" root/init &&
		chmod +x root/init &&
		(cd root && find . | busybox cpio -o -H newc) >root.cpio
}

guest_boot() {
	timeout 600 qemu-system-x86_64 \
	    -accel tcg -cpu max -m 512 -no-reboot -nic none \
	    -display none -monitor none -serial stdio \
	    -kernel "$kernel"/boot/vmlinuz-* -initrd root.cpio \
	    -append 'console=ttyS0 quiet panic=-1' "$@" </dev/null
}

# guest_disk FILE: what qemu is given for it.
guest_disk() {
	echo "-drive file=$1,format=raw,if=virtio,cache=unsafe"
}
