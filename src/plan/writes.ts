/** Wanted objects against live ones: what to create, to apply and to leave alone, and what had drifted. */
import { ADOPT_ANNOTATION } from '../api/names.ts';
import type { Instant } from '../signals/reading.ts';
import { differences } from './diff.ts';
import { shortHash } from './hash.ts';
import type { Observed } from './observed.ts';
import { stampOf } from './stamp.ts';
import { type Action, childKey, type KubeObject, type LastWrite, type ObservedChild } from './types.ts';

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 600_000;

/** A child that somebody changed, or changed back. */
export interface Drift {
  readonly kind: string;
  readonly name: string;
  readonly paths: readonly string[];
}

/** A name that is taken. */
export interface Conflict {
  readonly kind: string;
  readonly name: string;
  readonly message: string;
}

export interface Writes {
  readonly actions: readonly Action[];
  readonly drift: readonly Drift[];
  readonly conflicts: readonly Conflict[];
  /** When a write that is held back is tried again. */
  readonly retryAt: Instant | undefined;
}

type Outcome =
  | { readonly action: Action; readonly drift?: Drift }
  | { readonly conflict: Conflict }
  | { readonly retryAt: Instant }
  | undefined;

export function writes(observed: Observed, desired: readonly KubeObject[]): Writes {
  const outcomes = desired
    .map((object) => write(observed, object))
    .filter((outcome) => outcome !== undefined);
  const retries = outcomes.flatMap((outcome) => ('retryAt' in outcome ? [outcome.retryAt] : []));
  return {
    actions: outcomes.flatMap((outcome) => ('action' in outcome ? [outcome.action] : [])),
    drift: outcomes.flatMap((outcome) => ('drift' in outcome && outcome.drift ? [outcome.drift] : [])),
    conflicts: outcomes.flatMap((outcome) => ('conflict' in outcome ? [outcome.conflict] : [])),
    retryAt: retries.length > 0 ? Math.min(...retries) : undefined,
  };
}

function write(observed: Observed, object: KubeObject): Outcome {
  const key = childKey(object);
  const taken = observed.foreign.get(key);
  if (taken !== undefined) return adopt(observed, object, taken);
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
  // The mark is one of the annotations, so a change of ours is always a difference.
  if (paths.length === 0) return undefined;
  // Our own annotations follow from the fields that changed, and say nothing beside them.
  const fields = paths.filter((path) => !path.startsWith('metadata.annotations.leadplatform.io/'));
  const why = `${ours ? 'changed' : 'drifted'}: ${fields.length > 0 ? fields.join(', ') : 'a field is no longer wanted'}`;
  const drift = { kind: object.kind, name: object.metadata.name, paths };
  const { uid = '' } = live.metadata;
  return marked(observed, object, shortHash([stampOf(object), stampOf(live), paths]), (mark) => ({
    action: { do: 'apply', object, uid, why, ...mark },
    ...(!ours && { drift }),
  }));
}

/** Something that was there before is taken over only where it says itself that it may be. */
function adopt(observed: Observed, object: KubeObject, { object: taken }: ObservedChild): Outcome {
  const { kind, metadata } = taken;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const { name: platform } = observed.snapshot.platform;
  if (owner === undefined && metadata.annotations?.[ADOPT_ANNOTATION] === platform) {
    const { uid = '' } = metadata;
    return marked(observed, object, shortHash([stampOf(object), 'adopt', uid]), (mark) => ({
      action: {
        do: 'apply',
        object,
        uid,
        why: `adopted: its annotation ${ADOPT_ANNOTATION} allows it`,
        ...mark,
      },
    }));
  }
  const whose = owner === undefined ? 'was there before' : `belongs to ${owner.kind} ${owner.name}`;
  const cure =
    owner === undefined
      ? `annotate it ${ADOPT_ANNOTATION}=${platform} to hand it over, or rename or delete it`
      : 'rename or delete one of the two';
  return {
    conflict: {
      kind,
      name: metadata.name,
      message: `${kind} ${metadata.name} is needed but ${whose}; it is left alone: ${cure}`,
    },
  };
}

/**
 * Gives a write its mark, or holds it back where the same one went through a moment ago: it was not seen yet, or somebody
 * writes it back. 5 s, 10 s, 20 s … 10 min, and from the start again once it has held for twice as long.
 */
function marked(
  { snapshot, now }: Observed,
  object: KubeObject,
  fingerprint: string,
  make: (mark: { fingerprint: string; attempt: number }) => Outcome,
): Outcome {
  const last: LastWrite | undefined = snapshot.lastWrites?.[childKey(object)];
  if (last === undefined || last.fingerprint !== fingerprint) return make({ fingerprint, attempt: 1 });
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (last.attempt - 1), LONGEST_WAIT_MS);
  if (now < last.at + wait) return { retryAt: last.at + wait };
  return make({ fingerprint, attempt: now <= last.at + 2 * wait ? last.attempt + 1 : 1 });
}
