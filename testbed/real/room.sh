#!/bin/sh
# First process of a room (see room.ts): mounts, so that whatever a cluster writes to fixed places stays in here, then the
# command. Arguments: FOLDER of the room, the project's folder for TEMPORARY files, name of its CGROUP, TINI, COMMAND…
set -eu
folder=$1 temporary=$2 cgroup=$3 tini=$4
shift 4

# The namespace came with private mounts; what pods mount must reach the other processes in here.
mount --make-rshared /

# Sockets and locks with fixed names: containerd's shims, xtables.lock, network namespaces.
mount -t tmpfs -o mode=0755 tmpfs /run
# Shared memory of a Postgres that was killed.
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
# The folder by a name that stays, whatever is mounted above it next.
mkdir /run/room
mount --bind "$folder" /run/room
# Fixed places again: /var/lib/kubelet, /var/lib/cni, /var/log/containers. All of /var stays readable.
mkdir /run/room/var /run/room/var.work
mount -t overlay -o lowerdir=/var,upperdir=/run/room/var,workdir=/run/room/var.work overlay /var
mkdir -m 1777 /run/room/tmp
mount --bind /run/room "$temporary"
# The kubelet insists on setting these, and they belong to the whole machine: it gets copies.
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  [ -e "/proc/sys/$setting" ] || continue
  copy=/run/settings/$setting
  mkdir -p "${copy%/*}"
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done

# Pods are in a group below this one, and beside a run of other tests on the same cores the whole group would count as one
# process. It counts as eight, about as many as those that run there.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir "/sys/fs/cgroup/$cgroup"
  [ ! -e "/sys/fs/cgroup/$cgroup/cpu.weight" ] || echo 800 >"/sys/fs/cgroup/$cgroup/cpu.weight"
else
  for hierarchy in /sys/fs/cgroup/*/; do
    mkdir -p "$hierarchy$cgroup"
    # A new group has no CPU and no memory, and so room for no process.
    for set in cpuset.cpus cpuset.mems; do
      [ ! -e "$hierarchy$set" ] || cat "$hierarchy$set" >"$hierarchy$cgroup/$set"
    done
    if [ -e "$hierarchy$cgroup/cpu.shares" ]; then
      echo 8192 >"$hierarchy$cgroup/cpu.shares"
      # The servers of the cluster and of its tests, too.
      mkdir "$hierarchy$cgroup/room"
      echo $$ >"$hierarchy$cgroup/room/cgroup.procs"
    fi
  done
fi

# By its path: the folder that we are in may be below one that was mounted just now.
cd "$PWD"
exec "$tini" -- "$@"
