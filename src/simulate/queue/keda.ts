/**
 * KEDA with a HorizontalPodAutoscaler behind it, on what its scalers read of a queue. KEDA itself decides between none and one:
 * one at the first look that finds something, none when every look of a cooldown found nothing. Where a trigger cannot be read,
 * the autoscaler goes by the others and does not scale in.
 */
import { ArrivalRate } from './arrival-rate.ts';
import { HorizontalPodAutoscaler, SYNC_SECONDS } from './horizontal-pod-autoscaler.ts';
import type { Policy } from './policy.ts';
import type { View } from './view.ts';

export interface KedaSettings {
  /**
   * Pods that are asked for: by the length of the list (what most use), by that and what is worked on, or by the more of
   * what the rate asks for at which jobs come, and what those that wait ask for (two triggers, of which the larger counts).
   */
  readonly trigger: 'list' | 'list-and-in-flight' | 'rate-and-backlog';
  /** Jobs for one Pod, of the first two triggers. */
  readonly jobsPerPod: number;
  /** Of the third: seconds over which the rate is taken, how busy Pods are to be, and seconds in which to work off the rest. */
  readonly rateSeconds: number;
  readonly utilisation: number;
  readonly backlogSeconds: number;
  /** Seconds that a job takes, as whoever sets it up believes. */
  readonly serviceSeconds: number;
  readonly stabilisation: number;
  /** Seconds between two looks of the autoscaler. Default: 15, as is Kubernetes'. */
  readonly syncSeconds?: number;
  /** 0: KEDA decides between none and one, and the autoscaler has at least one. */
  readonly min: number;
  readonly max: number;
}

/** KEDA's defaults: `pollingInterval` and `cooldownPeriod`. */
const POLLING_SECONDS = 30;
const COOLDOWN_SECONDS = 300;

/** Jobs a second: where each lead makes one, what is read of leads. */
function rateTold({ lies }: View, truth: number, before: number): number {
  const lie = lies?.['leads-per-minute'];
  if (lie === 'frozen') return before;
  return lie === undefined ? truth : lie / 60;
}

export function kedaPolicy(settings: KedaSettings): Policy {
  const { min, max, stabilisation, syncSeconds = SYNC_SECONDS } = settings;
  const autoscaler = new HorizontalPodAutoscaler({
    min: Math.max(1, min),
    max,
    stabilisation,
    tolerance: 0.1,
  });
  const rate = new ArrivalRate(settings.rateSeconds);
  let lastRate = 0;
  /** Pods that each trigger asks for; undefined of one that cannot be read. */
  const askedBy = (view: View): readonly (number | undefined)[] => {
    const isDepthKnown = !view.silent.includes('queues');
    const ifKnown = (isKnown: boolean, pods: () => number) => (isKnown ? pods() : undefined);
    switch (settings.trigger) {
      case 'list':
        return [ifKnown(isDepthKnown, () => view.ready / settings.jobsPerPod)];
      case 'list-and-in-flight':
        return [ifKnown(isDepthKnown, () => (view.ready + view.inFlight) / settings.jobsPerPod)];
      case 'rate-and-backlog': {
        const { utilisation, backlogSeconds, serviceSeconds } = settings;
        return [
          ifKnown(!view.silent.includes('leads-per-minute'), () => {
            lastRate = rateTold(view, rate.look(view.now, view.arrived), lastRate);
            return (lastRate / utilisation) * serviceSeconds;
          }),
          ifKnown(isDepthKnown, () => (view.ready / backlogSeconds) * serviceSeconds),
        ];
      }
    }
  };

  let activeAt = 0;
  const next = (view: View): number => {
    const triggers = askedBy(view);
    const known = triggers.filter((pods) => pods !== undefined);
    if (min === 0 && view.now % POLLING_SECONDS === 0) {
      if (known.some((pods) => pods > 0)) activeAt = view.now;
      if (view.wanted === 0) return activeAt === view.now ? 1 : 0;
      if (known.length === triggers.length && view.now - activeAt >= COOLDOWN_SECONDS) return 0;
    }
    // At none the autoscaler rests.
    if (view.wanted === 0 || known.length === 0) return view.wanted;
    const wanted = autoscaler.next(view.now, Math.max(...known), view.wanted);
    return known.length < triggers.length ? Math.max(view.wanted, wanted) : wanted;
  };
  return { name: 'keda', settings: { ...settings }, interval: syncSeconds, next };
}
