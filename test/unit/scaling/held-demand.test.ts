import { describe, expect, it } from 'vitest';
import { unknown } from '../../../src/model/reading.ts';
import type { ComponentBounds } from '../../../src/scaling/bounds.ts';
import { combine, type Demand, type Wanted } from '../../../src/scaling/demand.ts';
import { propose, type Proposal } from '../../../src/scaling/proposal.ts';

const limit = { by: 'WorkersStalled', why: 'its workers have finished no job', queue: 'mail' } as const;
const held = (wanted: number, workers: number): Wanted => ({
  ...{ wanted, rule: 'Backlog', why: 'mail has 300 jobs ready', enough: workers },
  held: { workers, why: limit.why, limit },
});
const leads = (wanted: number): Wanted => ({ wanted, rule: 'LeadsPerMinute', why: '60 leads/min' });

const BOUNDS: ComponentBounds = {
  floor: 1,
  standingFloor: 1,
  floorBy: 'the tier asks for 1',
  ceiling: 100,
  ceilingBy: 'the tier only allows 100',
  ceilingOf: 'TierMaximum',
};

const proposed = (
  demands: readonly Demand[],
  there: number,
  bounds: Partial<ComponentBounds> = {},
): Proposal =>
  propose({
    ...{ name: 'all-in-one', predecessor: 0, pin: undefined, inFlight: 0, noGrowth: undefined },
    observed: { name: 'all-in-one', desiredReplicas: there, readyReplicas: there },
    demand: combine(demands),
    bounds: { ...BOUNDS, ...bounds },
    ...{ slots: [], window: 300_000, now: 0 },
  });

describe('growth that is held', () => {
  it('goes to as many as may be, and tells of what is in the way', () => {
    const { replicas, wanted, limits, clamps, why } = proposed([held(30, 12)], 10);
    expect({ replicas, wanted, limits, clamps }).toEqual({
      replicas: 12,
      wanted: 30,
      limits: [limit],
      clamps: ['all-in-one wants 30 replicas, but its workers have finished no job.'],
    });
    expect(why).toBe('mail has 300 jobs ready, but its workers have finished no job');
  });

  it('is told in place of a ceiling that is higher, and not where that is lower', () => {
    expect(proposed([held(300, 12)], 10).limits).toEqual([limit]);
    expect(proposed([held(300, 12)], 10, { ceiling: 11 }).limits).toMatchObject([{ by: 'TierMaximum' }]);
  });

  it('is told where something else asks for as many', () => {
    expect(proposed([leads(12), held(30, 12)], 10).limits).toEqual([limit]);
    expect(proposed([held(30, 12), leads(12)], 10).limits).toEqual([limit]);
  });

  it('gives way to what asks for more by itself', () => {
    expect(proposed([held(30, 12), leads(20)], 10)).toMatchObject({ replicas: 20, limits: [] });
  });

  it('takes no replica away while another signal is unknown', () => {
    const silent = { ...unknown('SourceTimeout', 'no answer'), of: 'leads/minute' };
    expect(proposed([held(30, 12), silent], 20)).toMatchObject({ replicas: 20, rule: 'SignalUnknown' });
  });
});
