/** What the role of the operator may not see, and what is not there: told with names, and never counted as nothing. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { readPastLoad } from '../../../src/sources/index.ts';
import { describeWith } from '../support.ts';
import { never, ownDatabase, parse, sourceDeps, sourceOf } from './fixture.ts';

type SignalsInput = LeadPlatformSpecInput['signals'];

const NOW = Date.parse('2026-03-02T09:00:00Z');

describeWith(['postgres'], 'a role with few rights', () => {
  const db = ownDatabase();
  const role = `measuring_${randomBytes(4).toString('hex')}`;
  let tables = 0;

  const rows = async (table: string, columns = 'created_at') =>
    db.run(
      `INSERT INTO ${table} (${columns}) SELECT '2026-03-02 08:59:30'${columns.includes(',') ? `, 'active'` : ''} FROM generate_series(1, 12)`,
    );
  const specOf = (signals: SignalsInput) => parse({ stores: { postgres: db.store() }, signals });
  const deps = (user = role) => sourceDeps({ postgres: { username: user, password: user } });
  const read = async (signal: string, signals: SignalsInput): Promise<Reading | undefined> => {
    const source = sourceOf(specOf(signals), deps(), `postgres:${signal}`);
    return Object.values(await source.read(NOW))[0] as Reading | undefined;
  };
  const everySignal = async (table: string): Promise<unknown[]> => {
    const leads = { postgres: { table } };
    const signals = {
      leadsPerDay: leads,
      activeLeads: { postgres: { table, condition: `status = 'active'` } },
    };
    return Promise.all(
      ['leadsPerDay', 'leadsPerMinute', 'activeLeads'].map((signal) => read(signal, signals)),
    );
  };

  beforeAll(async () => {
    await db.run(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    await db.run('CREATE SCHEMA sales');
    await db.run(`GRANT USAGE ON SCHEMA sales TO ${role}`);
    await db.run('CREATE SCHEMA closed');
    await db.run('CREATE TABLE closed.leads (created_at timestamp)');
  });

  afterAll(async () => {
    await db.run(`DROP OWNED BY ${role}`);
    await db.run(`DROP ROLE ${role}`);
  });

  it.each<[string, (table: string) => string[], boolean]>([
    ['and no policy for it', () => [], false],
    [
      'and a policy that shows some rows',
      (table) => [`CREATE POLICY own ON ${table} FOR SELECT TO ${role} USING (status = current_user)`],
      false,
    ],
    [
      'and a policy that shows all rows to another role',
      (table) => [`CREATE POLICY all_of_them ON ${table} TO postgres USING (true)`],
      false,
    ],
    [
      'and a policy that shows all rows, and one that restricts it',
      (table) => [
        `CREATE POLICY all_of_them ON ${table} FOR SELECT TO ${role} USING (true)`,
        `CREATE POLICY less ON ${table} AS RESTRICTIVE TO PUBLIC USING (status = 'mine')`,
      ],
      false,
    ],
    [
      'and a policy that shows all rows',
      (table) => [`CREATE POLICY all_of_them ON ${table} FOR SELECT TO ${role} USING (true)`],
      true,
    ],
    [
      'and a policy that shows all rows to everybody',
      (table) => [`CREATE POLICY open ON ${table} USING (true)`],
      true,
    ],
    ['which it owns without force', (table) => [`ALTER TABLE ${table} OWNER TO ${role}`], true],
    [
      'which it owns with force',
      (table) => [`ALTER TABLE ${table} OWNER TO ${role}`, `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`],
      false,
    ],
  ])('row-level security on a table, %s', async (_what, statements, isSeen) => {
    const table = `secured_${(tables += 1)}`;
    await db.run(`CREATE TABLE ${table} (status text, created_at timestamp)`);
    await rows(table, 'created_at, status');
    await db.run(`GRANT SELECT ON ${table} TO ${role}`);
    await db.run(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    for (const statement of statements(table)) await db.run(statement);
    const isOwned = statements(table).some((statement) => statement.includes('OWNER TO'));
    const expected = isSeen
      ? { value: 12, at: NOW }
      : {
          unknown: 'SourceRefused',
          message: expect.stringMatching(
            new RegExp(
              `hides rows of ${table} .*BYPASSRLS, or CREATE POLICY <name> ON ${table} FOR SELECT TO <role> USING \\(true\\)`,
            ),
          ) as string,
        };
    // Who owns a table may write into it, and then no condition is run.
    const ofCondition = isOwned
      ? { unknown: 'SourceRefused', message: expect.stringContaining(`may write into ${table}`) as string }
      : expected;
    expect(await everySignal(table)).toEqual([expected, expected, ofCondition]);
    // Who owns one table may write, and has no condition of another one run.
    if (isOwned) await db.run(`ALTER TABLE ${table} OWNER TO postgres`);
  });

  it('row-level security below a view of the role, and of a partitioned table', async () => {
    await db.run('CREATE TABLE hidden (status text, created_at timestamp) PARTITION BY RANGE (created_at)');
    await db.run(
      `CREATE TABLE hidden_1 PARTITION OF hidden FOR VALUES FROM ('2020-01-01') TO ('2100-01-01')`,
    );
    await rows('hidden', 'created_at, status');
    await db.run('ALTER TABLE hidden ENABLE ROW LEVEL SECURITY');
    await db.run('CREATE VIEW seen WITH (security_invoker) AS SELECT * FROM hidden');
    await db.run(`GRANT SELECT ON hidden, seen TO ${role}`);
    for (const table of ['hidden', 'seen'])
      for (const reading of await everySignal(table))
        expect(reading).toMatchObject({
          unknown: 'SourceRefused',
          message: expect.stringContaining('row-level security') as string,
        });
  });

  it('does not take a past that it may not see for a quiet one', async () => {
    await db.run('CREATE TABLE past (created_at timestamp)');
    await db.run('ALTER TABLE past ENABLE ROW LEVEL SECURITY');
    await db.run(`GRANT SELECT ON past TO ${role}`);
    const past = readPastLoad(specOf({ leadsPerDay: { postgres: { table: 'past' } } }), deps(), NOW, never);
    await expect(past).rejects.toMatchObject({
      reason: 'SourceRefused',
      message: expect.stringContaining('hides rows of past') as string,
    });
  });

  it.each<{ name: string; signal: string; signals: SignalsInput; reason: string; says: string }>([
    {
      name: 'a table, by default',
      signal: 'leadsPerDay',
      signals: {},
      reason: 'NotFound',
      says: 'has no table leads (public.leads, unless the search_path of the role says otherwise); set spec.signals.leadsPerDay.postgres.table',
    },
    {
      name: 'a table in a schema',
      signal: 'leadsPerDay',
      signals: { leadsPerDay: { postgres: { table: 'sales.leads' } } },
      reason: 'NotFound',
      says: 'has no table sales.leads; set spec.signals.leadsPerDay.postgres.table',
    },
    {
      name: 'a table in a schema that is not there',
      signal: 'leadsTotal',
      signals: { leadsTotal: { postgres: { table: 'Sales.leads' } } },
      reason: 'NotFound',
      says: 'has no table Sales.leads; set spec.signals.leadsTotal.postgres.table',
    },
    {
      name: 'the table of another signal',
      signal: 'leadsPerMinute',
      signals: { leadsPerDay: { postgres: { table: 'sales.leads' } } },
      reason: 'NotFound',
      says: 'has no table sales.leads; set spec.signals.leadsPerDay.postgres.table',
    },
    {
      name: 'a table of its own',
      signal: 'leadsPerMinute',
      signals: { leadsPerMinute: { postgres: { table: 'sales.minutes' } } },
      reason: 'NotFound',
      says: 'has no table sales.minutes; set spec.signals.leadsPerMinute.postgres.table',
    },
    {
      name: 'a table with a condition',
      signal: 'activeLeads',
      signals: { activeLeads: { postgres: { table: 'sales.leads', condition: 'true' } } },
      reason: 'NotFound',
      says: 'has no table sales.leads, or none that the condition names; correct spec.signals.activeLeads.postgres.table or .condition',
    },
    {
      name: 'a column',
      signal: 'leadsPerMinute',
      signals: { leadsPerDay: { postgres: { table: 'pg_catalog.pg_class', column: 'born' } } },
      reason: 'NotFound',
      says: 'has no column born in pg_catalog.pg_class; set spec.signals.leadsPerDay.postgres.column',
    },
    {
      name: 'the right to read a schema',
      signal: 'leadsPerDay',
      signals: { leadsPerDay: { postgres: { table: 'closed.leads' } } },
      reason: 'SourceRefused',
      says: 'does not let the role read closed.leads; grant it SELECT on the table, and USAGE on its schema',
    },
  ])(
    'names what is missing, and the field that is to be corrected: $name',
    async ({ signal, signals, reason, says }) => {
      const { host, port } = db.store();
      expect(await read(signal, signals)).toEqual({
        unknown: reason,
        message: `Postgres at ${host}:${port} ${says}`,
      });
    },
  );
});
