import { expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import type { LeadPlatformSpec, LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { componentSetsOf } from '../../../src/scaling/component-sets.ts';

function specOf(input: Partial<LeadPlatformSpecInput>): LeadPlatformSpec {
  const admission = admit({ image: 'brain:1', ...input });
  if (!admission.ok) throw new Error('the spec is not valid');
  return admission.spec;
}

it('is the same one for all platforms that say nothing of their components', () => {
  const one = componentSetsOf(specOf({ signals: { leadsPerDay: { postgres: { table: 'a' } } } }));
  const other = componentSetsOf(specOf({ signals: { leadsPerDay: { postgres: { table: 'b' } } } }));
  expect(other).toBe(one);
});

it.each<{ name: string; input: Partial<LeadPlatformSpecInput> }>([
  { name: 'components', input: { components: { sync: { connectionsPerReplica: 7 } } } },
  // What a worker may call is a bound of sync, and bounds are worked out once for each of these sets.
  { name: 'budgets', input: { budgets: { viciApiCallsPerHour: 777 } } },
])('is another one for other $name', ({ input }) => {
  const { apart } = componentSetsOf(specOf(input));
  expect(apart).not.toBe(componentSetsOf(specOf({})).apart);
});
