/**
 * A HorizontalPodAutoscaler on the CPU of the workers, as one that knows nothing of a queue is set up: a Pod with a job uses
 * all of its request, one without uses none. Kinder than life: its metrics are a quarter of a minute old or more there.
 */
import { HorizontalPodAutoscaler, SYNC_SECONDS } from './horizontal-pod-autoscaler.ts';
import type { Policy } from './policy.ts';

export interface HpaSettings {
  /** Share of its request that a Pod is to use, 0 to 1. */
  readonly utilisation: number;
  /** Seconds. */
  readonly stabilisation: number;
  readonly min: number;
  readonly max: number;
}

export function hpaPolicy(settings: HpaSettings): Policy {
  const { utilisation, stabilisation, min, max } = settings;
  const autoscaler = new HorizontalPodAutoscaler({ min, max, stabilisation, tolerance: 0.1 });
  return {
    name: 'hpa',
    settings: { ...settings },
    interval: SYNC_SECONDS,
    next: ({ now, inFlight, wanted }) => autoscaler.next(now, inFlight / utilisation, wanted),
  };
}
