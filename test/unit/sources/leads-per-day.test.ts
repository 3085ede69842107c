import { expect, it } from 'vitest';
import type { StoreAccess } from '../../../src/sources/access.ts';
import { LeadsPerDay } from '../../../src/sources/postgres/leads-per-day.ts';
import type { PostgresPool } from '../../../src/sources/postgres/pool.ts';
import { Shared } from '../../../src/sources/shared.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 5);

const DATES = {
  value: 0,
  type: 'timestamp without time zone',
  kind: 'r',
  dated: true,
  ahead: false,
  empty: false,
  inserted: 0,
};

/** A table that has `leads()` in its window. */
function source(leads: () => number): LeadsPerDay {
  const pool = {
    shared: new Shared(),
    query: (text: string) => Promise.resolve([text.includes('inserted') ? DATES : { value: leads() }]),
  };
  const access = {
    join: () => () => undefined,
    with: (use: (pool: unknown) => Promise<unknown>) => use(pool),
  };
  return new LeadsPerDay(access as unknown as StoreAccess<PostgresPool>, {
    table: 'leads',
    column: 'created_at',
    timeZone: 'UTC',
    field: 'spec.signals.leadsPerDay.postgres',
    window: 24 * HOUR,
    interval: 300_000,
    rateInterval: 15_000,
    statementTimeout: 5_000,
  });
}

it('counts anew at once when the clock was set back, instead of telling of the future for as long', async () => {
  let leads = 100;
  const counted = source(() => leads);
  const { signal } = new AbortController();
  expect(await counted.poll(NOW + HOUR, signal)).toEqual({ leadsPerDay: { value: 100, at: NOW + HOUR } });
  leads = 90;
  expect(await counted.poll(NOW, signal)).toEqual({ leadsPerDay: { value: 90, at: NOW } });
});
