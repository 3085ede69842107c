/** Why a look at a queue is not believed: three questions, each of which gives a sentence. */
import { unknown, type Known, type Unknown } from '../../model/reading.ts';
import type { QueueReading } from '../../model/readings.ts';
import type { LeadFlow, QueueWitness } from '../../model/witness.ts';
import type { QueueFlow } from '../../model/queue-history.ts';
import { count, plural } from '../../text/words.ts';
import { workPerLead } from './work-per-lead.ts';

/** What chance does once in nine million looks: once in a hundred days of a look each second. */
const EMPTY_NATS = 16;
/** What it does once in half a thousand million. */
const SAME_NATS = 20;
/** Leads may make so much less work than they did of late. */
const LEAST_SHARE = 0.5;
/** Jobs that the service time rests on before completions are foretold from it: four times what the spec's throughput is worth. */
const FEWEST_LEARNED = 60;
/** More than so many times the most that was seen is beyond anything seen; and never less than that of so many. */
const JUMP = 8;
const FEWEST_SEEN = 25;

/** What should have happened since the look before. */
export interface Expected {
  /** Workers that the jobs of leads keep busy at the least; undefined while nobody can tell. */
  readonly load: number | undefined;
  /** Changes that are still to be seen, for a job that came and went in between is not; undefined while nobody can tell. */
  readonly arrivals: number | undefined;
  readonly completions: number | undefined;
}

const NOTHING: Expected = { load: undefined, arrivals: undefined, completions: undefined };

export interface Circumstances {
  readonly flow: QueueFlow | undefined;
  /** Undefined while leads/minute is unknown. */
  readonly leads: LeadFlow | undefined;
}

export function expectedBetween(
  before: QueueWitness,
  { flow, leads }: Circumstances,
  seconds: number,
): Expected {
  if (flow === undefined) return NOTHING;
  const { serviceSeconds, learnedFrom } = flow;
  const perLead = workPerLead(before);
  // Those of the last minute may have been worked off by now, and those of before are.
  const load = leads && perLead && LEAST_SHARE * Math.min(leads.rate, leads.recent) * perLead;
  const visible = 1 - Math.exp(-seconds / serviceSeconds);
  // Some jobs of hours are worked on and change nothing; where jobs wait, the next ones begin.
  const isTaken = learnedFrom >= FEWEST_LEARNED && before.ready > 0;
  return {
    load,
    arrivals: load === undefined ? undefined : load * visible,
    completions: isTaken ? before.inFlight * visible : undefined,
  };
}

/**
 * How improbable it is that the number of jobs stays the same, in nats. With a arrivals and b completions expected, both by chance, the
 * probability is e^−(a+b) I₀(2√(ab)) (Skellam 1946), of which the logarithm is taken as −(√a − √b)² − ½ ln(1 + 4√(ab)). Of what is not
 * known there are as many as make it most probable: as of the other.
 */
export function nats({ arrivals, completions }: Expected): number {
  const [a, b] = [arrivals ?? completions ?? 0, completions ?? arrivals ?? 0];
  return (Math.sqrt(a) - Math.sqrt(b)) ** 2 + Math.log(1 + 4 * Math.sqrt(a * b)) / 2;
}

/** The same of an empty queue: nothing is worked on, and none has come. */
export const natsOfEmpty = ({ arrivals = 0 }: Expected): number => arrivals;

type Seen = Pick<QueueWitness, 'ready' | 'inFlight' | 'sameness'>;

/**
 * No job at all, where by the leads that come some are always worked on.
 * @param isAgain It was doubted a while ago, and believed since.
 */
export function emptyAgainstLeads(
  { ready, inFlight, sameness }: Seen,
  { load }: Expected,
  leads: LeadFlow | undefined,
  isAgain: boolean,
): Unknown | undefined {
  // After a job that was found, looks that find none have to be improbable by themselves.
  if (ready + inFlight > 0 || load === undefined || (isAgain ? 0 : load) + sameness < EMPTY_NATS)
    return undefined;
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
  const changes = (arrivals ?? completions ?? 0) + (completions ?? arrivals ?? 0);
  return unknown(
    'Suspicious',
    `it tells the same ${plural(ready, 'job')} ready and ${count(inFlight)} in flight look after look, where about ${count(changes)} should come and go between two`,
  );
}

/** Far more jobs than were ever seen, for the first time: another look that finds half as many bears it out. */
export function firstOfMany(
  jump: Known<QueueReading> | undefined,
  { value }: Known<QueueReading>,
  most: number,
): Unknown | undefined {
  const jobs = jobsOf(value);
  if (jobs <= JUMP * Math.max(FEWEST_SEEN, most) || bearsOut(value, jump)) return undefined;
  return unknown(
    'NotYetCompared',
    `it has ${plural(jobs, 'job')}, where ${count(most)} were the most; another look will tell`,
  );
}

export const bearsOut = (value: QueueReading, jump: Known<QueueReading> | undefined): boolean =>
  jump !== undefined && jobsOf(value) >= jobsOf(jump.value) / 2;

const jobsOf = ({ ready, inFlight }: QueueReading): number => ready + inFlight;
