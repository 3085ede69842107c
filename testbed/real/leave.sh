#!/bin/sh
# What is left of a room when its command has ended, or when its owner has. Arguments: process id of its `unshare` (0:
# none was started), FOLDER of the room, name of its CGROUP.
pid=$1 folder=$2 cgroup=$3

# Its end takes the whole process id namespace with it, and that the mounts and the network.
[ "$pid" -gt 0 ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = unshare ] && kill -s KILL "$pid"

tries=0
while [ $tries -lt 100 ]; do
  groups=$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$cgroup")
  [ -n "$groups" ] || break
  # Busy until the last process is really gone.
  for group in $groups; do find "$group" -depth -type d -exec rmdir {} ';' 2>/dev/null; done
  tries=$((tries + 1))
  sleep 0.1
done
rm -rf -- "$folder"
