/**
 * Asks the pods of a component why they do not come up. Pods are not watched: there are many of them, they change often, and
 * what they say matters only while a Deployment is short of replicas for longer than one takes to start. Then one list a
 * platform, of those components alone, is read now and then.
 */
import { replicaCounts } from '../../src/kube/workload.ts';
import { COMPONENT_LABEL, componentLabels, platformLabels } from '../../src/kube/labels.ts';
import { componentOfName } from '../../src/kube/names.ts';
import { podDiagnosis } from '../../src/kube/pod-diagnosis.ts';
import type { PodDiagnosis } from '../../src/kube/pod-diagnosis.ts';
import type { ObservedChild, Snapshot } from '../../src/cluster/snapshot.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { PODS } from './kinds.ts';
import type { OptionalReads } from './optional-reads.ts';
import { own } from '../../src/api/own.ts';

/** How long a component is short of replicas before its pods are asked, beyond the time for which they must have been ready. */
const PATIENCE_MS = 5_000;
/** Between two looks at the pods of one platform. */
const AGAIN_MS = 10_000;
/** Where many platforms are short at once, as when a node is gone or all have just been made, most wait longer. */
const CROWDED_MS = 30_000;
/** Who may not list pods is not given that right every few seconds. */
const FORBIDDEN_MS = 300_000;

/** What is remembered of a platform's pods between two passes; times are monotonic. */
export interface PodDiagnosesState {
  /** Since when a component has been short of replicas. */
  readonly shortSince: Readonly<Record<string, number>>;
  readonly found: Readonly<Record<string, PodDiagnosis>>;
  readonly askAgainAt: number;
}

export interface Troubles {
  readonly state: PodDiagnosesState;
  /** In how many ms to look again; undefined where nothing is short. */
  readonly requeueIn: number | undefined;
}

export interface Asking {
  readonly resources: Pick<Resources, 'list'>;
  readonly reads: OptionalReads;
  /** Takes one of the lists that all platforms share; false where there is none left now. */
  readonly mayAsk: () => boolean;
}

/**
 * Never rejects but when `signal` says so: a list that fails leaves what was known.
 * @param before Undefined in the first pass of a process, which cannot know for how long a component has been short.
 * @param now Monotonic.
 */
export async function readTroubles(
  { resources, reads, mayAsk }: Asking,
  { platform, spec, children }: Pick<Snapshot, 'platform' | 'spec' | 'children'>,
  before: PodDiagnosesState | undefined,
  now: number,
  signal: AbortSignal,
): Promise<Troubles> {
  const short = spec.mode === 'Auto' ? shortComponents(platform.name, children) : [];
  const shortSince = Object.fromEntries(
    short.map((component) => [
      component,
      before === undefined ? -Infinity : (own(before.shortSince, component) ?? now),
    ]),
  );
  const known = Object.fromEntries(
    Object.entries(before?.found ?? {}).filter(([component]) => short.includes(component)),
  );
  const askAgainAt = before?.askAgainAt ?? -Infinity;
  if (short.length === 0) return { state: { shortSince, found: {}, askAgainAt }, requeueIn: undefined };

  const patience = PATIENCE_MS + spec.transitions.minReadyTime;
  const due = (component: string): number =>
    Math.max(askAgainAt, (own(shortSince, component) ?? now) + patience);
  const asked = short.filter((component) => now >= due(component));
  if (asked.length === 0) {
    return {
      state: { shortSince, found: known, askAgainAt },
      requeueIn: Math.min(...short.map(due)) - now,
    };
  }
  if (!mayAsk()) {
    return { state: { shortSince, found: known, askAgainAt: now + CROWDED_MS }, requeueIn: CROWDED_MS };
  }
  const reliedOn = Date.now() - spec.transitions.minReadyTime;
  const answer = await reads.read('pods', signal, (within) =>
    ask(resources, platform, asked, reliedOn, within),
  );
  const wait = 'unavailable' in answer && answer.unavailable === 'Forbidden' ? FORBIDDEN_MS : AGAIN_MS;
  const found = 'value' in answer ? withKnownWords(answer.value, known) : known;
  return { state: { shortSince, found, askAgainAt: now + wait }, requeueIn: wait };
}

/**
 * Components whose Deployment has fewer replicas that can be relied on than it asks for, or any that are not of its template: an
 * old one stays until a new one can be relied on, so what it asks for may well be there.
 */
function shortComponents(platform: string, children: readonly ObservedChild[]): readonly string[] {
  return children.flatMap(({ object }) => {
    if (object.kind !== 'Deployment' || object.metadata.deletionTimestamp !== undefined) return [];
    const { asked, exists, available, updated } = replicaCounts(object);
    const isShort = available < asked || updated < exists;
    return isShort ? [componentOfName(platform, object.metadata.name)] : [];
  });
}

/** A kubelet that waits to pull an image again has forgotten why, in older versions of Kubernetes; it is still so. */
function withKnownWords(
  found: Readonly<Record<string, PodDiagnosis>>,
  known: Readonly<Record<string, PodDiagnosis>>,
): Readonly<Record<string, PodDiagnosis>> {
  return Object.fromEntries(
    Object.entries(found).map(([component, trouble]) => {
      const before = own(known, component);
      const isSame = before?.reason === trouble.reason && before.subject === trouble.subject;
      if (!isSame || trouble.isExplained) return [component, trouble];
      return [component, { ...trouble, message: before.message, isExplained: before.isExplained }];
    }),
  );
}

async function ask(
  resources: Pick<Resources, 'list'>,
  { name, namespace }: Snapshot['platform'],
  components: readonly string[],
  reliedOn: number,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, PodDiagnosis>>> {
  const labels = Object.entries(platformLabels(name)).map(([key, value]) => `${key}=${value}`);
  const labelOfComponent = new Map(
    components.map((component) => [componentLabels(name, component)[COMPONENT_LABEL], component]),
  );
  const labelSelector = [...labels, `${COMPONENT_LABEL} in (${[...labelOfComponent.keys()].join(',')})`].join(
    ',',
  );
  const { items } = await resources.list(PODS, { namespace, labelSelector, signal });
  const byComponent = Map.groupBy(items, ({ metadata }: KubeObject) =>
    labelOfComponent.get(metadata.labels?.[COMPONENT_LABEL]),
  );
  const found: Record<string, PodDiagnosis> = {};
  for (const [component, pods] of byComponent) {
    const trouble = podDiagnosis(pods, reliedOn);
    if (component !== undefined && trouble !== undefined) found[component] = trouble;
  }
  return found;
}
