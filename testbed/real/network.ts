import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The node's address: that of the bridge, which pods, Services and the processes in the room reach alike. */
export const nodeAddress = '10.244.0.1';
export const podRange = '10.244.0.0/16';
export const serviceRange = '10.96.0.0/12';
const bridge = 'cni0';

/** Brings up loopback and the bridge of the pods. The kernel has no dummy device: the bridge carries the address. */
export async function prepareNetwork(): Promise<void> {
  const ip = async (...args: string[]) => run('ip', args);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', 'name', bridge, 'type', 'bridge');
  await ip('address', 'add', `${nodeAddress}/16`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  // A process in the room needs a route before kube-proxy's rules see its packet. There is no other one: what is outside
  // is unreachable at once, and not after a time-out.
  await ip('route', 'add', serviceRange, 'dev', bridge);
  for (const [name, value] of [
    ['net/ipv4/ip_forward', '1'],
    // Packets from pod to pod pass the rules of Services and policies too.
    ['net/bridge/bridge-nf-call-iptables', '1'],
  ] as const) {
    await writeFile(join('/proc/sys', name), value);
  }
}

/** Writes the configuration of the CNI plugins; back with its folder. */
export async function writeCniConfiguration(folder: string): Promise<string> {
  const into = join(folder, 'cni');
  await mkdir(into, { recursive: true });
  const list = {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          // Not the first ones: the bridge has one of them.
          ranges: [[{ subnet: podRange, rangeStart: '10.244.1.0', gateway: nodeAddress }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: join(folder, 'cni-addresses'),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  await writeFile(join(into, '10-pods.conflist'), JSON.stringify(list, undefined, 2));
  return into;
}

/** See `forgetConnections` of a RealCluster; `via` is a command that runs its arguments where the connections are. */
export async function forgetConnections(
  port: number,
  via = 'env',
  args: readonly string[] = [],
): Promise<void> {
  const own = ['conntrack', '--delete', '--proto', 'tcp', '--reply-port-src', String(port)];
  await run(via, [...args, ...own]).catch((error: Error) => {
    // That is a failure to it, and what was wanted to us.
    if (!error.message.includes('0 flow entries')) throw error;
  });
}
