/** What a tier is decided from, and one word in that decision. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { History, ObservedComponent, TierRule } from '../model/decision.ts';
import type { Workers } from '../model/need.ts';
import type { Instant, Reading } from '../model/reading.ts';
import type { RedSignal } from './health.ts';
import type { Ladder, Tier } from './ladder.ts';
import type { NeedOfTiers } from './need.ts';

export interface TierInput {
  readonly spec: LeadPlatformSpec;
  readonly ladder: Ladder;
  readonly leadsPerDay: Reading;
  /** With what was just observed already in it. */
  readonly history: History;
  readonly red: readonly RedSignal[];
  readonly need: NeedOfTiers;
  /** What runs now. */
  readonly components: readonly ObservedComponent[];
  /** No sentence names a time of the history: it is made up. */
  readonly isRehearsed: boolean;
  readonly now: Instant;
}

export interface Move {
  readonly to: Tier;
  readonly rule: TierRule;
  readonly why: string;
  readonly requeueAt?: Instant | undefined;
  readonly raisedOver?: string | undefined;
  /** What has been needed for long enough to raise the platform, whether that is what raises it or not. */
  readonly needed?: Workers | undefined;
  readonly clamp?: string | undefined;
}
