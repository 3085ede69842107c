/**
 * Whether pods that are about to be made fit on the nodes as they are. It is only ever told: where an autoscaler adds
 * nodes, it does so for pods that wait, and whoever waited for room would wait for ever.
 *
 * What does not fit is counted so that nobody is told wrongly: for pods that are alike exactly, and for different ones as a
 * number that no scheduler can better. Each of some pods needs as much as the least of them asks for, and all of them need
 * as much as they ask for together. Trying to place them one by one would find too little room where another order fits.
 * Not looked at: what keeps pods apart or together, and volumes.
 */
import { askedReplicas, podTemplateOf } from '../kube/workload.ts';
import { hasLabels, type Labels } from '../kube/labels.ts';
import { plural } from '../text/words.ts';
import { type Amounts, combine, type PodSpec, requestsOf, type Toleration } from '../kube/pod-requests.ts';
import type { KubeObject } from '../kube/object.ts';
import { own } from '../api/own.ts';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface NodeHeadroom {
  readonly labels: Labels;
  /** Those that keep pods away. */
  readonly taints: readonly Taint[];
  /** What can be had, less what the pods there ask for. */
  readonly free: Amounts;
}

export interface Nodes {
  readonly nodes: readonly NodeHeadroom[];
  /** The labels of pods of platforms in the namespace that have a node. */
  readonly placed: readonly Labels[];
}

/** So many pods that are alike. */
interface Pods {
  readonly count: number;
  readonly asks: Amounts;
  readonly spec: PodSpec;
}

/** What of these objects' pods fits on no node, as the middle of a sentence; undefined where nothing is known against it. */
export function nodesShortfall(objects: readonly KubeObject[], { nodes, placed }: Nodes): string | undefined {
  const pods = alike(objects.flatMap((object) => podsOf(object, placed)));
  const all = total(pods);
  const homeless = homelessOf(pods, nodes);
  if (homeless === 0) return undefined;
  const how = homeless === all ? '' : 'at least ';
  return `${how}${homeless} of ${plural(all, 'new Pod')} ${homeless === 1 ? 'does' : 'do'} not fit on any current Node: ${why(pods, nodes)}; a cluster autoscaler may add Nodes`;
}

export const runsPods = ({ kind }: KubeObject): boolean => kind === 'Deployment' || kind === 'StatefulSet';

function podsOf(object: KubeObject, placed: Nodes['placed']): Pods[] {
  const { selector } = (object['spec'] ?? {}) as { readonly selector?: { readonly matchLabels?: Labels } };
  const own = placed.filter((labels) => hasLabels(labels, selector?.matchLabels ?? {})).length;
  const podSpec = podTemplateOf(object).spec ?? {};
  return [{ count: askedReplicas(object) - own, asks: requestsOf(podSpec), spec: podSpec }].filter(
    ({ count }) => count > 0,
  );
}

/** One entry for all pods that a scheduler cannot tell from each other. */
function alike(all: readonly Pods[]): readonly Pods[] {
  const byText = Map.groupBy(all, ({ asks, spec: { nodeSelector = {}, tolerations = [] } }) =>
    JSON.stringify([asks, nodeSelector, tolerations]),
  );
  return [...byText.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, count: total(group) }];
  });
}

const total = (pods: readonly Pods[]): number => pods.reduce((sum, { count }) => sum + count, 0);

/** At least so many of the pods fit on no node, whoever places them. */
export function homelessOf(pods: readonly Pods[], nodes: readonly NodeHeadroom[]): number {
  // Those of different kinds that cannot be placed are different pods.
  const alone = pods.reduce((sum, one) => sum + homelessOfSet([one], nodes), 0);
  const together = ['cpu', 'memory'].flatMap((resource) => {
    const sorted = pods.toSorted((a, b) => (b.asks[resource] ?? 0) - (a.asks[resource] ?? 0));
    return sorted.map((_, index) => homelessOfSet(sorted.slice(0, index + 1), nodes));
  });
  return Math.max(alone, ...together);
}

function homelessOfSet(pods: readonly Pods[], nodes: readonly NodeHeadroom[]): number {
  const all = total(pods);
  let fit = 0;
  const free = new Map<string, number>();
  for (const node of nodes) {
    const here = placesOn(pods, node);
    fit += here;
    if (here === 0) continue;
    for (const [name, amount] of Object.entries(node.free))
      free.set(name, (free.get(name) ?? 0) + Math.max(0, amount));
  }
  const names = new Set(pods.flatMap(({ asks }) => Object.keys(asks)));
  const lacking = [...names].map((name) => {
    const each = pods.map(({ asks }) => own(asks, name) ?? 0);
    const asked = pods.reduce((sum, { count, asks }) => sum + count * (own(asks, name) ?? 0), 0);
    const lacks = asked - (free.get(name) ?? 0) - asked * NEARLY;
    return lacks > 0 ? Math.ceil(lacks / Math.max(...each)) : 0;
  });
  return Math.max(0, all - fit, ...lacking);
}

/** Sums of tenths of a core are not exact. */
const NEARLY = 1e-9;

/** At most so many of the pods fit on a node: as many as of the least that each of them asks for. */
function placesOn(pods: readonly Pods[], node: NodeHeadroom): number {
  const open = pods.filter(({ spec }) => isLet(spec, node));
  if (open.length === 0) return 0;
  const least = open.map(({ asks }) => asks).reduce((a, b) => combine(a, b, Math.min));
  const each = Object.entries(least)
    .filter(([, asked]) => asked > 0)
    .map(([name, asked]) => Math.floor(((own(node.free, name) ?? 0) / asked) * (1 + NEARLY)));
  return Math.max(0, Math.min(...each));
}

function isLet({ nodeSelector = {}, tolerations = [] }: PodSpec, { labels, taints }: NodeHeadroom): boolean {
  return (
    hasLabels(labels, nodeSelector) &&
    taints.every((taint) => tolerations.some((one) => tolerates(one, taint)))
  );
}

function tolerates(
  { key = '', operator = 'Equal', value = '', effect = '' }: Toleration,
  taint: Taint,
): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (operator === 'Exists') return key === '' || key === taint.key;
  return key === taint.key && value === (taint.value ?? '');
}

/** What keeps away the largest that cannot be placed; or what all of them together lack. */
function why(pods: readonly Pods[], nodes: readonly NodeHeadroom[]): string {
  const sorted = pods.toSorted((a, b) => (b.asks['cpu'] ?? 0) - (a.asks['cpu'] ?? 0));
  const worst = sorted.find((one) => homelessOfSet([one], nodes) > 0);
  if (worst === undefined) {
    const most = total(pods) - homelessOf(pods, nodes);
    return `all of them together are too much, and there is room for ${most} at most`;
  }
  const { asks, spec, count } = worst;
  const open = nodes.filter((node) => isLet(spec, node));
  if (nodes.length === 0) return 'there is none';
  if (open.length === 0) return `none of the ${nodes.length} is open to them, by nodeSelector and taints`;
  const largest = (name: string) => Math.max(0, ...open.map(({ free }) => own(free, name) ?? 0));
  const short = Object.keys(asks).find((name) => (own(asks, name) ?? 0) > largest(name) * (1 + NEARLY));
  if (short === 'pods') return 'they have as many pods as they may have';
  if (short !== undefined) {
    const [asked, free] = [said(short, asks[short] ?? 0, Math.ceil), said(short, largest(short), Math.floor)];
    return `${asked} is asked for, and the largest free is ${free}`;
  }
  const fit = count - homelessOfSet([worst], nodes);
  const each = ['cpu', 'memory'].flatMap((name) => (asks[name] ? [said(name, asks[name], Math.ceil)] : []));
  return `there is room for ${fit} of ${count} that ask for ${each.join(' and ') || 'nothing'} each`;
}

function said(resource: string, amount: number, round: (value: number) => number): string {
  // What is a whole number but for a billionth is that number.
  const whole = (value: number) => round(Number(value.toPrecision(12)));
  if (resource === 'cpu') return `${whole(amount * 1_000)}m CPU`;
  if (resource === 'memory') {
    const large = amount >= 10 * 2 ** 30;
    return `${large ? `${whole((amount * 10) / 2 ** 30) / 10}Gi` : `${whole(amount / 2 ** 20)}Mi`} of memory`;
  }
  return `${whole(amount)} of ${resource}`;
}
