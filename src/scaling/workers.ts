/** Workers of one queue, by its pick-up objective: what `band.ts` says of them, as a demand with its sentence. */
import type { WorkerComponent } from '../api/components.ts';
import type { Scaling } from '../api/schema/ladder.ts';
import type { PodStarts, QueueFlow } from '../model/queue-history.ts';
import { isKnown, type Instant, type Reading } from '../model/reading.ts';
import type { QueueReading } from '../model/readings.ts';
import { count, plural } from '../text/words.ts';
import { SLOWEST, atLeast, type Demand } from './demand.ts';
import { type Band, bandOf } from './queue/band.ts';
import { LONGEST_WINDOW_S } from './queue/arrival-rate.ts';
import type { JobsOfSpec } from './queue/flow.ts';

/** An objective of nothing at all would divide by zero. */
const SHORTEST_OBJECTIVE_S = 0.001;
/** A reading that is older than this and the time of its detection is no ground for fewer. */
const OLD_MS = 15_000;
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
    longestSeconds: Math.max(serviceSeconds, component.settings.longestJob / 1_000),
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
  readonly now: Instant;
}

export function workerDemandOf(input: WorkerDemandInput): Demand {
  const { component, reading, flow, pods, detectionSeconds, now } = input;
  const of = `the depth of ${component.queue}`;
  if (!isKnown(reading)) return { ...reading, of };
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
  const isOld = now - reading.at > OLD_MS + detectionSeconds * 1_000;
  const isDoubtful = ready + reading.value.inFlight === 0 && load >= NEVER_IDLE;
  const enough = isOld || isDoubtful ? Math.max(desired, band.enough) : band.enough;
  const grows = band.least > desired;
  // Whoever grows goes to what carries the load at once: the queue could not be a buffer for long.
  const wanted = grows
    ? Math.max(band.least, load, desired + Math.floor(LEAST_STEP * desired))
    : Math.min(desired, enough);
  return {
    wanted,
    rule: !grows ? 'ArrivalRate' : band.because === 'waiting' ? 'Backlog' : 'PredictedWait',
    enough: grows ? wanted : enough,
    dwell: band.dwellSeconds * 1_000,
    why: whyOf(component, reading.value, band, wanted),
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
