import { beforeAll, expect, it } from 'vitest';
import { isKnown, type Reading } from '../../../src/model/reading.ts';
import { readPastLoad } from '../../../src/sources/index.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { describeWith } from '../support.ts';
import { DAY, eventually, never, ownDatabase, parse, sourceDeps, sourceOf } from './fixture.ts';

type SignalsInput = LeadPlatformSpecInput['signals'];

const NOW = Date.parse('2026-03-02T09:00:00Z');
const valueOf = <T>(reading: Reading<T> | undefined): T => {
  if (!isKnown(reading)) throw new Error(JSON.stringify(reading));
  return reading.value;
};

describeWith(['postgres'], 'signals from Postgres', () => {
  const db = ownDatabase();
  const specOf = (signals: SignalsInput = {}) => parse({ stores: { postgres: db.store() }, signals });
  const source = (name: string, signals: SignalsInput = {}) =>
    sourceOf(
      specOf(signals),
      // A condition runs only as a role that does nothing but read.
      sourceDeps(name === 'activeLeads' ? db.readerSecrets() : db.secrets()),
      `postgres:${name}`,
    );
  const insert = async (table: string, at: number, count: number) => {
    await db.run(
      `INSERT INTO ${table} (created_at) SELECT $1::timestamptz AT TIME ZONE 'UTC' FROM generate_series(1, $2)`,
      [new Date(at).toISOString(), count],
    );
    await flush();
  };
  /** An idle connection reports what it did only after ten seconds. */
  const flush = () => db.run('SELECT pg_stat_force_next_flush()');

  beforeAll(async () => {
    // As Laravel writes it: no time zone, and UTC in it.
    await db.run(
      `CREATE TABLE leads (id bigserial PRIMARY KEY, status text DEFAULT 'new', created_at timestamp(0))`,
    );
    await db.run('CREATE INDEX ON leads (created_at)');
    await db.run(`GRANT USAGE ON SEQUENCE leads_id_seq TO ${db.reader}`);
    // The session of a database with another time zone must not move the window.
    await db.run(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''America/New_York''', current_database()); END $$`,
    );
    await insert('leads', NOW - DAY - 60_000, 7);
    await insert('leads', NOW - DAY + 60_000, 20);
    await insert('leads', NOW - 30_000, 5);
    await insert('leads', NOW + 60_000, 3);
  });

  it('counts the window that ends at the instant asked about, whatever the time zone of the database', async () => {
    expect(await source('leadsPerDay').read(NOW)).toEqual({ leadsPerDay: { value: 25, at: NOW } });
    expect(await source('leadsPerMinute').read(NOW)).toEqual({ leadsPerMinute: { value: 5, at: NOW } });
  });

  it('takes a name as it is written, also one that looks like a parameter', async () => {
    await db.run('CREATE TABLE "Leads$1" ("at$2" timestamp)');
    await db.run(
      `INSERT INTO "Leads$1" SELECT $1::timestamptz AT TIME ZONE 'UTC' FROM generate_series(1, 4)`,
      [new Date(NOW - 1_000).toISOString()],
    );
    const leads = source('leadsPerMinute', {
      leadsPerMinute: { postgres: { table: 'Leads$1', column: 'at$2' } },
    });
    expect(valueOf((await leads.read(NOW)).leadsPerMinute)).toBe(4);
  });

  it('takes a day to be as long as the spec says', async () => {
    const hour = source('leadsPerDay', { leadsPerDay: { postgres: { window: '1h' } } });
    expect(valueOf((await hour.read(NOW)).leadsPerDay)).toBe(5);
  });

  it('adds what was inserted since the exact count, and counts again when it is time', async () => {
    await db.run('CREATE TABLE fresh (created_at timestamp)');
    await insert('fresh', NOW, 1_000);
    const leads = source('leadsPerDay', { leadsPerDay: { postgres: { table: 'fresh' } } });
    expect(valueOf((await leads.read(NOW)).leadsPerDay)).toBe(1_000);
    // 40 of them far outside of the window: the statistics do not tell, the next count does.
    await insert('fresh', NOW - 5 * DAY, 40);
    await insert('fresh', NOW + 1_000, 10);
    let now = NOW + 15_000;
    await eventually(async () => {
      now += 15_000;
      expect(valueOf((await leads.read(now)).leadsPerDay)).toBe(1_050);
    });
    expect(now).toBeLessThan(NOW + 290_000);
    expect(valueOf((await leads.read(NOW + 300_000)).leadsPerDay)).toBe(1_010);
  });

  it('counts at once when the bound has run away, so that a restored archive is no busy day', async () => {
    await db.run('CREATE TABLE restored (created_at timestamp)');
    await insert('restored', NOW, 1_000);
    const leads = source('leadsPerDay', { leadsPerDay: { postgres: { table: 'restored' } } });
    await leads.read(NOW);
    await insert('restored', NOW - 50 * DAY, 50_000);
    await eventually(async () => {
      const [row] = await db.run(`SELECT pg_stat_get_tuples_inserted('restored'::regclass)::int AS n`);
      expect(row?.['n']).toBe(51_000);
    });
    expect(valueOf((await leads.read(NOW + 60_000)).leadsPerDay)).toBe(1_000);
  });

  it('adds nothing when the statistics were reset', async () => {
    await db.run('CREATE TABLE reset (created_at timestamp)');
    await insert('reset', NOW, 500);
    const leads = source('leadsPerDay', { leadsPerDay: { postgres: { table: 'reset' } } });
    await eventually(async () => {
      const [row] = await db.run(`SELECT pg_stat_get_tuples_inserted('reset'::regclass)::int AS n`);
      expect(row?.['n']).toBe(500);
    });
    await leads.read(NOW);
    await db.run(`SELECT pg_stat_reset_single_table_counters('reset'::regclass)`);
    // Too soon for another count, and then time for one.
    expect(valueOf((await leads.read(NOW + 1)).leadsPerDay)).toBe(500);
    expect(valueOf((await leads.read(NOW + 15_000)).leadsPerDay)).toBe(500);
  });

  it('reads partitioned tables in a schema: their leaves, where the parent counts nothing', async () => {
    await db.run('CREATE SCHEMA "Sales"');
    await db.run(
      'CREATE TABLE "Sales".leads (id bigserial, created_at timestamptz) PARTITION BY RANGE (created_at)',
    );
    await db.run(
      `CREATE TABLE "Sales".a PARTITION OF "Sales".leads FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')`,
    );
    await db.run(
      `CREATE TABLE "Sales".b PARTITION OF "Sales".leads FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')`,
    );
    const fill = (at: number, count: number) =>
      db.run('INSERT INTO "Sales".leads (created_at) SELECT $1 FROM generate_series(1, $2)', [
        new Date(at),
        count,
      ]);
    await fill(NOW - DAY - 86_400_000, 100);
    await fill(NOW - 3_600_000, 30);
    await db.run('ANALYZE "Sales".leads');
    const signals: SignalsInput = { leadsPerDay: { postgres: { table: 'Sales.leads' } } };
    const leads = source('leadsPerDay', signals);
    expect(valueOf((await leads.read(NOW)).leadsPerDay)).toBe(30);
    // The table is written once; the estimate and the minute follow it.
    expect(valueOf((await source('leadsTotal', signals).read(NOW)).leadsTotal)).toBe(130);
    await flush();
    const minute = source('leadsPerMinute', signals);
    expect((await minute.read(NOW)).leadsPerMinute).toMatchObject({ unknown: 'NotYetCompared' });
    expect(valueOf((await minute.read(NOW + 15_000)).leadsPerMinute)).toBe(0);
    await fill(NOW, 12);
    await flush();
    let now = NOW;
    await eventually(async () => {
      now += 1_000;
      expect(valueOf((await leads.read(now)).leadsPerDay)).toBe(42);
    });
  });

  it('estimates the rows without visiting them, also where an index was made before there were any', async () => {
    await db.run('CREATE TABLE indexed (created_at timestamp)');
    await db.run('CREATE INDEX ON indexed (created_at)');
    await insert('indexed', NOW, 1_234);
    const total = source('leadsTotal', { leadsTotal: { postgres: { table: 'indexed', interval: '1s' } } });
    let now = NOW;
    await eventually(async () => {
      now += 1_000;
      expect(valueOf((await total.read(now)).leadsTotal)).toBe(1_234);
    });
  });

  it('does not know the rows of a table that was never analysed and has no statistics', async () => {
    await db.run('CREATE TABLE unseen (created_at timestamp) WITH (autovacuum_enabled = off)');
    await insert('unseen', NOW, 10);
    await eventually(async () => {
      await db.run(`SELECT pg_stat_reset_single_table_counters('unseen'::regclass)`);
      const total = source('leadsTotal', { leadsTotal: { postgres: { table: 'unseen' } } });
      expect((await total.read(NOW)).leadsTotal).toMatchObject({ unknown: 'EmptyResult' });
    });
    await db.run('ANALYZE unseen');
    const total = source('leadsTotal', { leadsTotal: { postgres: { table: 'unseen' } } });
    expect(valueOf((await total.read(NOW)).leadsTotal)).toBe(10);
  });

  it('counts what a condition makes active', async () => {
    await db.run(`UPDATE leads SET status = 'active' WHERE id <= 4`);
    const active = source('activeLeads', {
      activeLeads: { postgres: { condition: "status = 'active' -- sold ones" } },
    });
    expect(await active.read(NOW)).toEqual({ activeLeads: { value: 4, at: NOW } });
  });

  it('reads the size, and the connections used and allowed', async () => {
    const { databaseSize } = await source('databaseSize').read(NOW);
    expect(valueOf(databaseSize)).toBeGreaterThan(5e6);
    const counted = async () => {
      const [row] = await db.run(
        `SELECT count(*)::int AS used FROM pg_stat_activity WHERE backend_type = 'client backend'`,
      );
      return Number(row?.['used']);
    };
    const connections = source('databaseConnections');
    await connections.read(NOW);
    // Other tests come and go on this server: a moment in which none did.
    await eventually(async () => {
      const before = await counted();
      const { used, allowed } = valueOf((await connections.read(NOW)).databaseConnections);
      expect(await counted()).toBe(before);
      expect({ used, allowed }).toEqual({ used: before, allowed: 197 });
    });
  });

  it('counts the connections of others also without the right to see what they do', async () => {
    await db.run(`CREATE ROLE small LOGIN PASSWORD 'small'`);
    const spec = parse({ stores: { postgres: db.store() } });
    const small = sourceOf(
      spec,
      sourceDeps({ postgres: { username: 'small', password: 'small' } }),
      'postgres:databaseConnections',
    );
    const { databaseConnections } = await small.read(NOW);
    expect(valueOf(databaseConnections).used).toBeGreaterThanOrEqual(2);
    await db.run('DROP ROLE small');
  });

  it.each<{ name: string; source: string; signals: SignalsInput; reason: string; says: RegExp }>([
    {
      name: 'a table that is not there',
      source: 'leadsPerDay',
      signals: { leadsPerDay: { postgres: { table: 'nowhere' } } },
      reason: 'NotFound',
      says: /table/,
    },
    {
      name: 'a column that is not there',
      source: 'leadsPerMinute',
      signals: { leadsPerMinute: { postgres: { column: 'nothing' } } },
      reason: 'NotFound',
      says: /column/,
    },
    {
      name: 'a column of another type',
      source: 'leadsPerMinute',
      signals: { leadsPerMinute: { postgres: { column: 'id' } } },
      reason: 'SourceRefused',
      says: /leads\.id .* timestamptz or timestamp; set spec\.signals\.leadsPerMinute\.postgres\.column/,
    },
    {
      name: 'a condition that is no SQL',
      source: 'activeLeads',
      signals: { activeLeads: { postgres: { condition: 'status = = 1' } } },
      reason: 'SourceRefused',
      says: /condition/,
    },
    {
      name: 'a condition that never ends',
      source: 'activeLeads',
      signals: { activeLeads: { postgres: { condition: 'pg_sleep(20) IS NULL' } } },
      reason: 'SourceTimeout',
      says: /time-out/,
    },
    {
      name: 'a second statement',
      source: 'activeLeads',
      signals: { activeLeads: { postgres: { condition: '1 = 1); DROP TABLE leads; SELECT (1' } } },
      reason: 'SourceRefused',
      says: /condition/,
    },
    {
      name: 'a condition that writes',
      source: 'activeLeads',
      signals: { activeLeads: { postgres: { condition: "nextval('leads_id_seq') > 0" } } },
      reason: 'SourceRefused',
      says: /only read/,
    },
  ])('is unknown, with what would be right: $name', async ({ source: name, signals, reason, says }) => {
    const [reading] = Object.values(await source(name, signals).read(NOW)) as Reading[];
    expect(reading).toMatchObject({ unknown: reason, message: expect.stringMatching(says) as string });
    expect(valueOf((await source('leadsPerDay').read(NOW)).leadsPerDay)).toBe(25);
  });

  it('leaves no setting of a condition behind', async () => {
    const spec = specOf({
      activeLeads: { postgres: { condition: "set_config('search_path', 'pg_catalog', false) IS NOT NULL" } },
    });
    const deps = sourceDeps(db.readerSecrets());
    const active = sourceOf(spec, deps, 'postgres:activeLeads');
    const leads = sourceOf(spec, deps, 'postgres:leadsPerDay');
    for (let round = 0; round < 6; round += 1) {
      await active.read(NOW + round * 1e9);
      expect(isKnown((await leads.read(NOW + round * 1e9)).leadsPerDay)).toBe(true);
    }
  });

  it('says which right is missing', async () => {
    await db.run(`CREATE ROLE poor LOGIN PASSWORD 'poor'`);
    const poor = sourceOf(
      specOf(),
      sourceDeps({ postgres: { username: 'poor', password: 'poor' } }),
      'postgres:leadsPerMinute',
    );
    expect((await poor.read(NOW)).leadsPerMinute).toMatchObject({
      unknown: 'SourceRefused',
      message: expect.stringMatching(/grant it SELECT/) as string,
    });
    await db.run('DROP ROLE poor');
  });

  it('reads the load of the past, step by step', async () => {
    await db.run('CREATE TABLE past (created_at timestamp)');
    await db.run('CREATE INDEX ON past (created_at)');
    // 240 a day for five days, then nothing for two.
    await db.run(
      `INSERT INTO past SELECT $1::timestamptz AT TIME ZONE 'UTC' - interval '2 days' - interval '6 minutes' * g FROM generate_series(0, 1199) g`,
      [new Date(NOW).toISOString()],
    );
    const past = await readPastLoad(
      specOf({ leadsPerDay: { postgres: { table: 'past' } } }),
      sourceDeps(db.secrets()),
      NOW,
      never,
    );
    const at = (time: number) => past.find((point) => point.at === time)?.leadsPerDay;
    expect(at(NOW)).toBe(0);
    expect(at(NOW - DAY / 2 - DAY)).toBe(120);
    expect(at(NOW - 2 * DAY)).toBe(240);
    expect(at(NOW - 5 * DAY)).toBe(240);
    expect(past[0]?.at).toBeGreaterThanOrEqual(NOW - 7 * DAY);
    expect(past.map((point) => point.at)).toEqual(past.map((point) => point.at).toSorted((a, b) => a - b));
  });

  it('does not take a database that cannot be read for a past without leads', async () => {
    const read = readPastLoad(
      specOf({ leadsPerDay: { postgres: { table: 'nowhere' } } }),
      sourceDeps(db.secrets()),
      NOW,
      never,
    );
    await expect(read).rejects.toMatchObject({ reason: 'NotFound' });
    expect(await readPastLoad(parse({}), sourceDeps(), NOW, never)).toEqual([]);
  });
});
