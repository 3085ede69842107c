/** Leads whose dates do not tell when they came: right, or unknown with what would be right, and never 0. */
import { beforeAll, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { isKnown, type Reading } from '../../../src/model/reading.ts';
import { readPastLoad } from '../../../src/sources/index.ts';
import { describeWith } from '../support.ts';
import { DAY, never, ownDatabase, parse, sourceDeps, sourceOf } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const LOOK = 15_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describeWith(['postgres'], 'the dates of leads', () => {
  const db = ownDatabase();
  let tables = 0;

  /** A table that an application fills, on whose wall hangs a clock of `zone` that is `late` by so many milliseconds. */
  async function application(zone: string, { late = 0, type = 'timestamp' } = {}) {
    const table = `leads_${(tables += 1)}`;
    await db.run(`CREATE TABLE ${table} (created_at ${type})`);
    await db.run(`CREATE INDEX ON ${table} (created_at)`);
    /** As many leads, one every `every`, the last one at `at`. */
    const leads = async (at: number, count: number, every: number) => {
      await db.run(
        `INSERT INTO ${table} SELECT ($1::timestamptz - make_interval(secs => $2 * g)) ${type === 'timestamptz' ? '' : 'AT TIME ZONE $4'} FROM generate_series(0, $3 - 1) g ${type === 'timestamptz' ? 'WHERE $4::text IS NOT NULL' : ''}`,
        [new Date(at - late).toISOString(), every / 1_000, count, zone],
      );
      await db.run('SELECT pg_stat_force_next_flush()');
    };
    return { table, leads };
  }

  function sources(table: string, timeZone?: string) {
    const postgres = { table, ...(timeZone !== undefined && { timeZone }) };
    const signals: LeadPlatformSpecInput['signals'] = { leadsPerDay: { postgres } };
    const spec = parse({ stores: { postgres: db.store() }, signals });
    const deps = sourceDeps(db.secrets());
    const minute = sourceOf(spec, deps, 'postgres:leadsPerMinute');
    const day = sourceOf(spec, deps, 'postgres:leadsPerDay');
    return {
      spec,
      minute: async (now: number) => (await minute.read(now)).leadsPerMinute,
      day: async (now: number) => (await day.read(now)).leadsPerDay,
    };
  }

  it.each<{
    name: string;
    zone: string;
    timeZone?: string;
    late?: number;
    type?: string;
    minute: number | RegExp;
    day: number | RegExp;
  }>([
    { name: 'UTC, as it is told', zone: 'UTC', minute: 30, day: 3_607 },
    {
      name: 'New York, and nothing told',
      zone: 'America/New_York',
      minute: /does not write UTC \(set spec\.signals\.leadsPerDay\.postgres\.timeZone to its zone\)/,
      day: /does not write UTC/,
    },
    {
      name: 'Manila, and nothing told',
      zone: 'Asia/Manila',
      minute: /future.*timeZone/,
      day: /future.*timeZone/,
    },
    { name: 'New York', zone: 'America/New_York', timeZone: 'America/New_York', minute: 30, day: 3_607 },
    { name: 'Manila', zone: 'Asia/Manila', timeZone: 'Asia/Manila', minute: 30, day: 3_607 },
    {
      name: 'Kathmandu, told as Kolkata',
      zone: 'Asia/Kathmandu',
      timeZone: 'Asia/Kolkata',
      minute: /future/,
      day: /future/,
    },
    {
      name: 'Kolkata, told as Kathmandu',
      zone: 'Asia/Kolkata',
      timeZone: 'Asia/Kathmandu',
      minute: /Kathmandu/,
      day: /Kathmandu/,
    },
    {
      name: 'instants, and a zone told nevertheless',
      zone: 'UTC',
      type: 'timestamptz',
      timeZone: 'Asia/Manila',
      minute: 30,
      day: 3_607,
    },
    { name: 'a clock 90 s behind', zone: 'UTC', late: 90_000, minute: /clock is wrong/, day: 3_607 },
    { name: 'a clock 45 s behind', zone: 'UTC', late: 45_000, minute: /clock is wrong/, day: 3_607 },
    {
      name: 'a clock 90 s behind that writes instants',
      zone: 'UTC',
      late: 90_000,
      type: 'timestamptz',
      minute: /a clock is behind \(set/,
      day: 3_607,
    },
    {
      name: 'a clock 3 minutes ahead that writes instants',
      zone: 'UTC',
      late: -180_000,
      type: 'timestamptz',
      minute: /future.*: a clock is wrong; set/,
      day: /future/,
    },
  ])('$name', async ({ zone, timeZone, minute, day, ...how }) => {
    const { table, leads } = await application(zone, how);
    await leads(NOW, 3_600, 2_000);
    const read = sources(table, timeZone);
    await read.minute(NOW);
    await read.day(NOW);
    // Seven more in the time until the next look, and it is known what they are dated.
    await leads(NOW + LOOK, 7, 2_000);
    for (const [reading, expected] of [
      [await read.minute(NOW + LOOK), minute],
      [await read.day(NOW + LOOK), day],
    ] as const) {
      expect(reading).toEqual(
        typeof expected === 'number'
          ? { value: expected, at: NOW + LOOK }
          : { unknown: 'Suspicious', message: expect.stringMatching(expected) as string },
      );
    }
  });

  it('a zero is never told before it is known whether leads come: first nothing, then none', async () => {
    const { table, leads } = await application('UTC');
    await leads(NOW - HOUR, 10, 2_000);
    const read = sources(table);
    expect(await read.minute(NOW)).toMatchObject({ unknown: 'NotYetCompared' });
    expect(await read.minute(NOW + LOOK)).toEqual({ value: 0, at: NOW + LOOK });
    expect(await read.day(NOW + LOOK)).toEqual({ value: 10, at: NOW + LOOK });
  });

  it('a doubt lasts until a lead is dated right', async () => {
    const { table, leads } = await application('America/New_York');
    await leads(NOW, 100, 2_000);
    const read = sources(table);
    await read.minute(NOW);
    await leads(NOW + LOOK, 1, 2_000);
    expect(await read.minute(NOW + LOOK)).toMatchObject({ unknown: 'Suspicious' });
    // Nothing comes meanwhile, and that is no reason to believe in 0.
    expect(await read.minute(NOW + 2 * LOOK)).toMatchObject({ unknown: 'Suspicious' });
    await db.run(`INSERT INTO ${table} VALUES ($1::timestamptz AT TIME ZONE 'UTC')`, [
      new Date(NOW + 3 * LOOK).toISOString(),
    ]);
    expect(await read.minute(NOW + 3 * LOOK)).toEqual({ value: 1, at: NOW + 3 * LOOK });
  });

  it.each([
    ['before clocks are set back', '2026-11-01T05:30:00Z', 30, 750],
    ['in the hour that comes twice', '2026-11-01T06:30:00Z', /set back at 2026-11-01T06:00:00/, 750],
    ['after it', '2026-11-01T07:30:00Z', 30, 750],
    // With the leads of half an hour that went before it: the first and the second time cannot be told apart.
    ['a day after the hour that came twice', '2026-11-02T05:30:00Z', 30, 765],
    ['a day later', '2026-11-02T07:30:00Z', 30, 750],
    ['just after clocks are set forward', '2026-03-08T07:00:30Z', 30, 750],
  ])('in the zone of the application, %s', async (_when, now, minute, day) => {
    const end = Date.parse(now);
    const { table, leads } = await application('America/New_York');
    // One every two minutes for longer than a day, and in the last minute thirty.
    await leads(end - MINUTE, 1_000, 2 * MINUTE);
    await leads(end, 30, 2_000);
    const read = sources(table, 'America/New_York');
    await read.minute(end);
    const found = [await read.minute(end), await read.day(end)];
    expect(found[0]).toEqual(
      typeof minute === 'number'
        ? { value: minute, at: end }
        : { unknown: 'Suspicious', message: expect.stringMatching(minute) as string },
    );
    expect(isKnown(found[1]) && found[1].value).toBe(day);
  });

  it('the past is read in the zone of the application, over a change of clocks', async () => {
    const end = Date.parse('2026-03-10T12:00:00Z');
    const { table, leads } = await application('America/New_York');
    await leads(end, 24 * 30 * 4, 2 * MINUTE);
    const past = await readPastLoad(
      sources(table, 'America/New_York').spec,
      sourceDeps(db.secrets()),
      end,
      never,
    );
    const whole = past.filter(({ at }) => at > end - 3 * DAY);
    expect(whole.map(({ leadsPerDay }) => leadsPerDay)).toEqual(whole.map(() => 720));
  });

  it.each([
    [
      'date',
      'date',
      /leads_\d+\.created_at is a date, without a time of day: .*set spec\.signals\.leadsPerDay\.postgres\.column/,
    ],
    ['a domain of date', 'CREATE DOMAIN birthday AS date', /is a date/],
    ['text', 'text', /is of another type: leads are counted by a column of type timestamptz or timestamp/],
    ['bigint', 'bigint', /cannot compare leads_\d+\.created_at with an instant/],
    ['a domain of timestamp', 'CREATE DOMAIN moment AS timestamp NOT NULL', 1],
  ])('a column of type %s', async (_name, sql, expected) => {
    const domain = /^CREATE DOMAIN (\w+)/.exec(sql)?.[1];
    if (domain !== undefined) await db.run(sql);
    const table = `leads_${(tables += 1)}`;
    await db.run(`CREATE TABLE ${table} (created_at ${domain ?? sql})`);
    const value = sql === 'bigint' ? String(NOW / 1_000) : new Date(NOW - 1_000).toISOString().slice(0, -1);
    await db.run(`INSERT INTO ${table} VALUES ('${value}')`);
    const read = sources(table);
    for (const reading of [await read.minute(NOW), await read.day(NOW)])
      expect(reading).toMatchObject(
        typeof expected === 'number'
          ? { value: expected }
          : { unknown: 'SourceRefused', message: expect.stringMatching(expected) as string },
      );
  });

  it('through a view they are counted and doubted as in its table, and a copy of long ago is not counted', async () => {
    const { table, leads } = await application('America/New_York');
    await leads(NOW, 100, 2_000);
    await db.run(`CREATE VIEW raw AS SELECT * FROM ${table}`);
    await db.run(
      `CREATE VIEW right_zone AS SELECT created_at AT TIME ZONE 'America/New_York' AS created_at FROM raw`,
    );
    await db.run(`CREATE MATERIALIZED VIEW copied AS SELECT * FROM right_zone`);
    const [raw, right, copied] = ['raw', 'right_zone', 'copied'].map((name) => sources(name));
    await raw?.minute(NOW);
    await right?.minute(NOW);
    await leads(NOW + LOOK, 7, 2_000);
    expect(await raw?.minute(NOW + LOOK)).toMatchObject({ unknown: 'Suspicious' });
    expect(await right?.minute(NOW + LOOK)).toEqual({ value: 30, at: NOW + LOOK });
    expect(await right?.day(NOW + LOOK)).toEqual({ value: 107, at: NOW + LOOK });
    for (const reading of [await copied?.minute(NOW + LOOK), await copied?.day(NOW + LOOK)])
      expect(reading).toMatchObject({
        unknown: 'Suspicious',
        message: expect.stringMatching(
          /materialized view.*spec\.signals\.leadsPerDay\.postgres\.table/,
        ) as string,
      });
  });

  describeRows();

  /** Estimates of all rows. */
  function describeRows() {
    const total = async (table: string): Promise<Reading | undefined> => {
      const spec = parse({
        stores: { postgres: db.store() },
        signals: { leadsTotal: { postgres: { table } } },
      });
      return (await sourceOf(spec, sourceDeps(db.secrets()), 'postgres:leadsTotal').read(NOW)).leadsTotal;
    };

    beforeAll(async () => {
      const rows = (count: number) => `SELECT now() FROM generate_series(1, ${count})`;
      await db.run(`CREATE TABLE parent (created_at timestamptz)`);
      await db.run(`CREATE TABLE child () INHERITS (parent)`);
      await db.run(`CREATE TABLE grandchild () INHERITS (child)`);
      await db.run(`INSERT INTO parent ${rows(1_000)}`);
      await db.run(`INSERT INTO child ${rows(10_000)}`);
      await db.run(`INSERT INTO grandchild ${rows(1_000)}`);
      await db.run('CREATE VIEW seen AS SELECT * FROM parent');
      await db.run('CREATE MATERIALIZED VIEW kept AS SELECT * FROM parent');
      await db.run('CREATE MATERIALIZED VIEW empty AS SELECT * FROM parent WITH NO DATA');
      await db.run('SELECT pg_stat_force_next_flush()');
      await db.run('ANALYZE parent, child, grandchild, kept');
      await db.run('CREATE FOREIGN DATA WRAPPER elsewhere');
      await db.run('CREATE SERVER far FOREIGN DATA WRAPPER elsewhere');
      await db.run('CREATE FOREIGN TABLE remote (created_at timestamptz) SERVER far');
      await db.run(`CREATE TABLE parts (created_at timestamptz) PARTITION BY RANGE (created_at)`);
      await db.run(`CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2100-01-01')`);
      await db.run(`INSERT INTO parts ${rows(500)}`);
      await db.run('SELECT pg_stat_force_next_flush()');
      await db.run('ANALYZE parts, part');
      await db.run(`CREATE TABLE mixed (created_at timestamptz) PARTITION BY RANGE (created_at)`);
      await db.run(
        `CREATE FOREIGN TABLE old_part PARTITION OF mixed FOR VALUES FROM ('2020-01-01') TO ('2100-01-01') SERVER far`,
      );
    });

    it.each([
      ['a parent of INHERITS, with its children and theirs', 'parent', 12_000],
      ['a child in between', 'child', 11_000],
      ['a partitioned table that was analysed itself', 'parts', 500],
      ['a materialized view', 'kept', 12_000],
      ['a view', 'seen', /seen is a view.*set spec\.signals\.leadsTotal\.postgres\.table/],
      ['a materialized view without data', 'empty', /run ANALYZE/],
      ['a foreign table', 'remote', /run ANALYZE/],
      ['a table with a foreign partition', 'mixed', /run ANALYZE/],
    ])('all leads of %s', async (_what, table, expected) => {
      expect(await total(table)).toMatchObject(
        typeof expected === 'number'
          ? { value: expected }
          : { unknown: 'EmptyResult', message: expect.stringMatching(expected) as string },
      );
    });
  }
});
