import { describe, expect, it } from 'vitest';
import { type ByLeads, workersByLeads } from '../../../../src/scaling/queue/by-leads.ts';
import { flowGiven } from './given.ts';

/** Two leads a second, one job of 5 s each, to begin within a minute. */
const given = (changed: Partial<ByLeads> = {}): ByLeads => ({
  leads: { at: 0, rate: 2, recent: 2, most: 120 },
  workPerLead: 5,
  flow: flowGiven({ serviceSeconds: 5 }),
  waiting: 0,
  objective: 60,
  ...changed,
});
const leads = (rate: number, recent: number) => ({ leads: { at: 0, rate, recent, most: 0 } });

describe('workers by leads alone', () => {
  it.each([
    ['carry what comes, and three steps of 5 s in 60 more', {}, 11],
    ['are twice as many for two jobs a lead', { workPerLead: 10 }, 21],
    ['are more beyond the load, the shorter the objective', { objective: 5 }, 13],
    ['are none where nothing comes', leads(0, 0), 0],
    ['follow the last minute where it had far more: 120 and three deviations', leads(2, 2.6), 14],
    ['and not where it had only some more', leads(2, 2.5), 11],
    ['follow it where it had far fewer, too', leads(2, 1), 6],
    ['are none once a minute had none', leads(2, 0), 0],
    ['begin what waits within six tenths of the objective', { waiting: 360 }, 50],
  ])('%s', (_, changed, workers) => {
    expect(workersByLeads(given(changed))).toBe(workers);
  });
});
