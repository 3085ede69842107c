/**
 * Which looks at a queue are believed: it is held against what was seen of it before, and against leads/minute.
 *
 * | the look                                                    | is                                                            |
 * |-------------------------------------------------------------|---------------------------------------------------------------|
 * | finds no job, though leads come that keep workers busy      | not believed until it finds one, or leads no longer come      |
 * | tells the same as all those before it, though work goes on  | not believed until it tells something else                    |
 * | finds far more than was ever seen                           | believed once another one bears it out: a line that came at   |
 * |                                                             | once ages, for whoever is first in it waits                   |
 */
import { CLOCK_SKEW_MS } from '../../signals/fresh.ts';
import { isKnown, type Instant, type Known, type Reading, type Unknown } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import type { QueueWitness } from '../../model/witness.ts';
import {
  type Circumstances,
  emptyAgainstLeads,
  expectedBetween,
  jumpAfter,
  jumped,
  nats,
  sameForLong,
} from './doubts.ts';
import { unknownQueue } from './unknown-queue.ts';
import { countedWith, FORGOTTEN } from './work-per-lead.ts';

/** `flow` as it was before this look; `workers`: Pods that are asked for, of the component that serves the queue. */
export interface WitnessInput extends Circumstances {
  /** What was read, where its time and its range can be believed. */
  readonly reading: Reading<QueueReading>;
  /** It is from so long ago that nobody knows what came since. */
  readonly isOld: boolean;
  /** Seconds within which a job has to begin. */
  readonly objective: number;
  readonly now: Instant;
}

export interface Witnessed {
  readonly reading: Reading<QueueReading>;
  readonly witness: QueueWitness | undefined;
}

/** Over which improbability is summed up: longer, and what came to an end is held against a queue for long. */
const SAMENESS_MEMORY_S = 120;
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
  const { ready, inFlight, delayed, oldestAgeSeconds: age = 0 } = value;
  return {
    at,
    ready,
    inFlight,
    delayed,
    age,
    repeats: 1,
    sameness: 0,
    most: ready + inFlight,
    ...FORGOTTEN,
    countedAt: at,
  };
}

function compared(before: QueueWitness, reading: Known<QueueReading>, input: WitnessInput): Witnessed {
  const { at, value } = reading;
  const { ready, inFlight, delayed, oldestAgeSeconds: age = 0 } = value;
  const seconds = (at - before.at) / 1_000;
  const expected = expectedBetween(before, input, seconds);
  const isSame = ready === before.ready && inFlight === before.inFlight && delayed === before.delayed;
  const kept = Math.exp(-seconds / SAMENESS_MEMORY_S);
  const isEmpty = ready + inFlight === 0;
  // Where jobs come and go like a clock, as in a test of load, looks tell the same for good reasons.
  const improbable = isEmpty ? nats(expected) : Math.min(nats(expected), -Math.log(before.repeats));
  const seen = { ready, inFlight, sameness: isSame ? kept * before.sameness + improbable : 0 };
  const most = before.most * 0.5 ** (seconds / DAY_S);
  const jump = jumpAfter(before, reading, { most, taken: expected.taken, workers: input.workers });
  const doubt =
    emptyAgainstLeads(seen, expected, input.leads) ??
    sameForLong(seen, expected) ??
    jumped(jump, reading, most, input.objective);
  return {
    reading: doubt ?? reading,
    witness: {
      ...seen,
      at,
      delayed,
      age,
      jump,
      doubt,
      repeats:
        doubt === undefined
          ? before.repeats + ((isSame ? 1 : 0) - before.repeats) / REPEATS_MEMORY
          : before.repeats,
      most: doubt === undefined && jump === undefined ? Math.max(most, ready + inFlight) : most,
      unknown: doubt && unknownQueue({ ...before, jump }, input),
      ...workOf(before, reading, doubt, input),
    },
  };
}

/** Whoever is contradicted for a day may be right. */
const LONGEST_DOUBT_MS = 86_400_000;

/** What a lead makes in the queue, learned while it is believed. */
function workOf(
  before: QueueWitness,
  { value, at }: Known<QueueReading>,
  doubt: Unknown | undefined,
  { leads, now }: WitnessInput,
): Pick<QueueWitness, 'work' | 'leads' | 'countedAt'> {
  const { work, leads: counted } = before;
  if (doubt !== undefined && now - (before.unknown?.since ?? now) > LONGEST_DOUBT_MS)
    return { ...FORGOTTEN, countedAt: at };
  if (doubt !== undefined || leads === undefined) return { work, leads: counted, countedAt: at };
  return countedWith(before, (before.inFlight + value.inFlight) / 2, leads, at);
}
