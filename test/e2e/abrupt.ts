/** Abrupt ends: of the process of a pod, and what is known of who wrote what before and after. */
import { readdir, readFile } from 'node:fs/promises';
import { auditEvents, resourceOf } from '../../testbed/audit-log.ts';
import { auditLog } from './setup.ts';
import type { TestNamespace } from './support.ts';

/**
 * Kills every process of a container by SIGKILL, from outside: nothing is told to anybody, as when a machine fails. The
 * kubelet then starts the container anew.
 * @returns when it was done, in ms since the epoch.
 */
export async function killContainer(
  { kubectl }: Pick<TestNamespace, 'kubectl'>,
  pod: string,
): Promise<number> {
  const path = '--output=jsonpath={.status.containerStatuses[0].containerID}';
  const id = (await kubectl(['get', 'pod', pod, path])).replace(/^containerd:\/\//, '');
  const pids = await processesIn(id);
  if (id === '' || pids.length === 0) throw new Error(`no process of pod ${pod} runs`);
  const at = Date.now();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return at;
}

/** Processes of the room whose control group is that of the container. */
async function processesIn(containerId: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const groups = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, index) => groups[index]?.includes(containerId)).map(Number);
}

/** The pod whose process holds the lease of the operator. */
export async function leadingPod({ kubectl }: Pick<TestNamespace, 'kubectl'>): Promise<string> {
  const path = '--output=jsonpath={.spec.holderIdentity}';
  const holder = await kubectl(['get', 'lease', 'leadplatform-operator', path]);
  // `<host name>_<random>`; it is empty after a leader has given it back.
  return holder.replace(/_[^_]*$/, '');
}

/** A request that changed something, as the API server wrote it down. */
export interface Write {
  /** ms since the epoch, when it came in. */
  readonly at: number;
  readonly verb: string;
  /** With its subresource, like `leadplatforms/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** The pod that asked, by its token. */
  readonly pod: string;
}

const POD_OF_TOKEN = 'authentication.kubernetes.io/pod-name';
const CHANGES = new Set(['create', 'update', 'patch', 'delete']);

/** What the pods of a ServiceAccount have changed since then (ms since the epoch), refused requests left out. */
export async function writesOf(user: string, since: number): Promise<Write[]> {
  const writes: Write[] = [];
  for await (const event of auditEvents(auditLog, [`"${user}"`])) {
    const { verb, user: who, objectRef: { namespace = '', name = '' } = {}, responseStatus } = event;
    const at = Date.parse(event.requestReceivedTimestamp);
    const refused = (responseStatus?.code ?? 0) >= 400;
    if (who?.username !== user || at < since || refused || !CHANGES.has(verb)) continue;
    const pod = who.extra?.[POD_OF_TOKEN]?.[0] ?? '';
    writes.push({ at, verb, resource: resourceOf(event), namespace, name, pod });
  }
  return writes;
}
