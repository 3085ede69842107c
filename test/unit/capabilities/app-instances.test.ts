import { describe, expect, it } from 'vitest';
import { Story } from './story.ts';

const BUDGET = 'PodDisruptionBudget/brain-ingest';
const told = (floors: 'Prescribed' | 'Measured', sizes: Record<string, number>) =>
  new Story(
    ['app-instances'],
    { scaling: { floors } },
    { separate: true, sizes, tier: { to: 'scaled' } },
  ).settle();

describe('app-instances', () => {
  it('is blocked below its floors, and has a disruption budget with them', () => {
    const small = told('Prescribed', { ingest: 2, sync: 1, 'queue-default': 1 });
    expect(small.report('app-instances')).toMatchObject({ state: 'Blocked', reason: 'HeldBelow' });
    expect(small.has(BUDGET)).toBe(true);
  });

  it('is as many as the load needs where floors are measured', () => {
    const small = told('Measured', { ingest: 1, sync: 1, 'queue-default': 1 });
    expect(small.report('app-instances')).toMatchObject({
      state: 'Ready',
      message: expect.stringContaining('1 of 1 replicas of the web side and 2 of 2 workers are ready'),
    });
  });

  it('has no disruption budget where one replica may be enough, as on lower tiers', () => {
    expect(told('Measured', { ingest: 1, sync: 1, 'queue-default': 1 }).has(BUDGET)).toBe(false);
  });
});
