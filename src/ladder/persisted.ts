/** The part of a history that outlives the process, as compact text; and the load of the past, put back into it. */
import * as z from 'zod';
import { CAPABILITY_NAMES } from '../api/names.ts';
import { emptyHistory } from '../model/history.ts';
import type { History } from '../model/decision.ts';
import { MAX_SIZES } from '../signals/projection.ts';
import type { PastLoad } from '../model/past-load.ts';
import { MAX_SLOTS, mergePast } from './load.ts';

/** More than this was not written here. 200 slots and 60 sizes take about 9 kB. */
const MAX_TEXT = 100_000;

const at = z.number().min(0).max(8.64e15);
const amount = z.number().min(0).max(1e18);

/** Names are short for the sake of a ConfigMap that is written often; slots are [start, until, low, high]. */
const Persisted = z.object({
  v: z.literal(1),
  tier: z.string().min(1).max(63).optional(),
  tierSince: at.optional(),
  raisedOver: z.string().min(1).max(63).optional(),
  required: z.array(z.enum(CAPABILITY_NAMES)).max(CAPABILITY_NAMES.length).default([]),
  load: z
    .array(z.tuple([at, at, amount, amount]))
    .max(MAX_SLOTS)
    .default([]),
  sizes: z
    .array(z.tuple([at, amount]))
    .max(MAX_SIZES)
    .default([]),
  connections: z.tuple([amount, amount, at]).optional(),
});

/** Writes what outlives the process. */
export function persistedHistory(history: History): string {
  const { tier, tierSince, raisedOver, required, load, sizes, connections } = history;
  return JSON.stringify({
    v: 1,
    tier,
    tierSince,
    raisedOver,
    required: [...required],
    load: load.map(({ start, until, low, high }) => [start, until, low, high]),
    sizes: sizes.map((size) => [size.at, size.value]),
    connections: connections && [connections.others, connections.allowed, connections.at],
  } satisfies z.input<typeof Persisted>);
}

function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  if (json.length > MAX_TEXT) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Whether slots follow one another in time and make sense each: else somebody else wrote them. */
function inOrder(load: History['load']): boolean {
  return load.every(
    ({ start, until, low, high }, index) =>
      start <= until && low <= high && (index === 0 || load[index - 1]!.until < start),
  );
}

/** Reads what `persistedHistory` wrote, as text or already parsed. Anything else is the empty history, never an error. */
export function restoreHistory(json: unknown): History {
  const result = Persisted.safeParse(parsed(json));
  if (!result.success) return emptyHistory();
  const { tier, tierSince, raisedOver, required, sizes, connections } = result.data;
  const load = result.data.load.map(([start, until, low, high]) => ({ start, until, low, high }));
  if (!inOrder(load)) return emptyHistory();
  return {
    ...emptyHistory(),
    ...(tier !== undefined && { tier }),
    ...(tierSince !== undefined && { tierSince }),
    ...(raisedOver !== undefined && { raisedOver }),
    ...(connections && {
      connections: { others: connections[0], allowed: connections[1], at: connections[2] },
    }),
    required,
    load,
    sizes: sizes.map(([when, value]) => ({ at: when, value })),
  };
}

/** Puts the load of the past into a history, where it was not observed itself. */
export function backfill(history: History, past: readonly PastLoad[]): History {
  const load = mergePast(history.load, past);
  return load === history.load ? history : { ...history, load };
}
