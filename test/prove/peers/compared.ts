/** Replicas over time in the cluster beside those of the simulation: how far they are apart. */
import type { Size } from './replica-log.ts';

export interface Comparison {
  /** Hours of Pods in the life that is played, the cluster's and the simulation's. */
  readonly podHours: number;
  readonly simulatedPodHours: number;
  /** (cluster − simulation) ÷ simulation. */
  readonly podHoursError: number;
  /** Of all minutes of that life, the part in which the two are at most two replicas apart on the average. */
  readonly closeMinutes: number;
  readonly scaleEvents: number;
  readonly simulatedScaleEvents: number;
}

export const WANTED = { podHoursError: 0.1, closeMinutes: 0.95, replicas: 2 } as const;

export interface Played {
  readonly sizes: readonly Size[];
  readonly drainSeconds: number;
}

export interface Simulated {
  readonly sizes: readonly Size[];
  readonly podHours: number;
}

/**
 * @param seconds How long was played.
 * @param factor Seconds of life in a second of that.
 */
export function compared(played: Played, simulated: Simulated, seconds: number, factor: number): Comparison {
  const podHours = (sumOf(minutely(played.sizes, seconds, 1)) + played.drainSeconds) * (factor / 3_600);
  const simulatedPodHours = simulated.podHours * factor;
  const [ours, theirs] = [played, simulated].map(({ sizes }) => minutely(sizes, seconds, 60 / factor));
  const close = ours!.filter((mean, minute) => Math.abs(mean - (theirs![minute] ?? 0)) <= WANTED.replicas);
  return {
    podHours,
    simulatedPodHours,
    podHoursError: (podHours - simulatedPodHours) / simulatedPodHours,
    closeMinutes: close.length / ours!.length,
    scaleEvents: played.sizes.length - 1,
    simulatedScaleEvents: simulated.sizes.length - 1,
  };
}

/**
 * @param chance Of all minutes, the part in which two simulations are close that differ by when they look: no measurement can be
 *   expected to be closer to one of them than they are to each other.
 */
export function isClose({ podHoursError, closeMinutes }: Comparison, chance = 1): boolean {
  return (
    Math.abs(podHoursError) <= WANTED.podHoursError && closeMinutes >= Math.min(WANTED.closeMinutes, chance)
  );
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Mean replicas of a span of the life that is played, the cluster's and the simulation's. */
export interface Moment {
  /** Minutes of that life at which it ends. */
  readonly minutes: number;
  readonly replicas: number;
  readonly simulatedReplicas: number;
}

/** Replicas over time, `minutes` of the life that is played at a time. */
export function overTime(
  played: Pick<Played, 'sizes'>,
  simulated: Pick<Simulated, 'sizes'>,
  seconds: number,
  factor: number,
  minutes: number,
): readonly Moment[] {
  const span = (60 * minutes) / factor;
  const theirs = minutely(simulated.sizes, seconds, span);
  return minutely(played.sizes, seconds, span).map((replicas, index) => ({
    minutes: (index + 1) * minutes,
    replicas,
    simulatedReplicas: theirs[index]!,
  }));
}

/** The mean of each span of `span` seconds; a last one that is not whole is left out. */
export function minutely(sizes: readonly Size[], seconds: number, span: number): readonly number[] {
  return Array.from({ length: Math.floor(seconds / span) }, (_, index) => {
    const [from, until] = [index * span, (index + 1) * span];
    let sum = 0;
    for (const [position, { at, replicas }] of sizes.entries()) {
      const end = sizes[position + 1]?.at ?? Infinity;
      sum += replicas * Math.max(0, Math.min(end, until) - Math.max(at, from));
    }
    return sum / span;
  });
}
