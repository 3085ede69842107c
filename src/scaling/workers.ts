/**
 * Workers of one queue, by its pick-up objective. They must keep up with what arrives at four fifths of their time, and
 * must also have started on every job that waits now before the oldest has waited too long:
 *
 *     wanted = ⌈ max( λ / (ρ μ), (λ + ready / T) / μ ) ⌉,   T = what is left of the objective
 *
 * 5,000 jobs that just came, 60 s, 100 jobs a minute and worker: (0 + 5,000 / 60) / (100 / 60) = 50, in one step.
 */
import type { WorkerComponent } from '../api/components.ts';
import { isKnown, type Reading } from '../model/reading.ts';
import type { QueueReading } from '../model/readings.ts';
import { count, plural } from '../text/words.ts';
import { SLOWEST, TARGET_UTILISATION, atLeast, type Demand } from './demand.ts';

/** The first tenth of the objective goes into reading, deciding and starting workers, not into catching up. */
const GRACE = 0.1;
/** What is late is caught up within a quarter of the objective, not at once. */
const SHORTEST_CATCH_UP = 0.25;

/** Seconds left to start on what waits, for an objective in milliseconds and the seconds that the oldest waited. */
export function timeLeft(pickupTime: number, oldestAgeSeconds: number): number {
  const objective = pickupTime / 1_000;
  const waited = Math.max(0, oldestAgeSeconds - GRACE * objective);
  return Math.max(SHORTEST_CATCH_UP * objective, objective - waited);
}

/** Jobs that one worker finishes per second while it is busy: μ. */
export const jobsPerSecond = ({ settings }: WorkerComponent): number =>
  Math.max(SLOWEST, settings.capacity.jobsPerMinute) / 60;

export function workerDemandOf(
  component: WorkerComponent,
  reading: Reading<QueueReading>,
  arrivalsPerSecond: number,
): Demand {
  const of = `the depth of ${component.queue}`;
  if (!isKnown(reading)) return { ...reading, of };
  const { ready, oldestAgeSeconds = 0 } = reading.value;
  const { pickupTime, capacity } = component.settings;
  const mu = jobsPerSecond(component);
  // An objective of nothing at all would divide by zero.
  const seconds = Math.max(0.001, timeLeft(pickupTime, ready === 0 ? 0 : oldestAgeSeconds));
  const keepUp = arrivalsPerSecond / (TARGET_UTILISATION * mu);
  const catchUp = (arrivalsPerSecond + ready / seconds) / mu;
  const wanted = atLeast(Math.max(keepUp, catchUp));
  return {
    wanted,
    rule: catchUp > keepUp ? 'Backlog' : 'ArrivalRate',
    why: `${component.queue} has ${plural(ready, 'job')} ready${
      ready > 0 && oldestAgeSeconds > 0 ? `, the oldest for ${count(oldestAgeSeconds)} s` : ''
    }, and ${count(arrivalsPerSecond)}/s arrive: ${
      wanted === 0
        ? 'no worker is needed'
        : `it takes ${plural(wanted, 'worker')} of ${count(capacity.jobsPerMinute)} jobs/min to pick up within ${count(pickupTime / 1_000)} s`
    }`,
  };
}
