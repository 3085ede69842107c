import { beforeAll, describe, expect, it } from 'vitest';
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

/** A table that has `leads()` in its window, and of which the statistics tell that `inserted()` rows were inserted. */
function source(leads: () => number, inserted = () => 0, shared = new Shared()): LeadsPerDay {
  const pool = {
    shared,
    query: (text: string) =>
      Promise.resolve([text.includes('inserted') ? { ...DATES, inserted: inserted() } : { value: leads() }]),
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

describe('a count that another platform made minutes ago', () => {
  const { signal } = new AbortController();
  const counts: number[] = [];
  const leads = () => counts.push(1) * 100;
  let inserted = 0;
  let found: Awaited<ReturnType<LeadsPerDay['poll']>>;
  beforeAll(async () => {
    const shared = new Shared();
    await source(leads, () => inserted, shared).poll(NOW, signal);
    inserted = 7;
    found = await source(leads, () => inserted, shared).poll(NOW + 149_000, signal);
  });

  it('is not made again', () => {
    expect(counts).toHaveLength(1);
  });

  it('is as young as the look at what was inserted since, and has that in it', () => {
    expect(found).toEqual({ leadsPerDay: { value: 107, at: NOW + 149_000 } });
  });
});
