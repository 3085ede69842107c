/** One decision: what the platform should be now, and why. */
import type { Instant } from '../signals/reading.ts';
import { partsOf } from '../api/parts.ts';
import type { DecideInput, Decision, History } from './types.ts';

export { emptyHistory } from './history.ts';

/** Decides rung, capabilities and replicas. The same input, history and instant give the same decision. */
export function decide(input: DecideInput, history: History, now: Instant): Decision {
  const tier = history.tier ?? input.spec.minTier ?? 'single-server';
  return {
    at: now,
    tier: { from: tier, to: tier, target: tier, rule: 'FirstRung' },
    separate: false,
    capabilities: [],
    parts: partsOf(input.spec, false).map(({ name }) => ({
      name,
      replicas: input.parts.find((part) => part.name === name)?.desiredReplicas ?? 1,
      wanted: 1,
      atCeiling: false,
      rule: 'Floor',
      clamps: [],
      reason: 'First version: nothing is measured yet.',
    })),
    signals: [],
    reasons: [],
    clamps: [],
    history: { ...history, tier, tierSince: history.tierSince ?? now },
  };
}
