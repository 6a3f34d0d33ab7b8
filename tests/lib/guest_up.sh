# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# The start of a guest's /init; see guest.sh:
#
#	guest_up MODULE...	make the system ready, its first disk /stage
#	guest_down		end
export PATH=/programs:/bin
export DM_DISABLE_UDEV=1	# libdevmapper makes /dev/mapper itself

guest_up() {
	/programs/busybox --install -s /bin && mount -t proc none /proc &&
		mount -t sysfs none /sys && mount -t devtmpfs none /dev &&
		ln -s /proc/self/fd/0 /dev/stdin
	for module in virtio_pci virtio_blk dm-mod "$@"; do
		modprobe "$module" || echo "no $module"
	done
	mount -t ext4 /dev/vda /stage
}

guest_down() {
	umount /stage
	poweroff -f
}
