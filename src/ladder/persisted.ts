/** The part of a history that outlives the process, as compact text; and the load of the past, put back into it. */
import * as z from 'zod';
import { CAPABILITY_NAMES } from '../api/names.ts';
import { emptyHistory } from '../model/history.ts';
import { learnedOf, type Learned } from '../model/learned.ts';
import type { History } from '../model/decision.ts';
import { MAX_SIZES } from '../signals/projection.ts';
import type { PastLoad } from '../model/past-load.ts';
import type { QueueNeed } from '../model/need.ts';
import { MAX_SLOTS, mergePast } from './load.ts';
import { MOST_LASTED } from './need.ts';

/** More than this was not written here. 200 slots and 60 sizes take about 9 kB. */
const MAX_TEXT = 100_000;

const at = z.number().min(0).max(8.64e15);
const amount = z.number().min(0).max(1e18);
const name = z.string().min(1).max(253);
const seconds = z.number().min(1e-9).max(1e9);
/** Queues and components of one platform, with room for those that it had before. */
const MOST_LEARNED = 200;
/** One worker is on every tier; half of one leaves room for any margin. */
const LEAST_NEED = 0.5;

/** Names are short for the sake of a ConfigMap that is written often; slots are [start, until, low, high], jobs
 * [queue, service seconds, jobs on which those rest, dispersion, unevenness], starts [component, seconds], needs that lasted
 * [queue, [when, workers]]. */
const Persisted = z.object({
  v: z.literal(1),
  tier: z.string().min(1).max(63).optional(),
  tierSince: at.optional(),
  raisedOver: z.string().min(1).max(63).optional(),
  dataUpTo: z.string().min(1).max(63).optional(),
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
  jobs: z
    .array(z.tuple([name, seconds, amount, amount, amount]))
    .max(MOST_LEARNED)
    .optional(),
  needs: z
    .array(z.tuple([name, z.array(z.tuple([at, amount])).max(MOST_LASTED)]))
    .max(MOST_LEARNED)
    .optional()
    // They last for days. What they were read with, load and tiers, is worth more.
    .catch(undefined),
  starts: z
    .array(z.tuple([name, seconds]))
    .max(MOST_LEARNED)
    .optional(),
});

/**
 * Writes what outlives the process.
 * @param step The times at which needs lasted are rounded down to it, in milliseconds.
 */
export function persistedHistory(history: History, step = 1): string {
  const { tier, tierSince, raisedOver, dataUpTo, required, load, sizes, connections, needs } = history;
  const learned = learnedOf(history);
  return JSON.stringify({
    v: 1,
    tier,
    tierSince,
    raisedOver,
    dataUpTo,
    required: [...required],
    load: load.map(({ start, until, low, high }) => [start, until, low, high]),
    sizes: sizes.map((size) => [size.at, size.value]),
    connections: connections && [connections.others, connections.allowed, connections.at],
    ...(learned && learnedAsText(learned)),
    needs: needs && lastedAsText(needs, step),
  } satisfies z.input<typeof Persisted>);
}

/** Rounded, so that it changes only once it is another. */
const rounded = (value: number): number => Number(value.toPrecision(2));

/** How long a need has lasted until now begins again with the process: it was not seen meanwhile. */
function lastedAsText(
  needs: NonNullable<History['needs']>,
  step: number,
): z.input<typeof Persisted>['needs'] {
  const all = Object.entries(needs).map(([queue, { lasted }]): [string, [number, number][]] => [
    queue,
    lasted
      .filter(({ workers }) => workers >= LEAST_NEED)
      .map((one): [number, number] => [Math.floor(one.at / step) * step, rounded(one.workers)]),
  ]);
  const worth = all.filter(([, lasted]) => lasted.length > 0);
  return worth.length === 0 ? undefined : worth.slice(0, MOST_LEARNED);
}

function restoredNeeds({ needs = [] }: z.output<typeof Persisted>): Pick<History, 'needs'> {
  const all = needs.map(([queue, lasted]): [string, QueueNeed] => [
    queue,
    {
      at: lasted.at(-1)?.[0] ?? 0,
      recent: [],
      lasted: lasted.map(([when, workers]) => ({ at: when, workers })),
    },
  ]);
  return all.length === 0 ? {} : { needs: Object.fromEntries(all) };
}

function learnedAsText({
  queues,
  startSeconds,
}: Learned): Pick<z.input<typeof Persisted>, 'jobs' | 'starts'> {
  const jobs = Object.entries(queues).map(([queue, one]): [string, number, number, number, number] => [
    queue,
    rounded(one.serviceSeconds),
    rounded(one.learnedFrom),
    rounded(one.dispersion),
    rounded(one.unevenness),
  ]);
  const starts = Object.entries(startSeconds).map(([component, one]): [string, number] => [
    component,
    rounded(one),
  ]);
  return { jobs: jobs.slice(-MOST_LEARNED), starts: starts.slice(-MOST_LEARNED) };
}

function restoredLearned({ jobs = [], starts = [] }: z.output<typeof Persisted>): Pick<History, 'learned'> {
  if (jobs.length === 0) return {};
  const queues = jobs.map(([queue, serviceSeconds, learnedFrom, dispersion, unevenness]) => [
    queue,
    { serviceSeconds, learnedFrom, dispersion, unevenness },
  ]);
  return {
    learned: {
      queues: Object.fromEntries(queues) as Learned['queues'],
      startSeconds: Object.fromEntries(starts),
    },
  };
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
  const { tier, tierSince, raisedOver, dataUpTo, required, sizes, connections } = result.data;
  const load = result.data.load.map(([start, until, low, high]) => ({ start, until, low, high }));
  if (!inOrder(load)) return emptyHistory();
  return {
    ...emptyHistory(),
    ...(tier !== undefined && { tier }),
    ...(tierSince !== undefined && { tierSince }),
    ...(raisedOver !== undefined && { raisedOver }),
    ...(dataUpTo !== undefined && { dataUpTo }),
    ...restoredNeeds(result.data),
    ...(connections && {
      connections: { others: connections[0], allowed: connections[1], at: connections[2] },
    }),
    ...restoredLearned(result.data),
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
