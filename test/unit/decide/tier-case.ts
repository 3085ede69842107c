/** A table of tiers: what is given, where it leads to, and by which rule. */
import { expect } from 'vitest';
import { decideGiven, component, type Given } from './given.ts';

export interface TierCase extends Given {
  readonly leads?: number;
  readonly to: string;
  readonly rule: string;
  readonly target?: string;
}

/** What runs on the tier `separated`, as large as it gets there. */
export const apart = [component('ingest', 3), component('sync', 1), component('queue-default', 10)];

export function decidesTier(_what: string, { leads, to, rule, target, ...given }: TierCase): void {
  const values = leads === undefined ? given.values : { leadsPerDay: leads, ...given.values };
  const decision = decideGiven({ ...given, ...(values !== undefined && { values }) });
  expect(decision.tier).toMatchObject({ to, rule, ...(target !== undefined && { target }) });
  expect(decision.reasons[0]).toMatch(/^[A-Z0-9].*\.$/);
  expect(decision.history.tier).toBe(to);
}
