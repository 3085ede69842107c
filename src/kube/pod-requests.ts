/** What a pod takes of the node that it runs on, as the scheduler counts it. */
import { quantityValue } from '../api/kubernetes-quantity.ts';
import { own } from '../api/own.ts';

/** CPU in cores, memory in bytes, anything else as a number; `pods` among them. */
export type Amounts = Readonly<Record<string, number>>;

interface Resources {
  readonly requests?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, unknown>>;
}
interface Container {
  readonly restartPolicy?: string;
  readonly resources?: Resources;
}
export interface Toleration {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  readonly effect?: string | undefined;
}
export interface PodSpec {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly overhead?: Readonly<Record<string, unknown>>;
  readonly resources?: Resources;
}

export function requestsOf({ containers = [], initContainers = [], overhead, resources }: PodSpec): Amounts {
  let beside: Amounts = {};
  let before: Amounts = {};
  for (const container of initContainers) {
    const now = plus(beside, asksOf(container.resources));
    before = combine(before, now, Math.max);
    // One that goes on running is there beside all that come after it.
    if (container.restartPolicy === 'Always') beside = now;
  }
  const running = containers.reduce((sum, container) => plus(sum, asksOf(container.resources)), beside);
  const all = { ...combine(running, before, Math.max), ...(resources && asksOf(resources)) };
  return { ...plus(all, amounts(overhead)), pods: 1 };
}

/** Kubernetes takes a limit for a request that is left out. */
function asksOf({ requests = {}, limits = {} }: Resources = {}): Amounts {
  return amounts({ ...limits, ...requests });
}

export function amounts(quantities: Readonly<Record<string, unknown>> = {}): Amounts {
  return Object.fromEntries(
    Object.entries(quantities).map(([name, quantity]) => [name, quantityValue(quantity) ?? 0]),
  );
}

export function combine(one: Amounts, other: Amounts, how: (a: number, b: number) => number): Amounts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, how(own(one, name) ?? 0, own(other, name) ?? 0)]),
  );
}

const plus = (one: Amounts, other: Amounts): Amounts => combine(one, other, (a, b) => a + b);

export function less(all: Amounts, taken: Amounts): Amounts {
  return combine(all, taken, (a, b) => a - b);
}
