/** KEDA with a HorizontalPodAutoscaler behind it, on what its scalers read of a queue. */
import { HorizontalPodAutoscaler, SYNC_SECONDS } from './horizontal-pod-autoscaler.ts';
import type { Policy, View } from './policy.ts';

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
  readonly min: number;
  readonly max: number;
}

export function kedaPolicy(settings: KedaSettings): Policy {
  const { min, max, stabilisation } = settings;
  const autoscaler = new HorizontalPodAutoscaler({ min, max, stabilisation, tolerance: 0.1 });
  const arrived: { readonly at: number; readonly jobs: number }[] = [];

  const rate = ({ now, arrived: jobs }: View): number => {
    arrived.push({ at: now, jobs });
    while (arrived.length > 1 && arrived[0]!.at < now - settings.rateSeconds) arrived.shift();
    const [first] = arrived;
    return first === undefined || first.at === now ? 0 : (jobs - first.jobs) / (now - first.at);
  };
  const asked = (view: View): number => {
    switch (settings.trigger) {
      case 'list':
        return view.ready / settings.jobsPerPod;
      case 'list-and-in-flight':
        return (view.ready + view.inFlight) / settings.jobsPerPod;
      case 'rate-and-backlog':
        return (
          Math.max(rate(view) / settings.utilisation, view.ready / settings.backlogSeconds) *
          settings.serviceSeconds
        );
    }
  };
  return {
    name: 'keda',
    settings: { ...settings },
    interval: SYNC_SECONDS,
    next: (view) => autoscaler.next(view.now, asked(view), view.wanted),
  };
}
