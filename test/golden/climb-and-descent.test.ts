/**
 * Weeks of a platform as readable logs. A change of them is a change of policy: look at the difference, and when it is
 * meant, write them anew with UPDATE_GOLDEN=1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { logOf } from '../../src/simulate/log.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { leadDays } from '../../src/simulate/traffic.ts';
import { MONDAY, spec } from '../unit/decide/given.ts';

/** Sync sends leads in batches of a hundred, else Vici's budget of 1,000 calls an hour would be all that there is to see. */
const BATCHED = spec({ components: { sync: { capacity: { jobsPerMinute: 30, apiCallsPerJob: 0.01 } } } });

const LOGS = {
  /** From 3,000 leads/day to 140,000 in four weeks, and four days more. */
  climb: { seed: 1, days: 32, leadsPerDay: (day: number) => 3_000 * 1.147 ** Math.min(day, 28) },
  /** From 120,000, sustained for nine days, back to 3,000 within a day, and two weeks of that. */
  descent: { seed: 2, days: 26, leadsPerDay: (day: number) => (day < 10 ? 120_000 : 3_000) },
};

describe('the log of several weeks', () => {
  it.each(Object.entries(LOGS))(
    'of a %s reads as it did',
    (name, traffic) => {
      const file = new URL(`${name}.log`, import.meta.url);
      const moments = simulate({
        spec: BATCHED,
        step: 30_000,
        traffic: leadDays({ from: MONDAY, ...traffic }),
      });
      const log = `${[...logOf(moments)].join('\n')}\n`;
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, log);
      expect(log).toBe(readFileSync(file, 'utf8'));
    },
    120_000,
  );
});
