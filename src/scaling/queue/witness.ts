/**
 * Which looks at a queue are believed: it is held against what was seen of it before, and against leads/minute.
 *
 * | the look                                                   | is not believed until                                           |
 * |------------------------------------------------------------|-----------------------------------------------------------------|
 * | finds no job, though leads come that keep workers busy     | it finds one, or leads no longer come, or a day went by         |
 * | tells the same as all those before it, though work goes on | it tells something else                                         |
 * | finds far more than was ever seen                          | another one does                                                |
 */
import { CLOCK_SKEW_MS } from '../../signals/fresh.ts';
import { isKnown, type Instant, type Known, type Reading, type Unknown } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import type { QueueFlow } from '../../model/queue-history.ts';
import type { LeadFlow, QueueWitness } from '../../model/witness.ts';
import {
  type Circumstances,
  type Expected,
  emptyAgainstLeads,
  expectedBetween,
  bearsOut,
  firstOfMany,
  nats,
  natsOfEmpty,
  sameForLong,
} from './doubts.ts';
import { unknownQueue } from './unknown-queue.ts';
import { countedWith, FORGOTTEN, workPerLead } from './work-per-lead.ts';

/** `flow` as it was before this look. */
export interface WitnessInput extends Circumstances {
  /** Pods that are asked for, of the component that serves the queue. */
  readonly workers: number;
  /** Its workers finish hardly anything, so that it says nothing of leads how many of them have a job. */
  readonly isHeldUp: boolean;
  /** What was read, where its time and its range can be believed. */
  readonly reading: Reading<QueueReading>;
  /** It is from so long ago that nobody knows what came since. */
  readonly isOld: boolean;
}

export interface Witnessed {
  readonly reading: Reading<QueueReading>;
  readonly witness: QueueWitness | undefined;
}

/** Seconds over which improbability is summed up, or looks where they are rare: longer, and what came to an end is held against a queue. */
const SAMENESS_MEMORY_S = 120;
const FEWEST_LOOKS = 20;
/** Twice what a doubt of an empty queue takes: it lasts for some 80 s where no more is added. */
const MOST_NATS = 32;
/** Looks over which it is known how often they repeat themselves. */
const REPEATS_MEMORY = 300;
const DAY_S = 86_400;

/** After one more look. */
export function bearWitness(before: QueueWitness | undefined, input: WitnessInput): Witnessed {
  const { reading, isOld } = input;
  if (!isKnown(reading)) return { reading, witness: before && blind(before, input) };
  // One from long before the last one: a clock was set back.
  if (before === undefined || reading.at < before.at - CLOCK_SKEW_MS)
    return { reading, witness: first(reading) };
  if (reading.at > before.at) return compared(before, reading, input);
  // The same look once more.
  const { doubt } = before;
  return { reading: doubt ?? reading, witness: doubt !== undefined || isOld ? blind(before, input) : before };
}

const blind = (before: QueueWitness, input: WitnessInput): QueueWitness => ({
  ...before,
  unknown: unknownQueue(before, input),
});

function first({ value, at }: Known<QueueReading>): QueueWitness {
  const { ready, inFlight, delayed, oldestAgeSeconds: age } = value;
  const most = ready + inFlight;
  return { at, ready, inFlight, delayed, age, repeats: 1, sameness: 0, most, ...FORGOTTEN, countedAt: at };
}

function compared(before: QueueWitness, reading: Known<QueueReading>, input: WitnessInput): Witnessed {
  const { at, value } = reading;
  const { ready, inFlight, delayed, oldestAgeSeconds } = value;
  const seconds = (at - before.at) / 1_000;
  const expected = expectedBetween(before, input, seconds);
  // A line that nobody takes from grows old: it does not tell the same.
  const isSame =
    ready === before.ready &&
    inFlight === before.inFlight &&
    delayed === before.delayed &&
    (ready === 0 || oldestAgeSeconds === before.age);
  const sameness = isSame ? samenessAfter(before, ready + inFlight === 0, expected, seconds) : 0;
  const seen = { ready, inFlight, sameness };
  const most = before.most * 0.5 ** (seconds / DAY_S);
  const series = isRecent(before.series, at) ? before.series : undefined;
  const isAgain = series !== undefined && before.unknown === undefined;
  const emptyDoubt = emptyAgainstLeads(seen, expected, input.leads, isAgain);
  const jumpDoubt = firstOfMany(before.jump, reading, most);
  const doubt = emptyDoubt ?? sameForLong(seen, expected) ?? jumpDoubt;
  const isBelieved = doubt === undefined;
  // Those that a doubt of this kind has made are not kept by the next one.
  const kept = emptyDoubt ? Math.min(input.workers, series?.workers ?? Infinity) : input.workers;
  return {
    reading: doubt ?? reading,
    witness: {
      ...seen,
      at,
      delayed,
      age: oldestAgeSeconds,
      doubt,
      // Slowly while that is doubted: some jobs of hours may look the same for hours.
      repeats:
        before.repeats +
        (Number(isSame) - before.repeats) / (isBelieved ? REPEATS_MEMORY : 10 * REPEATS_MEMORY),
      most: isBelieved ? Math.max(most, ready + inFlight) : most,
      jump: jumpDoubt && reading,
      borneOut: isBelieved && bearsOut(value, before.jump) ? before.jump : undefined,
      unknown: doubt && unknownQueue(before, input, kept),
      series: emptyDoubt ? { workers: series?.workers ?? input.workers, last: at } : before.series,
      contradicted: emptyDoubt ? contradictedAgain(before.contradicted, at) : before.contradicted,
      ...workOf(before, reading, doubt, input),
    },
  };
}

/** Where jobs come and go like a clock, as in a test of load, looks tell the same for good reasons. */
function samenessAfter(
  { sameness, repeats }: QueueWitness,
  isEmpty: boolean,
  expected: Expected,
  seconds: number,
): number {
  const kept = Math.exp(-Math.min(seconds / SAMENESS_MEMORY_S, 1 / FEWEST_LOOKS));
  // That it is empty is held against leads alone.
  // Once no lead comes any more there is nothing to hold it against, and soon after most have gone.
  if (isEmpty) return expected.load ? Math.min(MOST_NATS, kept * sameness + natsOfEmpty(expected)) : 0;
  return kept * sameness + Math.min(nats(expected), -Math.log(repeats));
}

/** Doubts of an empty queue with a few looks in between that are believed are of one series. */
const SERIES_MS = 900_000;

type Series = NonNullable<QueueWitness['series']>;
const isRecent = (series: Series | undefined, at: Instant): series is Series =>
  series !== undefined && at - series.last < SERIES_MS;

/** A queue that is left alone has a job now and then, and is contradicted all the same. */
const contradictedAgain = (before: QueueWitness['contradicted'], last: Instant) => ({
  since: before !== undefined && last - before.last < AGAIN_MS ? before.since : last,
  last,
});

/** Whoever is contradicted for a day may be right: what a lead makes is learned anew. */
const LONGEST_DOUBT_MS = 86_400_000;
const AGAIN_MS = 4 * 3_600_000;

/** Jobs that wait and that leads of a quarter of an hour can have made; more are those of a newsletter, which say nothing of leads. */
function mostOfLeads(before: QueueWitness, flow: QueueFlow | undefined, { rate }: LeadFlow): number {
  const perLead = workPerLead(before);
  if (perLead === undefined || flow === undefined) return Infinity;
  return FEW_JOBS + (QUARTER_HOUR_S * rate * perLead) / flow.serviceSeconds;
}
const QUARTER_HOUR_S = 900;
const FEW_JOBS = 25;

/** What a lead makes in the queue, learned while it is believed. */
function workOf(
  before: QueueWitness,
  { value, at }: Known<QueueReading>,
  doubt: Unknown | undefined,
  { flow, leads, isHeldUp }: WitnessInput,
): Pick<QueueWitness, 'work' | 'leads' | 'countedAt'> {
  const { work, leads: counted, contradicted } = before;
  if (doubt !== undefined && contradicted !== undefined && at - contradicted.since > LONGEST_DOUBT_MS)
    return { ...FORGOTTEN, countedAt: at };
  if (
    isHeldUp ||
    doubt !== undefined ||
    leads === undefined ||
    value.ready > mostOfLeads(before, flow, leads)
  )
    return { work, leads: counted, countedAt: at };
  return countedWith(before, (before.inFlight + value.inFlight) / 2, leads, at);
}
