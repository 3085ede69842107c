/**
 * The history that outlives the process. Leads that Postgres can count again are read again; everything else that a
 * descent looks back on, and what was learned of jobs and Pods, is kept, down-sampled, in the ConfigMap
 * `<platform>-history`, which is written once an hour at most (or once a sample, where a rehearsal has compressed the
 * look-back).
 */
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { History } from '../../src/model/decision.ts';
import { learnedOf } from '../../src/model/learned.ts';
import { emptyHistory } from '../../src/decide/decide.ts';
import { keptStep } from '../../src/ladder/need.ts';
import { persistedHistory, restoreHistory } from '../../src/ladder/persisted.ts';
import type { CapabilityName } from '../../src/api/names.ts';
import { childMetadata, HISTORY, componentLabels } from '../../src/kube/labels.ts';
import { lostBy } from '../../src/kube/lost-owner.ts';
import { writeChild } from '../runtime/children.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { controllerOf } from '../runtime/resources.ts';
import { asRefusal } from './failures.ts';
import { CHILD_TYPES, FIELD_MANAGER } from './kinds.ts';
import type { LeadPlatformObject } from './kinds.ts';
import type { PlatformState } from './platform-state.ts';
import type { ClusterCache } from './cluster-cache.ts';

export interface HistoryConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const KEY = 'history.json';
/** It is written this often at most; more often where a rehearsal compresses the look-back, but never without end. */
const KEEP_MS = 3_600_000;
const LEAST_KEEP_MS = 250;
/** A write that was refused is tried again after. */
const RETRY_MS = 30_000;

export const historyName = (platform: string): string => `${platform}-history`;

/** Whether the load of the past can be read again, so that it is not kept. */
function isReadAgain({ stores, signals }: LeadPlatformSpec): boolean {
  const { prometheus, http } = signals.leadsPerDay;
  return stores.postgres !== undefined && prometheus === undefined && http === undefined;
}

/** What of it is kept; undefined where all of it can be read again, or is in the status. */
function keptOf(history: History, spec: LeadPlatformSpec, isKept: boolean): History | undefined {
  const { load, sizes } = history;
  if (!isReadAgain(spec) && load.length + sizes.length > 0) return history;
  const { queues, starts, learned, needs, raisedOver, dataUpTo } = history;
  // What is kept is not left to say that a need raises the platform where none does any more.
  if (learnedOf(history) === undefined && dataUpTo === undefined && !isKept) return undefined;
  return { ...emptyHistory(), queues, starts, needs, raisedOver, dataUpTo, ...(learned && { learned }) };
}

/** What the operator knew of a platform before it started: its status, and its ConfigMap where it has one. */
export function restoredHistory(platform: LeadPlatformObject, kept: HistoryConfigMap | undefined): History {
  // One of a predecessor of the same name, or of somebody else, tells nothing of this platform.
  const isOurs = kept !== undefined && isHistoryOf(platform, kept);
  const text = isOurs ? textOf(kept) : undefined;
  const history = text === undefined ? emptyHistory() : restoreHistory(text);
  const { tier, tierSince, capabilities = [] } = platform.status ?? {};
  const since = Date.parse(tierSince ?? '');
  return {
    ...history,
    ...(tier !== undefined && { tier }),
    ...(!Number.isNaN(since) && { tierSince: since }),
    required: capabilities.filter(({ required }) => required).map(({ name }) => name as CapabilityName),
  };
}

/** Owned by the platform, or by none since it was restored from a backup. */
const isHistoryOf = ({ metadata: { name, uid } }: LeadPlatformObject, kept: KubeObject): boolean =>
  controllerOf(kept)?.uid === uid || lostBy(kept) === name;

/**
 * The ConfigMap as it should read. It is owned, for it is of no use without its platform.
 * @param step See `persistedHistory`.
 */
export function historyObject(
  platform: LeadPlatformObject,
  history: History,
  step?: number,
): HistoryConfigMap {
  const { name, namespace = '', uid = '', generation = 0 } = platform.metadata;
  const metadata = childMetadata(
    { name, namespace, uid, generation, annotations: {} },
    historyName(name),
    componentLabels(name, HISTORY),
  );
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { [KEY]: persistedHistory(history, step) },
  };
}

/** Writes the history where it is due and says something new. That its name is taken stops nothing else, and is told. */
export async function keepHistory(
  {
    cache,
    resources,
  }: { readonly cache: Pick<ClusterCache, 'child' | 'wroteChild'>; readonly resources: Resources },
  platform: LeadPlatformObject,
  state: PlatformState,
  spec: LeadPlatformSpec,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const { history, kept } = state;
  // Either way: a clock that was set back keeps nobody waiting for as long as it was.
  const isDue = kept === undefined || Math.abs(now - kept.at) >= keepEvery(spec, kept);
  // A process that did not know that a need raised the platform would bring what holds data.
  const isRaised = kept?.refusal === undefined && kept?.dataUpTo !== history?.dataUpTo;
  if (!isDue && !isRaised) return;
  const name = historyName(platform.metadata.name);
  const observed = cache.child('ConfigMap', `${platform.metadata.namespace ?? ''}/${name}`);
  const ours = observed !== undefined && isHistoryOf(platform, observed) ? observed : undefined;
  // What a process before this one has kept counts, too.
  const toKeep = history && keptOf(history, spec, kept !== undefined || ours !== undefined);
  if (toKeep === undefined) return;
  const { dataUpTo } = toKeep;
  const desired = historyObject(platform, toKeep, keptStep(spec.scaling));
  const text = desired.data?.[KEY] ?? '';
  if (kept?.text === text && kept.refusal === undefined) {
    // What was learned is looked at once an hour, and not at every pass from then on; a load is kept as soon as it changes.
    if (isReadAgain(spec)) state.kept = { at: now, text, dataUpTo };
    return;
  }
  // After a restart it says so already.
  if (ours !== undefined && textOf(ours) === text) {
    state.kept = { at: now, text, dataUpTo };
    return;
  }
  try {
    const written = await writeChild(resources, CHILD_TYPES.ConfigMap, desired, {
      fieldManager: FIELD_MANAGER,
      observed,
      isOurs: (live) => isHistoryOf(platform, live),
      signal,
    });
    cache.wroteChild('ConfigMap', written.object);
    state.kept = { at: now, text, dataUpTo };
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal === undefined) throw error;
    state.kept = { at: now, text, dataUpTo, refusal: { kind: 'ConfigMap', name, ...refusal } };
  }
}

const textOf = (kept: HistoryConfigMap): string | undefined => kept.data?.[KEY];

function keepEvery(spec: LeadPlatformSpec, { refusal }: NonNullable<PlatformState['kept']>): number {
  const most = refusal === undefined ? KEEP_MS : RETRY_MS;
  // What was learned alone is as good from an hour ago, whatever was compressed.
  if (isReadAgain(spec)) return most;
  const { scaling } = spec;
  return Math.min(most, Math.max(scaling.demote.lookback / 100, LEAST_KEEP_MS));
}
