/** Why a look at a queue is not believed: three questions, each of which gives a sentence. */
import { unknown, type Known, type Unknown } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import type { LeadFlow, QueueJump, QueueWitness } from '../../model/witness.ts';
import type { QueueFlow } from '../../model/queue-history.ts';
import { count, plural } from '../../text/words.ts';
import { workPerLead } from './work-per-lead.ts';

/** What chance does once in nine million looks: once in a hundred days of a look each second. */
const EMPTY_NATS = 16;
/** What it does once in half a thousand million. */
const SAME_NATS = 20;
/** Jobs that the service time rests on before completions are foretold from it: four times what the spec's throughput is worth. */
const FEWEST_LEARNED = 60;
/** More than so many times the most that was seen is beyond anything seen; and never less than that of so many. */
const JUMP = 8;
const FEWEST_SEEN = 25;
/** A line that came all at once ages as fast as the clock, but for so many seconds of rounding. */
const AGE_ROUNDING_S = 1.5;
/** Seconds by which it has to outlast the age that the first in line had before; and until all that waited then can be gone. */
const OUTLASTING_S = 8;

/** What should have happened since the look before. */
export interface Expected {
  /** Workers that the jobs of leads keep busy; undefined while nobody can tell. */
  readonly load: number | undefined;
  /** Changes that are still to be seen: a job that came and went in between is not. */
  readonly arrivals: number;
  readonly completions: number;
  /** Jobs that the workers can have taken. */
  readonly taken: number;
}

const NOTHING: Expected = { load: undefined, arrivals: 0, completions: 0, taken: 0 };

export interface Circumstances {
  readonly flow: QueueFlow | undefined;
  /** Undefined while leads/minute is unknown. */
  readonly leads: LeadFlow | undefined;
  readonly workers: number;
}

export function expectedBetween(before: QueueWitness, given: Circumstances, seconds: number): Expected {
  const { flow, leads, workers } = given;
  if (flow === undefined) return NOTHING;
  const { serviceSeconds, learnedFrom, steady } = flow;
  const perLead = workPerLead(before);
  const isLearned = learnedFrom >= FEWEST_LEARNED;
  // Those of the last minute may have been worked off by now, and those of before are.
  const load = leads && perLead && Math.min(leads.rate, leads.recent) * perLead;
  const rate = load === undefined ? (isLearned ? steady.rate : 0) : load / serviceSeconds;
  const visible = serviceSeconds * (1 - Math.exp(-seconds / serviceSeconds));
  return {
    load,
    arrivals: rate * visible,
    completions: isLearned ? (before.inFlight / serviceSeconds) * visible : 0,
    taken: (workers * seconds) / serviceSeconds,
  };
}

/**
 * How improbable it is that the number of jobs stays the same, in nats. With a arrivals and b completions expected, both by chance, the
 * probability is e^−(a+b) I₀(2√(ab)) (Skellam 1946), of which the logarithm is taken as −(√a − √b)² − ½ ln(1 + 4√(ab)).
 */
export const nats = ({ arrivals: a, completions: b }: Expected): number =>
  (Math.sqrt(a) - Math.sqrt(b)) ** 2 + Math.log(1 + 4 * Math.sqrt(a * b)) / 2;

type Seen = Pick<QueueWitness, 'ready' | 'inFlight' | 'sameness'>;

/** No job at all, where by the leads that come some are always worked on. */
export function emptyAgainstLeads(
  { ready, inFlight, sameness }: Seen,
  { load }: Expected,
  leads: LeadFlow | undefined,
): Unknown | undefined {
  if (ready + inFlight > 0 || load === undefined || load + sameness < EMPTY_NATS) return undefined;
  return unknown(
    'Suspicious',
    `it has no job, while ${count(60 * (leads?.rate ?? 0))} leads/min come, which keep ${plural(load, 'worker')} busy as a rule`,
  );
}

export function sameForLong(
  { ready, inFlight, sameness }: Seen,
  { arrivals, completions }: Expected,
): Unknown | undefined {
  // An empty queue changes with arrivals alone, and these are what it is held against above.
  if (ready + inFlight === 0 || sameness < SAME_NATS) return undefined;
  const changes = arrivals + completions;
  return unknown(
    'Suspicious',
    `it tells the same ${plural(ready, 'job')} ready and ${count(inFlight)} in flight look after look, where about ${count(changes)} should come and go between two`,
  );
}

/** A jump begins with a number beyond anything seen, and ends with one that is not, or once all that came at once can be gone. */
export function jumpAfter(
  { jump, ready: waitedBefore, age: ageBefore }: QueueWitness,
  { value: { ready, inFlight }, at }: Known<QueueReading>,
  { most, taken, workers }: { readonly most: number; readonly taken: number; readonly workers: number },
): QueueJump | undefined {
  const jobs = ready + inFlight;
  if (jump === undefined) {
    if (jobs <= JUMP * Math.max(FEWEST_SEEN, most)) return undefined;
    return { since: at, jobs, waitedBefore, ageBefore, taken: 0, workers };
  }
  const all = jump.taken + taken;
  // Half of it: workers may be quicker than they are known to be.
  return 2 * all >= jump.jobs || 2 * jobs < jump.jobs ? undefined : { ...jump, taken: all };
}

/**
 * A line that came at once ages, for whoever is first in it waits. Where that is not told, a second look is enough.
 * @param objective Seconds within which a job has to begin.
 */
export function jumped(
  jump: QueueJump | undefined,
  { value: { ready, oldestAgeSeconds }, at }: Known<QueueReading>,
  most: number,
  objective: number,
): Unknown | undefined {
  if (jump === undefined) return undefined;
  const seconds = (at - jump.since) / 1_000;
  const told = `it has ${plural(ready, 'job')}, where ${count(most)} were the most`;
  const waits = unknown('NotYetCompared', `${told}; another look will tell`);
  if (seconds === 0) return waits;
  if (oldestAgeSeconds === undefined) return undefined;
  if (oldestAgeSeconds < seconds - AGE_ROUNDING_S)
    return unknown(
      'Suspicious',
      `${told}, and for ${count(seconds)} s; but the first in line has waited for ${count(oldestAgeSeconds)} s`,
    );
  const areOldGone = jump.taken >= jump.waitedBefore || seconds >= objective;
  return seconds >= jump.ageBefore + OUTLASTING_S && areOldGone ? undefined : waits;
}
