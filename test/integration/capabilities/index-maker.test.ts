/** Indexes on a real Postgres: what the catalog says of them, and what a run makes, however the one before it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { PostgresProbe } from '../../../src/probes/probe.ts';
import { INDEX_VARIABLES } from '../../../src/capabilities/indexes/job.ts';
import {
  CATALOG,
  catalogParameter,
  type WantedIndex,
  wantedIndexes,
} from '../../../src/capabilities/indexes/wanted.ts';
import { probeRunnerOf } from '../../../src/sources/index.ts';
import { never, ownDatabase, parse, sourceDeps } from '../sources/fixture.ts';
import { describeWith, testbed } from '../support.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bin/leadplatform.js', import.meta.url));

type Index =
  NonNullable<WantedIndex> extends infer W ? Partial<W> & { table: string; columns: string[] } : never;

const wanted = (...indexes: Index[]): readonly WantedIndex[] =>
  wantedIndexes(parse({ capabilities: { databaseIndexes: { indexes } } }));

const BY_TIME: Index = { table: 'leads', columns: ['created_at'] };

describeWith(['postgres'], 'Indexes of a database', () => {
  const database = ownDatabase();

  beforeEach(async () => {
    await database.run('DROP TABLE IF EXISTS leads, odd CASCADE');
    await database.run(
      'CREATE TABLE leads (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL, status text, email text)',
    );
    await database.run(
      `INSERT INTO leads (created_at, status, email) SELECT now() - i * interval '1 s', 'new', 'a' || i FROM generate_series(1, 1000) i`,
    );
  });

  /** What the operator is told by its own question. */
  async function states(indexes: readonly WantedIndex[], secrets = database.secrets()) {
    const { postgres: store } = parse({ stores: { postgres: database.store() } }).stores;
    if (store === undefined) throw new Error('the store was given');
    const query = CATALOG;
    const parameters = [catalogParameter(indexes)];
    const probe: PostgresProbe = { id: 'test', kind: 'postgres', store, query, parameters };
    const runner = probeRunnerOf(probe, sourceDeps(secrets), Date.now);
    onTestFinished(() => runner.close());
    const answer = await runner.put(never);
    if ('unknown' in answer) throw new Error(answer.message);
    return (answer.facts as { rows: { state: string; found: string | null }[] }).rows;
  }

  /** `leadplatform create-indexes` as its Job runs it. */
  function start(indexes: readonly WantedIndex[], password?: string) {
    const { host, port, user, password: own } = testbed().postgres;
    const names = INDEX_VARIABLES;
    const child: ChildProcess = spawn(process.execPath, [LAUNCHER, 'create-indexes'], {
      env: {
        PATH: process.env['PATH'],
        [names.indexes]: JSON.stringify(indexes),
        [names.host]: host,
        [names.port]: String(port),
        [names.database]: database.store().database,
        [names.user]: user,
        [names.password]: password ?? own,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, said })),
    );
    return { child, ended, saidSoFar: () => said };
  }

  const run = (indexes: readonly WantedIndex[]) => start(indexes).ended;

  const indexesOf = async (table: string) =>
    (
      await database.run(
        `SELECT c.relname AS name, i.indisvalid AS usable FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = $1::regclass AND NOT i.indisprimary ORDER BY 1`,
        [table],
      )
    ).map(({ name, usable }) => `${String(name)}${usable === true ? '' : ' (unusable)'}`);

  /** Keeps a transaction open, for which an index waits that is made meanwhile. */
  async function holdUp(): Promise<() => Promise<void>> {
    const { host, port, user, password } = testbed().postgres;
    const client = new pg.Client({ host, port, user, password, database: database.store().database });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query('BEGIN');
    await client.query(`INSERT INTO leads (created_at) VALUES (now())`);
    return async () => void (await client.query('ROLLBACK'));
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`it never happened that ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const isUnderWay = () =>
    until('an index is being made', async () =>
      (await indexesOf('leads')).some((name) => name.endsWith('(unusable)')),
    );
  const backends = async () =>
    (
      await database.run(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leadplatform-indexes'`,
      )
    ).length;

  it('makes what is missing, and only that', async () => {
    await database.run('CREATE INDEX of_the_application ON leads (status)');
    const indexes = wanted(BY_TIME, { table: 'leads', columns: ['status'] });
    expect((await states(indexes)).map(({ state }) => state).toSorted()).toEqual(['missing', 'there']);
    const { code, said } = await run(indexes);
    expect(said).toMatch(/^created: lp_leads_created_at_\w{8} on leads\(created_at\)$/m);
    expect(said).toContain('there as of_the_application');
    expect(code).toBe(0);
    expect(await indexesOf('leads')).toEqual([indexes[0]?.name, 'of_the_application']);
    expect((await states(indexes)).map(({ state }) => state)).toEqual(['there', 'there']);
  });

  it('does nothing when it is run again', async () => {
    const indexes = wanted(BY_TIME, { ...BY_TIME, method: 'brin' });
    await run(indexes);
    const before = await database.run(`SELECT oid FROM pg_class WHERE relkind = 'i' ORDER BY 1`);
    const { code, said } = await run(indexes);
    expect(said).not.toContain('created:');
    expect(code).toBe(0);
    expect(await database.run(`SELECT oid FROM pg_class WHERE relkind = 'i' ORDER BY 1`)).toEqual(before);
  });

  it('makes what two runs at once are to make once', async () => {
    const indexes = wanted(BY_TIME, { table: 'leads', columns: ['email'] });
    const [one, other] = await Promise.all([run(indexes), run(indexes)]);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(`${one.said}${other.said}`.match(/^created/gm)).toHaveLength(2);
    expect(await indexesOf('leads')).toHaveLength(2);
  });

  it('makes an index anew that a run has left unusable, for it was killed in the middle', async () => {
    const indexes = wanted(BY_TIME);
    const letGo = await holdUp();
    const { child, ended } = start(indexes);
    await isUnderWay();
    child.kill('SIGKILL');
    await ended;
    await database.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leadplatform-indexes'`,
    );
    await until('the server has noticed', async () => (await backends()) === 0);
    await letGo();
    expect(await indexesOf('leads')).toEqual([`${indexes[0]?.name} (unusable)`]);
    expect((await states(indexes))[0]?.state).toBe('missing');

    const { code, said } = await run(indexes);
    expect(said).toMatch(/^dropped: .*\n.*^created: /ms);
    expect(code).toBe(0);
    expect(await indexesOf('leads')).toEqual([indexes[0]?.name]);
  });

  it('stops on the server, too, when it is told to', async () => {
    const letGo = await holdUp();
    const { child, ended } = start(wanted(BY_TIME));
    await isUnderWay();
    child.kill('SIGTERM');
    await until('the server has stopped', async () => {
      const busy = await database.run(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leadplatform-indexes' AND query LIKE 'CREATE%' AND state = 'active'`,
      );
      return busy.length === 0;
    });
    await letGo();
    const { code, said } = await ended;
    expect(code).toBe(1);
    expect(said).toContain('another run goes on from here');
    expect((await run(wanted(BY_TIME))).code).toBe(0);
  });

  it('waits for the end of a run that goes on at the server though its process is dead', async () => {
    const indexes = wanted(BY_TIME);
    const letGo = await holdUp();
    const first = start(indexes);
    await isUnderWay();
    first.child.kill('SIGKILL');
    await first.ended;
    const second = start(indexes);
    await until('the second waits', async () => second.saidSoFar().includes('waiting for its end'));
    await letGo();
    const { code, said } = await second.ended;
    expect(said).not.toContain('dropped');
    expect(code).toBe(0);
    expect(await indexesOf('leads')).toEqual([indexes[0]?.name]);
  });

  it('goes on with the others where one cannot be, and leaves nothing unusable', async () => {
    await database.run(`UPDATE leads SET email = 'secret@example.com'`);
    const indexes = wanted({ table: 'leads', columns: ['email'], unique: true }, BY_TIME, {
      table: 'nowhere',
      columns: ['id'],
    });
    const { code, said } = await run(indexes);
    expect(code).toBe(1);
    expect(said).toMatch(/^failed: .*unique leads\(email\)/m);
    expect(said).toMatch(/^failed: .*nowhere\(id\): there is no such table/m);
    expect(said).not.toContain('secret@example.com');
    expect(await indexesOf('leads')).toEqual([indexes[1]?.name]);
  });

  it('lets a condition be one condition, and nothing more', async () => {
    const partial = { table: 'leads', columns: ['created_at'], where: "status = 'new' -- of today" };
    const evil = { table: 'leads', columns: ['email'], where: '1 = 1); DROP TABLE leads; SELECT (1' };
    const { code, said } = await run(wanted(partial, evil));
    expect(code).toBe(1);
    expect(said).toMatch(/^created: lp_leads_created_at/m);
    expect(said).toMatch(/^failed: lp_leads_email/m);
    expect((await states(wanted(partial)))[0]?.state).toBe('there');
  });

  const cases: readonly (readonly [what: string, sql: string, index: Index, state: string])[] = [
    ['the same under another name', 'CREATE INDEX other ON leads (created_at)', BY_TIME, 'there'],
    [
      'one that begins with its columns',
      'CREATE INDEX other ON leads (created_at, status)',
      BY_TIME,
      'there',
    ],
    ['the key of the table', 'SELECT', { table: 'leads', columns: ['id'] }, 'there'],
    [
      'one of the schema that is named',
      'CREATE INDEX other ON leads (created_at)',
      { ...BY_TIME, table: 'public.leads' },
      'there',
    ],
    ['another order of columns', 'CREATE INDEX other ON leads (status, created_at)', BY_TIME, 'missing'],
    [
      'some of the rows alone',
      `CREATE INDEX other ON leads (created_at) WHERE status = 'new'`,
      BY_TIME,
      'missing',
    ],
    ['another method', 'CREATE INDEX other ON leads USING brin (created_at)', BY_TIME, 'missing'],
    [
      'a column that is carried along alone',
      'CREATE INDEX other ON leads (status) INCLUDE (created_at)',
      { table: 'leads', columns: ['status', 'created_at'] },
      'missing',
    ],
    [
      'an expression',
      'CREATE INDEX other ON leads (lower(status))',
      { table: 'leads', columns: ['status'] },
      'missing',
    ],
    [
      'another operator class',
      'CREATE INDEX other ON leads (status text_pattern_ops)',
      { table: 'leads', columns: ['status'] },
      'missing',
    ],
    [
      'no unique one',
      'CREATE INDEX other ON leads (email)',
      { table: 'leads', columns: ['email'], unique: true },
      'missing',
    ],
    ['a column that is not there', 'SELECT', { table: 'leads', columns: ['nowhere'] }, 'no-column'],
    ['a table that is not there', 'SELECT', { table: 'nowhere', columns: ['id'] }, 'no-table'],
    [
      'something else of its name',
      'CREATE INDEX mine ON leads (email)',
      { ...BY_TIME, name: 'mine' },
      'taken',
    ],
  ];
  it.each(cases)('takes %s for what it is', async (_what, sql, index, state) => {
    await database.run(sql);
    expect((await states(wanted(index)))[0]?.state).toBe(state);
  });

  it('is asked by a role that may not read the table', async () => {
    const role = `only_connects_${process.pid}`;
    await database.run(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    onTestFinished(async () => void (await database.run(`DROP ROLE ${role}`)));
    const secrets = { postgres: { username: role, password: 'x' } };
    expect(await states(wanted(BY_TIME), secrets)).toMatchObject([{ state: 'missing' }]);
  });

  describe('of a partitioned table', () => {
    const partitioned = async () => {
      await database.run('DROP TABLE leads');
      await database.run(
        'CREATE TABLE leads (id bigint, created_at timestamptz NOT NULL, status text) PARTITION BY RANGE (created_at)',
      );
      await database.run(
        `CREATE TABLE leads_1 PARTITION OF leads FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`,
      );
      await database.run(
        `CREATE TABLE leads_2 PARTITION OF leads FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (status)`,
      );
      await database.run(`CREATE TABLE leads_2_new PARTITION OF leads_2 FOR VALUES IN ('new')`);
      await database.run(`CREATE TABLE leads_2_rest PARTITION OF leads_2 DEFAULT`);
    };

    it('gives every partition of a partitioned table one, and takes those that are there', async () => {
      await partitioned();
      await database.run('CREATE INDEX of_the_application ON leads_1 (created_at)');
      const indexes = wanted(BY_TIME);
      expect((await states(indexes))[0]?.state).toBe('missing');
      const { code, said } = await run(indexes);
      expect([code, said]).toEqual([0, expect.stringContaining('created: ')]);
      expect((await states(indexes))[0]?.state).toBe('there');
      expect(await indexesOf('leads_1')).toEqual(['of_the_application']);
      expect(await indexesOf('leads_2_new')).toHaveLength(1);
      await database.run(
        `CREATE TABLE leads_3 PARTITION OF leads FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')`,
      );
      expect(await indexesOf('leads_3')).toHaveLength(1);
      const again = await run(indexes);
      expect([again.code, again.said]).toEqual([0, expect.stringMatching(/^there: .*\n$/)]);
    });

    it('goes on with the partitions that are missing after a run that was cut off', async () => {
      await partitioned();
      await database.run(`INSERT INTO leads VALUES (1, '2026-02-02', 'old')`);
      const { host, port, user, password } = testbed().postgres;
      const client = new pg.Client({ host, port, user, password, database: database.store().database });
      await client.connect();
      onTestFinished(() => client.end());
      await client.query('BEGIN');
      // The first partition is made by then: they go by name.
      await client.query(`UPDATE leads_2_rest SET id = 2`);
      const indexes = wanted(BY_TIME);
      const { child, ended } = start(indexes);
      await until('the last one is being made', async () => (await indexesOf('leads_2_rest')).length > 0);
      child.kill('SIGKILL');
      await ended;
      await database.run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leadplatform-indexes'`,
      );
      await until('the server has noticed', async () => (await backends()) === 0);
      await client.query('ROLLBACK');
      const first = await database.run(
        `SELECT 'leads_1'::regclass::oid, indexrelid FROM pg_index WHERE indrelid = 'leads_1'::regclass`,
      );
      expect((await states(indexes))[0]?.state).toBe('missing');

      const { code, said } = await run(indexes);
      expect([code, said]).toEqual([0, expect.stringContaining('dropped: ')]);
      expect((await states(indexes))[0]?.state).toBe('there');
      expect(
        await database.run(
          `SELECT 'leads_1'::regclass::oid, indexrelid FROM pg_index WHERE indrelid = 'leads_1'::regclass`,
        ),
      ).toEqual(first);
    });
  });
});
