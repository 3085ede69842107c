/** What was seen so far: tiers, peaks, events, and what they come to. */
import type { EventReason } from '../../src/plan/status/event-reasons.ts';
import { type Ladder, ladderOf } from '../../src/ladder/ladder.ts';
import { type Note, placeOf, type TrendPoint } from './frame.ts';
import type { Look } from './look.ts';
import type { Hold } from './plan.ts';
import type { Sample } from './sample.ts';
import { type Step, type Verdict, verdictOf, withSighting } from './verdict.ts';

/** Events that tier and replicas tell of by themselves. */
const SHOWN_OTHERWISE: ReadonlySet<string> = new Set<EventReason>(['Scaled', 'TierChanged']);

export class Chronicle {
  readonly notes: Note[] = [];
  readonly bursts: string[] = [];
  readonly trend: TrendPoint[] = [];
  readonly peakReplicas = new Map<string, number>();
  /** By capability, what was seen when it was first required ahead of its tier. */
  readonly requiredAhead = new Map<string, string>();
  peakLeadsPerDay = 0;
  /** Every Deployment has what it asks for, and none is on its way out. */
  isSettled = false;
  readonly #ladder: Ladder;
  readonly #names: readonly string[];
  readonly #seenEvents = new Set<string>();
  #steps: readonly Step[] = [];

  constructor({ spec, ladder }: Pick<Sample, 'spec' | 'ladder'>) {
    this.#ladder = ladderOf(spec);
    this.#names = ladder;
  }

  get verdict(): Verdict {
    return verdictOf(this.#steps, this.#names);
  }

  see(look: Look, day: number): void {
    const { tier, movedBy: rule, leadsPerDay, components, events } = look;
    if (tier !== undefined) this.#steps = withSighting(this.#steps, { day, tier, rule });
    this.isSettled = components.every(({ wanted, ready }) => wanted > 0 && wanted === ready);
    for (const { name, wanted } of components) {
      this.peakReplicas.set(name, Math.max(this.peakReplicas.get(name) ?? 0, wanted));
    }
    if (leadsPerDay !== undefined) {
      this.peakLeadsPerDay = Math.max(this.peakLeadsPerDay, leadsPerDay);
      this.trend.push({
        day,
        load: placeOf(this.#ladder.tiers, leadsPerDay),
        tier: Math.max(0, this.#names.indexOf(tier ?? '')),
      });
    }
    for (const name of this.aheadOf(look)) {
      if (this.requiredAhead.has(name)) continue;
      this.requiredAhead.set(name, `${name} on day ${day.toFixed(1)}, while on ${tier ?? 'no tier'}`);
    }
    for (const { reason, message } of events) {
      const key = `${reason}/${message}`;
      if (this.#seenEvents.has(key)) continue;
      this.#seenEvents.add(key);
      if (!SHOWN_OTHERWISE.has(reason)) this.note(`${reason}: ${message}`, day);
    }
  }

  note(text: string, day: number): void {
    this.notes.push({ day, text });
  }

  burst(what: string, day: number): void {
    this.bursts.push(what);
    this.note(what, day);
  }

  /** Capabilities that are required though their tier is not reached. */
  aheadOf({ tier, required }: Look): readonly string[] {
    const standing = this.#ladder.byName.get(tier ?? '')?.index ?? 0;
    const tiersAbove = this.#ladder.tiers.slice(standing + 1);
    return required.filter((name) => tiersAbove.some(({ adds }) => adds.some((added) => added === name)));
  }

  /** The traffic waits for this before it changes. */
  hasFollowed({ tier: due, direction }: Hold): boolean {
    const height = (name: string) => this.#names.indexOf(name);
    if (direction === 'up') return this.#steps.some(({ tier }) => height(tier) >= height(due));
    return this.#steps.at(-1)?.tier === due && this.isSettled;
  }
}
