import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { auditPolicy } from '../api-server.ts';
import { anyKubectl } from '../cluster.ts';
import { TestbedUnavailable } from '../errors.ts';
import { undoAtEnd } from '../guardian.ts';
import { createKindCluster } from '../kind.ts';
import { kubectl, type KubectlTarget } from '../kubectl.ts';
import { waitUntilReady } from '../processes.ts';
import { type Log, logToStderr } from '../progress.ts';
import type { RealCluster } from './cluster.ts';
import { kindConfiguration, serviceRange } from './kind-config.ts';
import { forgetConnections } from './network.ts';

const run = promisify(execFile);
const docker = async (...args: string[]) => (await run('docker', args)).stdout.trim();
const serverPort = 6443;

/**
 * Starts one of kind's clusters, for whoever runs outside of a room. `folder` gets the same path in the node.
 * @throws TestbedUnavailable where the addresses of nodes and Services cannot be reached from here.
 */
export async function startKindRealCluster(options: {
  folder: string;
  auditLog: string;
  log?: Log;
}): Promise<RealCluster> {
  const { folder, auditLog, log = logToStderr } = options;
  const policy = join(folder, 'audit-policy.json');
  const config = join(folder, 'kind.json');
  await mkdir(folder, { recursive: true });
  await writeFile(policy, auditPolicy());
  await writeFile(config, JSON.stringify(kindConfiguration({ folder, auditLog, auditPolicy: policy })));
  const kubectlPath = await anyKubectl(log);
  const kind = await createKindCluster({ folder, config, log });
  const undo = [kind.remove];
  const stop = async () => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const node = `${kind.name}-control-plane`;
    const { address, gateway } = await addressesOf(node);
    await assertIsOurs(gateway);
    undo.push(await routeServices(address));
    const { kubeconfigPath } = kind;
    const target = { kubectlPath, kubeconfigPath };
    await useToken(target);
    const apiServer = staticPod(node, 'kube-apiserver');
    const etcd = etcdOf(node);
    const isReady = () =>
      waitUntilReady('the API server is ready', [], async () => {
        await kubectl(target, ['get', '--raw=/readyz', '--request-timeout=5s']);
        return true;
      });
    log(`a cluster with real pods: kind's ${kind.name}`);
    return {
      kind: 'kind',
      ...target,
      server: `https://${address}:${serverPort}`,
      nodeAddress: gateway,
      importImage: kind.loadImages,
      stopApiServer: apiServer.stop,
      startApiServer: async () => {
        await apiServer.start();
        await isReady();
      },
      stopEtcd: etcd.stop,
      startEtcd: async () => {
        await etcd.start();
        if (await apiServer.isWanted()) await isReady();
      },
      forgetConnections: (port) => forgetConnections(port, 'docker', ['exec', node]),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The administrator by a token. kind gives a certificate, which kubectl shows the server whatever token it is told to use:
 * a test could not ask as somebody else.
 */
async function useToken(target: KubectlTarget): Promise<void> {
  const name = 'testbed-administrator';
  const within = '--namespace=kube-system';
  await kubectl(target, ['create', 'serviceaccount', name, within]);
  const rights = ['--clusterrole=cluster-admin', `--serviceaccount=kube-system:${name}`];
  await kubectl(target, ['create', 'clusterrolebinding', name, ...rights]);
  const token = await kubectl(target, ['create', 'token', name, within, '--duration=24h']);
  await kubectl(target, ['config', 'set-credentials', name, `--token=${token.trim()}`]);
  await kubectl(target, ['config', 'set-context', '--current', `--user=${name}`]);
}

/** Of the node's container, and of this machine as the node sees it. */
async function addressesOf(node: string): Promise<{ address: string; gateway: string }> {
  const template = '{{with .NetworkSettings.Networks.kind}}{{.IPAddress}} {{.Gateway}}{{end}}';
  const [address = '', gateway = ''] = (await docker('inspect', `--format=${template}`, node)).split(' ');
  return { address, gateway };
}

/** Docker Desktop runs in a machine of its own: there the gateway is not an address of this one. */
async function assertIsOurs(gateway: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port: 0, host: gateway }, resolve);
    });
  } catch (cause) {
    throw new TestbedUnavailable(
      `Pods of kind reach this machine at ${gateway}, which is not an address of it: Docker runs in another one.`,
      'Use a Docker Engine on this machine, or none: then the tests make a cluster without it.',
      { cause },
    );
  } finally {
    server.close();
  }
}

/** A process of this machine reaches Services as pods do: by the rules of the node. The returned function ends that. */
async function routeServices(via: string): Promise<() => Promise<void>> {
  const route = [serviceRange, 'via', via];
  const ip = async (verb: string) => run('ip', ['route', verb, ...route]);
  try {
    await ip('add');
  } catch (cause) {
    throw new TestbedUnavailable(
      `The route to the Services of the kind cluster cannot be made: ${(cause as Error).message.trim()}.`,
      'Run as root, and one cluster at a time.',
      { cause },
    );
  }
  const done = undoAtEnd('ip', 'route', 'del', ...route);
  return async () => {
    await ip('del');
    done();
  };
}

/** A part of the control plane. */
interface Stoppable {
  stop(how?: 'orderly' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
}

/** One that the kubelet runs as long as its manifest is there. */
function staticPod(node: string, name: string): Stoppable & { isWanted(): Promise<boolean> } {
  const inNode = async (...command: string[]) => docker('exec', node, ...command);
  const manifest = `/etc/kubernetes/manifests/${name}.yaml`;
  const aside = `/etc/kubernetes/${name}.yaml`;
  return {
    stop: async (how = 'orderly') => {
      // In one command: the kubelet sees at once that the manifest is gone, and asks the process for an orderly end.
      const kill = how === 'SIGKILL' ? ` && pkill -KILL -x ${name}` : '';
      await inNode('sh', '-c', `mv ${manifest} ${aside}${kill}`);
      // The kubelet may have begun it again in between; with the sandbox all of that has ended.
      const ready = [
        'crictl',
        'pods',
        '--quiet',
        '--state=ready',
        '--namespace=kube-system',
        `--name=^${name}-`,
      ];
      await waitUntilReady(`${name} has ended`, [], async () => (await inNode(...ready)) === '');
    },
    start: async () => {
      await inNode('mv', aside, manifest);
      await waitUntilReady(`${name} runs`, [], () => runs(node, name));
    },
    isWanted: async () => (await inNode('sh', '-c', `ls ${manifest} 2>&1 || true`)) === manifest,
  };
}

/**
 * The kubelet is away as long as etcd is: it would begin it again. Where the API server runs without etcd it lets requests
 * hang, and a kubelet that starts waits for it minutes before it begins anything. Of one that is not there it hears at once.
 */
function etcdOf(node: string): Stoppable {
  const inNode = async (script: string) => docker('exec', node, 'sh', '-c', script);
  return {
    stop: async (how = 'orderly') => {
      await inNode(`systemctl stop kubelet && pkill -${how === 'SIGKILL' ? 'KILL' : 'TERM'} -x etcd`);
      await waitUntilReady('etcd has ended', [], async () => !(await runs(node, 'etcd')));
    },
    start: async () => {
      await inNode('pkill -KILL -x kube-apiserver; systemctl start kubelet');
      await waitUntilReady('etcd runs', [], () => runs(node, 'etcd'));
    },
  };
}

async function runs(node: string, name: string): Promise<boolean> {
  const running = ['crictl', 'ps', '--quiet', '--state=running', `--name=^${name}$`];
  return (await docker('exec', node, ...running)) !== '';
}
