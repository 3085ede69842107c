/** Wanted objects against live ones: what to create and to apply, and what had drifted. */
import { askedReplicas } from '../../kube/workload.ts';
import { nominalWaitMs } from '../../model/backoff.ts';
import type { Instant } from '../../model/reading.ts';
import { differences } from '../../kube/diff.ts';
import { shortHash } from '../../kube/hash.ts';
import type { Observed } from '../../cluster/observed.ts';
import { stampOf } from '../../kube/stamp.ts';
import type { Action } from '../types.ts';
import type { Adjustment } from '../../kube/adjustment.ts';
import { childKey, type KubeObject } from '../../kube/object.ts';

const BACKOFF = { baseMs: 5_000, maxMs: 600_000 };

/** A child that somebody changed, or changed back. */
export interface Drift {
  readonly kind: string;
  readonly name: string;
  readonly paths: readonly string[];
  /** Replicas that somebody else set, and those that are put back. */
  readonly scaled?: { readonly from: number; readonly to: number };
}

export interface Writes {
  readonly actions: readonly Action[];
  readonly drift: readonly Drift[];
  /** When a write that is held back is tried again. */
  readonly retryAt: Instant | undefined;
}

type Outcome =
  { readonly action: Action; readonly drift?: Drift } | { readonly retryAt: Instant } | undefined;

export function writes(observed: Observed, desired: readonly KubeObject[]): Writes {
  return inOne(desired.map((object) => write(observed, object)));
}

function inOne(all: readonly Outcome[]): Writes {
  const outcomes = all.filter((outcome) => outcome !== undefined);
  const retries = outcomes.flatMap((outcome) => ('retryAt' in outcome ? [outcome.retryAt] : []));
  return {
    actions: outcomes.flatMap((outcome) => ('action' in outcome ? [outcome.action] : [])),
    drift: outcomes.flatMap((outcome) => ('drift' in outcome && outcome.drift ? [outcome.drift] : [])),
    retryAt: retries.length > 0 ? Math.min(...retries) : undefined,
  };
}

/** What is to be written of objects of others; one that somebody sets back waits longer each time. */
export function adjustments(observed: Observed, wanted: readonly Adjustment[]): Writes {
  return inOne(
    wanted.map(({ live, annotations, spec, why }) => {
      const { apiVersion, kind, metadata } = live;
      const { name, namespace, uid, resourceVersion } = metadata;
      const object = {
        apiVersion,
        kind,
        metadata: {
          name,
          ...(namespace !== undefined && { namespace }),
          ...(uid !== undefined && { uid }),
          ...(resourceVersion !== undefined && { resourceVersion }),
        },
      };
      const change = { annotations, ...(spec !== undefined && { spec }) };
      return marked(observed, live, shortHash([uid, change]), (mark) => ({
        action: { do: 'adjust', object, change, why, ...mark },
      }));
    }),
  );
}

function write(observed: Observed, object: KubeObject): Outcome {
  const key = childKey(object);
  const live = observed.own.get(key)?.object;
  if (live === undefined) {
    return marked(observed, object, shortHash([stampOf(object), 'create']), (mark) => ({
      action: { do: 'create', object, why: 'it does not exist', ...mark },
    }));
  }
  // It is on its way out; once it is gone it is made again.
  if (live.metadata.deletionTimestamp !== undefined) return undefined;
  const paths = differences(object, live);
  const ours = stampOf(live) !== stampOf(object);
  // The pods of a Job cannot be changed: one that is there stays as it was made.
  if (object.kind === 'Job' && (ours || paths.some((path) => path.startsWith('spec.')))) return undefined;
  // The mark is one of the annotations, so a change of ours is always a difference.
  if (paths.length === 0) return undefined;
  // Our own annotations follow from the fields that changed, and say nothing beside them.
  const fields = paths.filter((path) => !path.startsWith('metadata.annotations.leadplatform.io/'));
  const why = `${ours ? 'changed' : 'drifted'}: ${fields.length > 0 ? fields.join(', ') : 'a field is no longer wanted'}`;
  const scaled = paths.includes(REPLICAS) && { from: askedReplicas(object), to: askedReplicas(live) };
  const drift: Drift = { kind: object.kind, name: object.metadata.name, paths, ...(scaled && { scaled }) };
  const { uid = '' } = live.metadata;
  return marked(observed, object, shortHash([stampOf(object), stampOf(live), paths]), (mark) => ({
    action: { do: 'apply', object, uid, why, ...mark },
    ...(!ours && { drift }),
  }));
}

const REPLICAS = 'spec.replicas';

/**
 * Gives a write its mark, or holds it back where the same one went through a moment ago: it was not seen yet, or somebody
 * writes it back. From 5 s, growing to 10 min, and from the start again once it has held for twice as long.
 */
function marked(
  { snapshot, now }: Observed,
  object: KubeObject,
  fingerprint: string,
  make: (mark: { fingerprint: string; attempt: number }) => Outcome,
): Outcome {
  const last = snapshot.lastWrites.get(childKey(object));
  if (last === undefined || last.fingerprint !== fingerprint) return make({ fingerprint, attempt: 1 });
  const wait = nominalWaitMs(BACKOFF, last.attempt - 1);
  // One that was written in the future was written before the clock was set back.
  if (now >= last.at && now < last.at + wait) return { retryAt: last.at + wait };
  return make({ fingerprint, attempt: now <= last.at + 2 * wait ? last.attempt + 1 : 1 });
}
