/** A real PgBouncer between us and the database. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startPgbouncer, type PgbouncerOptions } from '../../../testbed/pgbouncer.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { isKnown } from '../../../src/model/reading.ts';
import type { Observation } from '../../../src/sources/port.ts';
import { describeWith, testbed } from '../support.ts';
import { ownDatabase, parse, sourceDeps, sourceOf } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');

describeWith(['postgres', 'pgbouncer'], 'a pooler in front of Postgres', () => {
  const db = ownDatabase();
  const role = `other_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    await db.run(`CREATE TABLE leads (status text DEFAULT 'new', created_at timestamp)`);
    await db.run('CREATE INDEX ON leads (created_at)');
    await db.run(
      `INSERT INTO leads (status, created_at) SELECT 'active', '2026-03-02 08:59:30' FROM generate_series(1, 17)`,
    );
    await db.run('CREATE SCHEMA others');
    await db.run('CREATE TABLE others.leads (status text, created_at timestamp)');
    await db.run(`GRANT USAGE ON SCHEMA others TO ${db.reader}`);
    await db.run(`CREATE ROLE ${role}`);
    await db.run(`GRANT ${role} TO ${db.reader}`);
  });

  afterAll(async () => {
    await db.run(`DROP ROLE ${role}`);
  });

  async function pooled(
    poolMode: PgbouncerOptions['poolMode'],
    signals: LeadPlatformSpecInput['signals'],
    poolSize = 1,
  ) {
    const { host, port } = testbed().postgres;
    const [user, password] = [db.reader, db.reader];
    const { database } = db.store();
    const bouncer = await startPgbouncer({
      postgres: { host, port, user, password },
      database,
      poolMode,
      poolSize,
    });
    onTestFinished(() => bouncer.stop());
    const spec = parse({
      stores: { postgres: { ...db.store(), host: bouncer.host, port: bouncer.port } },
      signals,
    });
    const deps = sourceDeps(db.readerSecrets());
    const read = async (signal: string, now = NOW): Promise<Observation[keyof Observation]> =>
      Object.values(await source(signal).read(now))[0];
    const made = new Map<string, ReturnType<typeof sourceOf>>();
    const source = (signal: string) => {
      const known = made.get(signal) ?? sourceOf(spec, deps, `postgres:${signal}`);
      made.set(signal, known);
      return known;
    };
    /** Somebody else of the same role, through the same pooler. */
    const other = async (sql: string) => {
      const client = new pg.Client({ host: bouncer.host, port: bouncer.port, user, password, database });
      await client.connect();
      await client.query(sql);
      await client.end();
    };
    return { read, other };
  }

  const ALL = [
    'leadsPerMinute',
    'leadsPerDay',
    'leadsTotal',
    'activeLeads',
    'databaseSize',
    'databaseConnections',
  ];
  const active = (condition: string) => ({ activeLeads: { postgres: { condition } } });

  it.each(['session', 'transaction', 'statement'] as const)(
    'that gives connections out by the %s lets every signal through',
    async (poolMode) => {
      await db.run('ANALYZE leads');
      const { read } = await pooled(poolMode, active(`status = 'active'`), 4);
      for (const round of [0, 15_000]) {
        const readings = await Promise.all(ALL.map((signal) => read(signal, NOW + round)));
        expect(readings.filter((reading) => !isKnown(reading as never))).toEqual([]);
      }
      expect(await read('activeLeads')).toEqual({ value: 17, at: NOW });
      expect(await read('leadsPerMinute')).toEqual({ value: 17, at: NOW });
    },
  );

  it.each([
    ['is not known', 'nothing = 1', 'NotFound', /condition/],
    ['is no SQL', 'status = = 1', 'SourceRefused', /condition/],
    ['holds another statement', '1 = 1); DROP TABLE leads; SELECT (1', 'SourceRefused', /condition/],
    ['ends the transaction', `1 = 1); COMMIT; SELECT (1`, 'SourceRefused', /condition/],
    [
      'writes',
      `set_config('transaction_read_only', 'off', false) IS NOT NULL`,
      'SourceRefused',
      /read-only|condition/,
    ],
  ])(
    'that gives connections out by the statement: a condition that %s costs its own signal alone',
    async (_what, condition, reason, says) => {
      const { read } = await pooled('statement', active(condition));
      const readings = await Promise.all(ALL.map((signal) => read(signal)));
      expect(readings[3]).toMatchObject({ unknown: reason, message: expect.stringMatching(says) as string });
      expect(readings.filter((reading) => !isKnown(reading as never))).toHaveLength(1);
      expect(await read('leadsPerMinute', NOW + 15_000)).toEqual({ value: 17, at: NOW + 15_000 });
    },
  );

  it.each([
    ['a search_path with a table of that name', 'SET search_path = others'],
    ['a search_path with none', 'SET search_path = pg_catalog'],
    ['a role that may read nothing', `SET ROLE ${role}`],
    ['numbers of few digits', 'SET extra_float_digits = -15'],
  ])(
    'that gives connections out by the transaction: %s of another client is not ours',
    async (_what, sql) => {
      const { read, other } = await pooled('transaction', active(`status = 'active'`));
      await other(sql);
      expect(await read('leadsPerMinute')).toEqual({ value: 17, at: NOW });
      await other(sql);
      expect(await read('leadsPerDay')).toEqual({ value: 17, at: NOW });
      await other(sql);
      expect(await read('activeLeads')).toEqual({ value: 17, at: NOW });
    },
  );

  it('what the role or the database is set up with holds', async () => {
    await db.run(
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = others', current_database()); END $$`,
    );
    try {
      const { read } = await pooled('transaction', active('true'));
      expect(await read('leadsPerMinute')).toEqual({ value: 0, at: NOW });
      expect(await read('activeLeads')).toEqual({ value: 0, at: NOW });
    } finally {
      await db.run(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$`,
      );
    }
  });
});
