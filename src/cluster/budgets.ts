/**
 * Disruption budgets of others that are for our pods, too. Kubernetes evicts no pod that has two of them, however many
 * replicas there are: a drain of its node waits for ever, and nothing else tells why.
 */
import { podTemplateOf } from '../kube/workload.ts';
import { hasLabels, type Labels } from '../kube/labels.ts';
import { componentOfName } from '../kube/names.ts';
import { runsPods } from './node-headroom.ts';
import type { Selector } from './foreign-budget.ts';
import type { Observed } from './observed.ts';
import type { KubeObject } from '../kube/object.ts';
import { own as ownValue } from '../api/own.ts';

/** Budgets of others that are for pods that have another one, too. */
export interface Overlap {
  /** Their names. */
  readonly budgets: readonly string[];
  /** A sentence without its full stop. */
  readonly message: string;
}

/** One for each set of budgets. */
export function overlaps({ snapshot: { budgets, platform }, own }: Observed): readonly Overlap[] {
  if (budgets.length === 0) return [];
  const objects = [...own.values()].map(({ object }) => object);
  const ours = objects.filter(({ kind }) => kind === 'PodDisruptionBudget').map(selectorOf);
  const byNames = new Map<string, { readonly names: readonly string[]; readonly components: string[] }>();
  for (const object of objects) {
    if (!runsPods(object)) continue;
    const labels = podLabels(object);
    const theirs = budgets.filter(({ selector }) => isFor(selector, labels));
    const all = theirs.length + ours.filter((selector) => isFor(selector, labels)).length;
    if (theirs.length === 0 || all < 2) continue;
    const names = theirs.map(({ name }) => name).toSorted();
    const set = byNames.get(names.join()) ?? { names, components: [] };
    set.components.push(componentOfName(platform.name, object.metadata.name));
    byNames.set(names.join(), set);
  }
  return [...byNames.values()].map(({ names, components }) => ({
    budgets: names,
    message: `pods of ${components.toSorted().join(', ')} have more than one disruption budget, by ${names.join(', ')} of another owner, so they cannot be evicted and a drain of their node waits for ever; narrow that selector, or delete it`,
  }));
}

function isFor(selector: Selector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    hasLabels(labels, matchLabels) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = ownValue(labels, key);
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}

const selectorOf = ({ spec }: KubeObject): Selector | undefined =>
  (spec as { selector?: Selector } | undefined)?.selector;

const podLabels = (object: KubeObject): Labels => podTemplateOf(object).metadata?.labels ?? {};
