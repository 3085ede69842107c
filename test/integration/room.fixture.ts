// Makes a room and starts in it what a cluster starts: a network device, a mount, a process that has left its session and
// sits in a control group, files. Says so, and waits to be killed. Run by room.test.ts; the argument marks the process.
import { makeRoom } from '../../testbed/real/room.ts';

const [, , marker = '', end = ''] = process.argv;
const script = `
set -e
ip link add name cni0 type bridge
mkdir /run/room/mounted /var/lib/kubelet-${marker}
mount -t tmpfs tmpfs /run/room/mounted
setsid sh -c 'while :; do sleep 1; done' ${marker} &
for group in /sys/fs/cgroup/memory/$LEADPLATFORM_ROOM_CGROUP /sys/fs/cgroup/$LEADPLATFORM_ROOM_CGROUP; do
  [ ! -d $group ] || { mkdir $group/pod; echo $! >$group/pod/cgroup.procs; }
done
echo "$LEADPLATFORM_ROOM_CGROUP $(readlink /proc/self/ns/net)"
${end === 'exit' ? 'exit 3' : 'wait'}
`;
const room = await makeRoom();
const code = await room.run('/bin/sh', ['-c', script]);
await room.remove();
process.exit(code);
