/** The outcome of `plan` as data: what `-o json` prints, and what the table is drawn from. Base units throughout. */
import type { Decision, SignalView } from '../model/decision.ts';
import type { Instant } from '../model/reading.ts';
import { ladderOf } from '../ladder/ladder.ts';
import { capabilitiesInTheEnd } from './carry-out.ts';
import type { CapabilityView } from './carry-out.ts';
import type { Platform } from './manifest.ts';

export interface PlanReport {
  readonly name: string;
  readonly namespace?: string;
  readonly from: string;
  readonly tier: string;
  readonly targetTier: string;
  readonly rule: string;
  readonly capabilities: readonly CapabilityView[];
  readonly components: readonly {
    readonly name: string;
    readonly replicas: number;
    readonly wanted: number;
    readonly rule: string;
    readonly reason: string;
    readonly clamps: readonly string[];
  }[];
  readonly signals: readonly Pick<SignalView, 'name' | 'unit' | 'value' | 'band' | 'unknown' | 'message'>[];
  readonly reasons: readonly string[];
  readonly clamps: readonly string[];
}

/** Signals that were not set say nothing here, an age beside a depth neither; a value that is not believed does. */
const isAsked = ({ name, unknown }: SignalView): boolean =>
  unknown === undefined || (unknown !== 'NotConfigured' && !name.startsWith('queueOldestAgeSeconds.'));

const signalsOf = ({ signals }: Decision) =>
  signals.filter(isAsked).map(({ name, unit, value, band, unknown, message }) => ({
    name,
    unit,
    ...(value === undefined ? {} : { value }),
    ...(band === undefined ? {} : { band }),
    ...(unknown === undefined ? {} : { unknown }),
    ...(message === undefined ? {} : { message }),
  }));

export function planReport(platform: Platform, decision: Decision, now: Instant): PlanReport {
  const { tier } = decision;
  const { namespace } = platform;
  return {
    name: platform.name,
    ...(namespace === undefined ? {} : { namespace }),
    from: tier.from,
    tier: tier.to,
    targetTier: tier.target,
    rule: tier.rule,
    capabilities: capabilitiesInTheEnd(platform, decision, now),
    components: decision.components.map(({ name, replicas, wanted, rule, reason, clamps }) => ({
      name,
      replicas,
      wanted,
      rule,
      reason,
      clamps,
    })),
    signals: signalsOf(decision),
    reasons: decision.reasons,
    clamps: decision.clamps,
  };
}

/** Leads/day from which a tier holds. */
export const tierLoad = ({ spec }: Platform, tier: string) => ladderOf(spec).byName.get(tier)?.from ?? 0;
