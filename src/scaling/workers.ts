/** Workers of one queue, by its pick-up objective: what `band.ts` says of them, as a demand with its sentence. */
import type { WorkerComponent } from '../api/components.ts';
import type { Scaling } from '../api/schema/ladder.ts';
import type { PodStarts, QueueFlow } from '../model/queue-history.ts';
import { isKnown, unknown, type Instant, type Known, type Reading, type Unknown } from '../model/reading.ts';
import type { QueueReading } from '../model/readings.ts';
import { formatDuration } from '../api/quantity.ts';
import { count, plural } from '../text/words.ts';
import { longestJobOf } from '../workloads/retry-after.ts';
import type { LeadFlow, QueueWitness } from '../model/witness.ts';
import { SLOWEST, atLeast, grantedOf, type Demand, type Wanted } from './demand.ts';
import { isOldLook } from './detection.ts';
import { workersByLeads } from './queue/by-leads.ts';
import { workPerLead } from './queue/work-per-lead.ts';
import { type Band, bandOf } from './queue/band.ts';
import { LONGEST_WINDOW_S } from './queue/arrival-rate.ts';
import type { JobsOfSpec } from './queue/flow.ts';
import { heldGrowth } from './queue/held-growth.ts';
import { isStalled } from './queue/stall.ts';

/** An objective of nothing at all would divide by zero. */
export const SHORTEST_OBJECTIVE_S = 0.001;
/**
 * Workers that are busy on the average, from which on a moment without a single job is less likely (e⁻⁵) than a store that has lost its
 * keys, or a reading that is wrong. They stay until the rate of the last minutes says so, too.
 */
const NEVER_IDLE = 5;
/** More are asked for by this share of the size at the least. */
const LEAST_STEP = 0.08;

/** Whoever wants fewer replicas sooner wants a rate that forgets sooner: 240 s of 5 min. */
const RATE_SHARE = 0.8;

/** Jobs that one worker finishes per second while it is busy, by the spec. */
export const jobsPerSecond = ({ settings }: WorkerComponent): number =>
  Math.max(SLOWEST, settings.capacity.jobsPerMinute) / 60;

/** What the spec says of the jobs of its queue. */
export function jobsOf(component: WorkerComponent, { scaleDown }: Scaling): JobsOfSpec {
  const serviceSeconds = 1 / jobsPerSecond(component);
  return {
    rateSeconds: Math.min(LONGEST_WINDOW_S, (RATE_SHARE * scaleDown.window) / 1_000),
    serviceSeconds,
    longestSeconds: Math.max(serviceSeconds, longestJobOf(component)),
  };
}

export interface WorkerDemandInput {
  readonly component: WorkerComponent;
  readonly reading: Reading<QueueReading>;
  /** Absent before the first look. */
  readonly flow: QueueFlow | undefined;
  /** Of the component whose Pods work for the queue. */
  readonly pods: PodStarts;
  /** Seconds after which a change of the queue is seen at the latest. */
  readonly detectionSeconds: number;
  /** What its looks are held against; absent before the first one. */
  readonly witness: QueueWitness | undefined;
  /** How many leads come; undefined while that is unknown. */
  readonly leads: LeadFlow | undefined;
  readonly now: Instant;
}

/** Times as many as there were when the queue was last known: what leads make may be something else by now. */
const MOST_BLIND = 4;
/** For how long fewer have to be enough by leads alone. */
const BLIND_DWELL_MS = 60_000;

/** By the leads that come, for a queue that cannot be looked at; undefined where nobody knows how many jobs they make. */
function demandByLeads({ component, flow, witness, leads }: WorkerDemandInput): Wanted | undefined {
  const perLead = witness && workPerLead(witness);
  if (witness === undefined || perLead === undefined || flow === undefined || leads === undefined)
    return undefined;
  const { workers = Infinity, waiting = 0 } = witness.unknown ?? {};
  const objective = Math.max(SHORTEST_OBJECTIVE_S, component.settings.pickupTime / 1_000);
  const asked = workersByLeads({ leads, workPerLead: perLead, flow, waiting, objective });
  const wanted = Math.min(asked, MOST_BLIND * Math.max(1, workers));
  return {
    wanted,
    rule: 'LeadsPerMinute',
    dwell: BLIND_DWELL_MS,
    why: `${count(60 * leads.rate)} leads/min come, with ${count(perLead)} s of work each in ${component.queue}: ${plural(wanted, 'worker')}`,
  };
}

/** What the workers of a queue are asked for: by the queue, or by the leads that come while it cannot be looked at. */
export function workerDemandsOf(input: WorkerDemandInput): readonly Demand[] {
  const { component, reading, witness, detectionSeconds, now } = input;
  const isOld = isKnown(reading) && isOldLook(reading.at, detectionSeconds, now);
  const byLeads = !isKnown(reading) || isOld ? demandByLeads(input) : undefined;
  // A look from a while ago says that more were needed, and not what came of it.
  if (isKnown(reading) && byLeads === undefined) return [workerDemandOf({ ...input, reading }, isOld)];
  const why = isKnown(reading) ? staleFor(now - reading.at) : reading;
  const silent = { ...why, of: `the depth of ${component.queue}`, keep: witness?.unknown?.workers };
  return byLeads === undefined ? [silent] : [silent, byLeads];
}

const staleFor = (ms: number): Unknown =>
  unknown('Stale', `last observed ${formatDuration(ms)} ago, which is no ground for another size`);

function workerDemandOf(
  input: WorkerDemandInput & { readonly reading: Known<QueueReading> },
  isOld: boolean,
): Demand {
  const { component, reading, flow, pods, detectionSeconds, now } = input;
  const of = `the depth of ${component.queue}`;
  if (flow === undefined) return { unknown: 'NotYetRead', message: 'nothing was read of this queue yet', of };
  const { ready, oldestAgeSeconds = 0 } = reading.value;
  const objective = Math.max(SHORTEST_OBJECTIVE_S, component.settings.pickupTime / 1_000);
  const band = bandOf({
    flow,
    pods,
    waiting: ready,
    oldestAge: ready === 0 ? 0 : oldestAgeSeconds,
    objective,
    detectionSeconds,
    now,
  });
  const { desired } = pods;
  const load = atLeast(band.rate * band.serviceSeconds);
  // What was seen a while ago says that more are needed, but not that fewer are enough.
  const isDoubtful = ready + reading.value.inFlight === 0 && load >= NEVER_IDLE;
  const enough = isOld || isDoubtful || isStalled(flow.stall) ? Math.max(desired, band.enough) : band.enough;
  const grows = band.least > desired;
  // Whoever grows goes to what carries the load at once: the queue could not be a buffer for long.
  const wanted = grows
    ? Math.max(band.least, load, desired + Math.floor(LEAST_STEP * desired))
    : Math.min(desired, enough);
  const held = grows ? heldGrowth(component.queue, flow.stall, pods) : undefined;
  return {
    wanted,
    rule: !grows ? 'ArrivalRate' : band.because === 'waiting' ? 'Backlog' : 'PredictedWait',
    enough: grows ? grantedOf({ wanted, held }) : enough,
    dwell: band.dwellSeconds * 1_000,
    why: whyOf(component, reading.value, band, wanted),
    held,
  };
}

function whyOf(
  { queue, settings: { pickupTime } }: WorkerComponent,
  { ready, oldestAgeSeconds = 0 }: QueueReading,
  { rate, serviceSeconds }: Band,
  wanted: number,
): string {
  const age = ready > 0 && oldestAgeSeconds > 0 ? `, the oldest for ${count(oldestAgeSeconds)} s` : '';
  const flow = `${queue} has ${plural(ready, 'job')} ready${age}, and ${count(rate)}/s arrive`;
  if (wanted === 0) return `${flow}: no worker is needed`;
  return `${flow}, ${count(serviceSeconds)} s of work each: it takes ${plural(wanted, 'worker')} to pick up within ${count(pickupTime / 1_000)} s`;
}
