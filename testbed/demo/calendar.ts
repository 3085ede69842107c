/** Where in the plan the demo is, day by day, and how many leads are due: holds make it stand still. */
import type { Hold, TrafficPlan } from './plan.ts';
import { leadsOfHold } from './replay.ts';

/** A hold that brings nothing ends after so many days: the demo is to end in any case. */
export const LONGEST_HOLD_DAYS = 10;

export interface CalendarOptions {
  readonly plan: TrafficPlan;
  /** Whether what a hold waits for has happened. */
  readonly mayPass: (hold: Hold) => boolean;
  /** Goes on with the last day for ever after its end. */
  readonly goOn: boolean;
}

export class Calendar {
  readonly #options: CalendarOptions;
  #day = 0;
  #due = 0;
  #held = 0;
  #passed = 0;

  constructor(options: CalendarOptions) {
    this.#options = options;
  }

  /** Days of the plan that have gone by. */
  get day(): number {
    return this.#day;
  }

  /** Leads that have arrived by now. */
  get due(): number {
    return this.#due;
  }

  /** All of the plan has gone by, the last hold included. */
  get isOver(): boolean {
    const { replay, holds } = this.#options.plan;
    return this.#day >= replay.days && this.#passed >= holds.length;
  }

  /** Lets `days` go by. Whether a hold may end is asked at its beginning and at the end of each day of it. */
  advance(days: number): void {
    const { replay, holds } = this.#options.plan;
    let left = days;
    while (left > 0) {
      const hold = holds[this.#passed];
      const until = Math.min(hold?.at ?? replay.days, replay.days);
      const step = Math.min(left, until - this.#day);
      if (step > 0) {
        this.#due += replay.leadsBy(this.#day + step) - replay.leadsBy(this.#day);
        // Exactly on the border, so that the sum of small steps does not miss it.
        this.#day = step === left ? this.#day + step : until;
        left -= step;
      } else if (hold !== undefined && this.#held % 1 === 0 && this.#mayPass(hold)) {
        this.#passed += 1;
        this.#held = 0;
      } else if (hold !== undefined || this.#options.goOn) {
        // To the end of the day: half a night after half a day would make a day with half its leads.
        const rest = Math.min(left, 1 - (this.#held % 1));
        this.#stay(rest);
        left -= rest;
      } else {
        left = 0;
      }
    }
  }

  #mayPass(hold: Hold): boolean {
    return this.#held >= LONGEST_HOLD_DAYS || this.#options.mayPass(hold);
  }

  #stay(days: number): void {
    const { replay } = this.#options.plan;
    const before = leadsOfHold(replay, this.#day, this.#held);
    const held = this.#held + days;
    // A sum of small steps ends beside the border, and would never be on it.
    this.#held = Math.abs(held - Math.round(held)) < 1e-9 ? Math.round(held) : held;
    this.#due += leadsOfHold(replay, this.#day, this.#held) - before;
  }
}
