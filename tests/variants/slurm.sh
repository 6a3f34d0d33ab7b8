#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The examples of xtscrypt(1) for one image on many machines, run as they stand
# there by Slurm, with two nodes on this machine, and by GNU parallel.  Slurm
# has a folder of its own, needs no cgroups and no systemd, and ends with this.
. "${srcdir:=.}/tests/lib/tap.sh"
PATH=$PATH:/usr/sbin:/sbin

here=$(mktemp -d "${TMPDIR:-/tmp}/slurm.XXXXXX") || exit 1
end() {
	cd "$here" || exit
	while read -r pid; do
		kill "$pid" 2>&-
	done <started
	while read -r pid; do
		while kill -0 "$pid" 2>&-; do sleep 0.1; done
	done <started
	cd / && rm -rf "$here"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
cd "$here" && : >started || exit 1
umask 022
export MUNGE_SOCKET="$here/munge.socket" SLURM_CONF="$here/slurm.conf"
host=$(hostname)
# Below those that the system gives to whoever asks for any.
port=$((20000 + $$ % 4000 * 3))

# Show the logs of a step that failed.
show() {
	tail -n 30 ./*.log | sed 's/^/# /'
}

munge_start() {
	head -c 128 /dev/urandom >munge.key
	chmod 400 munge.key
	munged --foreground --force --key-file="$here/munge.key" \
	    --socket="$MUNGE_SOCKET" --pid-file="$here/munge.pid" \
	    --log-file="$here/munge.log" --seed-file="$here/munge.seed" \
	    >munged.log 2>&1 </dev/null &
	echo $! >>started
	for _ in $(seq 120); do
		munge -n -S "$MUNGE_SOCKET" >munge.out 2>&1 && return
		sleep 0.5
	done
	return 1
}

conf() {
	cat >slurm.conf <<-END
		ClusterName=test
		SlurmctldHost=$host
		SlurmctldPort=$port
		SlurmUser=$(id -un)
		SlurmdUser=$(id -un)
		AuthType=auth/munge
		AuthInfo=socket=$MUNGE_SOCKET
		CredType=cred/munge
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		SchedulerParameters=sched_interval=1,batch_sched_delay=0
		ReturnToService=2
		MpiDefault=none
		SwitchType=switch/none
		StateSaveLocation=$here/state
		SlurmdSpoolDir=$here/spool.%n
		SlurmctldPidFile=$here/slurmctld.pid
		SlurmdPidFile=$here/slurmd.%n.pid
		SlurmctldLogFile=$here/slurmctld.log
		SlurmdLogFile=$here/slurmd.%n.log
		NodeName=one NodeHostname=$host Port=$((port + 1)) CPUs=1
		NodeName=two NodeHostname=$host Port=$((port + 2)) CPUs=1
		PartitionName=all Nodes=one,two Default=YES State=UP
	END
	echo CgroupPlugin=cgroup/v1 >cgroup.conf
	mkdir state spool.one spool.two
}

slurm_start() {
	conf
	slurmctld -D -f "$SLURM_CONF" >ctld.log 2>&1 </dev/null &
	echo $! >>started
	for node in one two; do
		slurmd -D -N $node -f "$SLURM_CONF" >$node.log 2>&1 </dev/null &
		echo $! >>started
	done
	for _ in $(seq 120); do
		[ "$(sinfo -h -N -o %T 2>/dev/null)" = "idle
idle" ] && return
		sleep 0.5
	done
	return 1
}

# The commands of the display that has this word.
display() {
	awk -v word="$1" '
		/^\.Sh / { inside = $2 == "EXAMPLES" }
		/^\.Ed/ && display { if (text ~ word) printf "%s", text
			display = 0 }
		display { sub(/^\$ /, ""); gsub(/\\e/, "\\")
			text = text $0 "\n" }
		inside && /^\.Bd/ { display = 1; text = "" }' \
	    "$srcdir/man/xtscrypt.1"
}

prepare() {
	mkdir "$1" && cd "$1" || exit 1
	seq 10000000 | head -c 50000000 >disk.img
	"$XTSCRYPT" keygen my.key
}

is_right() {
	"$XTSCRYPT" decrypt -k my.key -c disk.img.xts | cmp -s - disk.img
}

mkdir bin
ln -s "$XTSCRYPT" bin/xtscrypt
PATH=$here/bin:$PATH
# Each has its folder; the log of the test shows what failed.
array() {
	timeout 300 sh -eu script && is_right
}
by_slurm() (
	prepare array
	display sbatch >script
	array || { cat slurm-*.out; show; exit 1; }
)

# The third part of 16 is that of another file, which does not exist.
# shellcheck disable=SC2016 # a job's shell expands it
by_slurm_in_vain() (
	prepare fails
	display sbatch >script
	part='$([ $SLURM_ARRAY_TASK_ID = 3 ] || echo disk.)img'
	sed -i "/--part /s/disk.img/$part/" script
	timeout 300 sh -eu script
	"$XTSCRYPT" info disk.img.xts | grep 'being written in parts' &&
	    "$XTSCRYPT" encrypt --parts-done -k my.key disk.img 2>&1 |
	    grep 'damaged: 3$'
)

by_parallel() (
	prepare parallel
	display 'parallel -j2' >script
	sh -eu script && is_right && cmp disk.img copy.img
)

ok "munge answers" munge_start
ok "two nodes of Slurm are idle" slurm_start
ok "a job array encrypts an image, and a last job makes it whole" by_slurm
ok "where a job of the array fails, the file is not made whole" \
    by_slurm_in_vain
ok "GNU parallel encrypts an image, and decrypts it" by_parallel
tap_done
