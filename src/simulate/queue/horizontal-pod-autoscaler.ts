/**
 * The HorizontalPodAutoscaler of Kubernetes (autoscaling/v2) for an external metric with a target per Pod:
 *
 *     desired = ⌈ metric / target ⌉   where metric / (target × Pods) is more than 10 % away from 1, else as many as there are
 *
 * Down it goes to the most that was desired in the last five minutes, up at once, and in 15 s by as many Pods again or by
 * four, whichever is more (its default behaviour).
 */

export interface Behaviour {
  readonly min: number;
  readonly max: number;
  /** Seconds. */
  readonly stabilisation: number;
  readonly tolerance: number;
}

export const SYNC_SECONDS = 15;
const GROWS_BY = { share: 1, pods: 4 };

export class HorizontalPodAutoscaler {
  readonly #behaviour: Behaviour;
  #desired: { readonly at: number; readonly pods: number }[] = [];

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  /**
   * @param perPod The metric over its target for one Pod: how many Pods it asks for, as a fraction.
   * @param pods Pods that were asked for last.
   */
  next(now: number, perPod: number, pods: number): number {
    const { min, max, stabilisation, tolerance } = this.#behaviour;
    const ratio = pods > 0 ? perPod / pods : Infinity;
    const desired = Math.abs(ratio - 1) <= tolerance ? pods : Math.ceil(perPod);
    this.#desired.push({ at: now, pods: desired });
    this.#desired = this.#desired.filter(({ at }) => now - at < stabilisation);
    const most = Math.max(...this.#desired.map((each) => each.pods));
    const stable = desired < pods ? Math.min(pods, most) : desired;
    const grown = Math.max(pods * (1 + GROWS_BY.share), pods + GROWS_BY.pods);
    return Math.min(max, Math.max(min, Math.min(stable, grown)));
  }
}
