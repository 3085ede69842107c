import { ensureTools, type Tool, type ToolSet } from '../builder.ts';
import { kubernetesVersion } from '../binaries.ts';
import { ensureDebianCommand } from '../packages.ts';
import { type Log, logToStderr } from '../progress.ts';

/** Where the executables are that make a node: each runs as a process of ours. */
export interface NodeTools {
  kubelet: string;
  kubeProxy: string;
  containerd: string;
  ctr: string;
  containerdShim: string;
  /** Folder of the CNI plugins. */
  cniFolder: string;
  coredns: string;
  kubeRouter: string;
  runc: string;
  /** Static, and so a whole image by itself. */
  busybox: string;
}

const instead = 'Install Go 1.26 or later (https://go.dev/dl).';
const containerdCommands = 'github.com/containerd/containerd/v2/cmd';
const plugins = 'github.com/containernetworking/plugins/plugins';

/** One set each: a new version of one does not have the others built again. */
const sets = {
  containerd: {
    what: 'containerd',
    tools: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((file) =>
      tool('containerd', file, `${containerdCommands}/${file}`),
    ),
    duration: 'about two minutes on two cores',
    instead,
  },
  cni: {
    what: 'The network plugins',
    tools: ['ipam/host-local', 'main/bridge', 'main/loopback', 'meta/portmap'].map((path) =>
      tool('cni', path.replace(/.*\//, ''), `${plugins}/${path}`),
    ),
    duration: 'a quarter of a minute on two cores',
    instead,
  },
  node: {
    what: 'The kubelet',
    tools: ['kubelet', 'kube-proxy'].map((file) => tool('node', file, `k8s.io/kubernetes/cmd/${file}`)),
    duration: 'three minutes on two cores, more where the control plane was not built before',
    instead,
    defines: { node: kubernetesVersion },
  },
  kubeRouter: {
    what: 'The enforcer of network policies',
    tools: [tool('kube-router', 'kube-router', 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router')],
    duration: 'about two minutes on two cores',
    instead,
  },
  coredns: {
    what: 'CoreDNS',
    tools: [tool('coredns', 'coredns', 'github.com/coredns/coredns')],
    duration: 'about four minutes on two cores',
    instead,
  },
} satisfies Record<string, ToolSet>;

function tool(module: string, file: string, path: string): Tool {
  return { file, module, package: path };
}

/**
 * What a node is made of: built, or installed from Debian packages, where it is missing. In a room everything has to be
 * there already, since there is no network: call it outside first.
 * @throws TestbedUnavailable when something is missing and cannot be had.
 */
export async function obtainNodeTools(log: Log = logToStderr): Promise<NodeTools> {
  const runc = await ensureDebianCommand('runc', 'runc', log);
  const busybox = await ensureDebianCommand('busybox', 'busybox-static', log);
  // kube-proxy, kube-router and kubelet find these on the PATH.
  await ensureDebianCommand('iptables', 'iptables', log);
  await ensureDebianCommand('conntrack', 'conntrack', log);
  await ensureDebianCommand('ipset', 'ipset', log);
  await ensureDebianCommand('ip', 'iproute2', log);
  // One after the other: two builds at once only slow one another down.
  const cni = await ensureTools(sets.cni, sets.cni.tools, log);
  const containerd = await ensureTools(sets.containerd, sets.containerd.tools, log);
  const node = await ensureTools(sets.node, sets.node.tools, log);
  const kubeRouter = await ensureTools(sets.kubeRouter, sets.kubeRouter.tools, log);
  const coredns = await ensureTools(sets.coredns, sets.coredns.tools, log);
  return {
    kubelet: node('kubelet'),
    kubeProxy: node('kube-proxy'),
    containerd: containerd('containerd'),
    ctr: containerd('ctr'),
    containerdShim: containerd('containerd-shim-runc-v2'),
    cniFolder: cni('.'),
    coredns: coredns('coredns'),
    kubeRouter: kubeRouter('kube-router'),
    runc,
    busybox,
  };
}
