/** The SQL of an author: as which role it runs, in which session, and what of it is left afterwards. */
import { randomInt } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { startPgbouncer } from '../../../testbed/pgbouncer.ts';
import { describeWith, testbed } from '../support.ts';
import { eventually, ownDatabase, parse, type Secrets, sourceDeps, sourceOf } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
/** Locks are taken by a number that no other test has. */
const LOCK = randomInt(1, 2 ** 31 - 1);
const TAKES_LOCK = `pg_try_advisory_lock(${LOCK})`;

describeWith(['postgres', 'pgbouncer'], 'a condition of an author', () => {
  const db = ownDatabase();
  const role = `${db.reader}_more`;
  const secrets: Secrets = { postgres: { username: role, password: role } };

  beforeAll(async () => {
    await db.run('CREATE TABLE leads (id bigserial, status text, created_at timestamp)');
    await db.run(`INSERT INTO leads (status) SELECT 'active' FROM generate_series(1, 12)`);
    await db.run(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    await db.run(`GRANT SELECT ON leads TO ${role}`);
    await db.run(`GRANT pg_monitor TO ${role}`);
    await db.run(`GRANT USAGE ON SEQUENCE leads_id_seq TO ${role}`);
  });
  afterAll(async () => {
    await db.run(`DROP OWNED BY ${role}`);
    await db.run(`DROP ROLE ${role}`);
  });

  const specOf = (condition: string, store: object = {}) =>
    parse({
      stores: { postgres: { ...db.store(), ...store } },
      signals: { activeLeads: { postgres: { condition } } } satisfies LeadPlatformSpecInput['signals'],
    });
  const active = (condition: string, deps = sourceDeps(secrets), store: object = {}) =>
    sourceOf(specOf(condition, store), deps, 'postgres:activeLeads');
  const read = async (condition: string) => (await active(condition).read(NOW)).activeLeads;
  const locks = () => db.run(`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1`, [LOCK]);
  const isFree = () => eventually(async () => expect(await locks()).toEqual([]));
  const runAll = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await db.run(statement);
  };
  const owner = `${role}_owner`;
  /** Of one connection: whoever comes next gets the one that the last has left. */
  const startBouncer = async (poolMode: 'session' | 'transaction' | 'statement') => {
    const { host, port } = testbed().postgres;
    const bouncer = await startPgbouncer({
      postgres: { host, port, user: role, password: role },
      database: db.store().database,
      poolMode,
    });
    onTestFinished(() => bouncer.stop());
    return bouncer;
  };

  it.each<{ what: string; grants: string[]; takes: string[]; says: string; cure: string }>([
    {
      what: 'is a superuser',
      grants: [`ALTER ROLE ${role} SUPERUSER`],
      takes: [`ALTER ROLE ${role} NOSUPERUSER`],
      says: 'is a superuser',
      cure: 'GRANT SELECT ON leads TO <role>',
    },
    ...['CREATEROLE', 'CREATEDB', 'REPLICATION'].map((attribute) => ({
      what: `has ${attribute}`,
      grants: [`ALTER ROLE ${role} ${attribute}`],
      takes: [`ALTER ROLE ${role} NO${attribute}`],
      says: 'has CREATEROLE, CREATEDB or REPLICATION',
      cure: 'CREATE ROLE <role>',
    })),
    ...[
      'pg_write_all_data',
      'pg_read_server_files',
      'pg_write_server_files',
      'pg_execute_server_program',
      'pg_signal_backend',
      'pg_checkpoint',
    ].map((powerful) => ({
      what: `is a member of ${powerful}`,
      grants: [`GRANT ${powerful} TO ${role}`],
      takes: [`REVOKE ${powerful} FROM ${role}`],
      says: `is a member of ${powerful}`,
      cure: 'CREATE ROLE <role>',
    })),
    ...['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'UPDATE (status)', 'INSERT (status)'].map((right) => ({
      what: `has ${right} on the table`,
      grants: [`GRANT ${right} ON leads TO ${role}`],
      takes: [`REVOKE ${right} ON leads FROM ${role}`],
      says: 'may write into leads',
      cure: 'GRANT SELECT ON leads TO <role>',
    })),
    {
      what: 'could become a role that may write, which it does not inherit from',
      grants: [
        `CREATE ROLE ${owner}`,
        `GRANT INSERT ON leads TO ${owner}`,
        // Before Postgres 16 the role alone says whether it inherits.
        `ALTER ROLE ${role} NOINHERIT`,
        `GRANT ${owner} TO ${role}`,
      ],
      takes: [`DROP OWNED BY ${owner}`, `DROP ROLE ${owner}`, `ALTER ROLE ${role} INHERIT`],
      says: 'may write into leads',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'may create schemas',
      grants: [
        `DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${role}', current_database()); END $$`,
      ],
      takes: [
        `DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM ${role}', current_database()); END $$`,
      ],
      says: 'may create schemas in the database',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'owns the database',
      grants: [
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO ${role}', current_database()); END $$`,
      ],
      takes: [
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO postgres', current_database()); END $$`,
      ],
      says: 'is a member of pg_database_owner',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'was given CREATE in a schema',
      grants: [`GRANT CREATE ON SCHEMA public TO ${role}`],
      takes: [`REVOKE CREATE ON SCHEMA public FROM ${role}`],
      says: 'may create objects in a schema',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'owns a schema',
      grants: [`CREATE SCHEMA theirs AUTHORIZATION ${role}`],
      takes: ['DROP SCHEMA theirs'],
      says: 'may create objects in a schema',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'may write into another table',
      grants: ['CREATE TABLE notes (id int)', `GRANT UPDATE ON notes TO ${role}`],
      takes: [`REVOKE UPDATE ON notes FROM ${role}`],
      says: 'may write into a table other than leads',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'owns another table',
      grants: ['CREATE TABLE drafts (id int)', `ALTER TABLE drafts OWNER TO ${role}`],
      takes: ['DROP TABLE drafts'],
      says: 'may write into a table other than leads',
      cure: 'CREATE ROLE <role>',
    },
    {
      what: 'was given a function of Postgres which PUBLIC may not run',
      grants: [`GRANT EXECUTE ON FUNCTION pg_switch_wal() TO ${role}`],
      takes: [`REVOKE EXECUTE ON FUNCTION pg_switch_wal() FROM ${role}`],
      says: 'was given a function that Postgres keeps from PUBLIC',
      cure: 'REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC, <role>',
    },
    {
      what: 'may run a function in an untrusted language',
      grants: [
        `CREATE FUNCTION waits(double precision) RETURNS void LANGUAGE internal VOLATILE STRICT AS 'pg_sleep'`,
      ],
      takes: ['REVOKE EXECUTE ON FUNCTION waits(double precision) FROM PUBLIC'],
      says: 'may run a function in an untrusted language',
      cure: 'first GRANT EXECUTE ON FUNCTION <function> TO the roles of the application',
    },
    {
      what: 'may run what it likes as a superuser',
      grants: [
        'CREATE FUNCTION runs(text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN EXECUTE $1; END $f$',
      ],
      takes: ['REVOKE EXECUTE ON FUNCTION runs(text) FROM PUBLIC'],
      says: 'may run a function that runs as a superuser (SECURITY DEFINER)',
      cure: 'first GRANT EXECUTE ON FUNCTION <function> TO the roles of the application',
    },
    {
      what: 'may run dblink',
      grants: ['CREATE EXTENSION dblink'],
      takes: ['REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC'],
      says: 'may reach other servers or files by the extension dblink',
      cure: '\\dx+ dblink',
    },
    // Of clouds, and others that are not to be had here: what counts is the name of an extension whose functions it may run.
    ...['ai', 'aws_ml', 'azure_ai', 'google_ml_integration', 'pg_smtp_client'].map((extension) => ({
      what: `may run ${extension}`,
      grants: [
        'CREATE EXTENSION pgcrypto',
        `UPDATE pg_extension SET extname = '${extension}' WHERE extname = 'pgcrypto'`,
      ],
      takes: [`DROP EXTENSION ${extension}`],
      says: `may reach other servers or files by the extension ${extension}`,
      cure: `\\dx+ ${extension}`,
    })),
    ...['clickhousedb_raw_query', 'clickhouse_raw_query'].map((name) => ({
      what: `may run ${name}`,
      grants: [
        'CREATE EXTENSION pgcrypto',
        `ALTER FUNCTION gen_random_bytes(integer) RENAME TO ${name}`,
        `UPDATE pg_extension SET extname = 'clickhouse_fdw' WHERE extname = 'pgcrypto'`,
      ],
      takes: ['DROP EXTENSION clickhouse_fdw'],
      says: 'may reach other servers or files by the extension clickhouse_fdw',
      cure: '\\dx+ clickhouse_fdw',
    })),
    {
      what: 'could send messages to a logical slot, which no rollback takes back',
      grants: [`SELECT pg_create_logical_replication_slot('${role}', 'test_decoding')`],
      takes: [
        `DO $$ DECLARE f regprocedure; BEGIN
          FOR f IN SELECT oid FROM pg_proc WHERE proname = 'pg_logical_emit_message' LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
          END LOOP; END $$`,
      ],
      says: 'may send messages to a logical replication slot',
      cure: '\\df pg_logical_emit_message',
    },
  ])('is not run by a role that $what, and is once that is mended', async ({ grants, takes, says, cure }) => {
    await runAll(grants);
    try {
      const { host, port } = db.store();
      const found = await read(TAKES_LOCK);
      expect(found).toMatchObject({ unknown: 'SourceRefused' });
      const { message } = found as { message: string };
      expect(message).toContain(
        `Postgres at ${host}:${port} is not asked with the condition, because the role ${says}`,
      );
      expect(message).toContain(cure);
      expect(await locks()).toEqual([]);
    } finally {
      await runAll(takes);
    }
    expect(await read(`status = 'active'`)).toEqual({ value: 12, at: NOW });
  });

  it.each([
    [
      'PUBLIC may create in public, as before Postgres 15',
      'GRANT CREATE ON SCHEMA public TO PUBLIC',
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    ],
    ['extensions have functions in C', 'CREATE EXTENSION pgcrypto', 'DROP EXTENSION pgcrypto'],
    [
      'a trigger runs as a superuser',
      'CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN RETURN NEW; END $f$',
      'DROP FUNCTION fires()',
    ],
    [
      'others may run what runs as a superuser',
      'CREATE FUNCTION hidden() RETURNS int LANGUAGE sql SECURITY DEFINER AS $f$ SELECT 1 $f$; REVOKE EXECUTE ON FUNCTION hidden() FROM PUBLIC',
      'DROP FUNCTION hidden()',
    ],
    [
      'it may read and use other things',
      `CREATE TABLE others (id serial); GRANT SELECT ON others TO ${role}; GRANT USAGE ON SEQUENCE others_id_seq TO ${role}`,
      'DROP TABLE others',
    ],
  ])('is run by a role that only reads, where %s', async (_what, grant, take) => {
    await db.run(grant);
    try {
      expect(await read(`status = 'active'`)).toEqual({ value: 12, at: NOW });
    } finally {
      await db.run(take);
    }
  });

  it('does not keep other signals from a role that it refuses', async () => {
    const deps = sourceDeps(db.secrets());
    const spec = specOf('true');
    const refused = sourceOf(spec, deps, 'postgres:activeLeads');
    const total = sourceOf(spec, deps, 'postgres:databaseSize');
    expect((await refused.read(NOW)).activeLeads).toMatchObject({
      unknown: 'SourceRefused',
      message: expect.stringContaining('is a superuser') as string,
    });
    expect((await total.read(NOW)).databaseSize).toMatchObject({ value: expect.any(Number) as number });
  });

  it('has a session of its own, which ends with it', async () => {
    const deps = sourceDeps(secrets);
    const source = active(`status = 'active'`, deps);
    const sessions = async () =>
      (await db.run('SELECT pid FROM pg_stat_activity WHERE usename = $1 ORDER BY pid', [role])).map(
        ({ pid }) => pid,
      );
    for (const round of [0, 1, 2]) {
      expect((await source.read(NOW + round * 3_600_000)).activeLeads).toMatchObject({ value: 12 });
      await eventually(async () => expect(await sessions()).toEqual([]));
    }
  });

  it.each([
    ['succeeds', TAKES_LOCK],
    ['fails', `CASE WHEN ${TAKES_LOCK} THEN 1 / (id - id) = 1 END`],
    ['runs out of time', `CASE WHEN ${TAKES_LOCK} THEN pg_sleep(20) IS NULL END`],
  ])('keeps no lock after it, where it %s', async (_how, condition) => {
    await read(condition);
    await isFree();
  });

  it.each([
    ['by the transaction, where it succeeds', 'transaction', TAKES_LOCK],
    [
      'by the transaction, where it fails',
      'transaction',
      `CASE WHEN ${TAKES_LOCK} THEN 1 / (id - id) = 1 END`,
    ],
    ['by the statement, where it fails', 'statement', `CASE WHEN ${TAKES_LOCK} THEN 1 / (id - id) = 1 END`],
    ['by the session, where it fails', 'session', `CASE WHEN ${TAKES_LOCK} THEN 1 / (id - id) = 1 END`],
  ] as const)(
    'keeps no lock behind a pooler that gives connections out %s',
    async (_how, poolMode, condition) => {
      const bouncer = await startBouncer(poolMode);
      const at = { host: bouncer.host, port: bouncer.port };
      const deps = sourceDeps(secrets);
      await active(condition, deps, at).read(NOW);
      await isFree();
      // And the next one is read, if only after the pooler has noticed.
      await eventually(async () =>
        expect((await active('true', sourceDeps(secrets), at).read(NOW)).activeLeads).toMatchObject({
          value: 12,
        }),
      );
    },
  );

  it('leaves no message to who listens', async () => {
    const { host, port, user, password } = testbed().postgres;
    const { database } = db.store();
    const listener = new pg.Client({ host, port, user, password, database });
    await listener.connect();
    onTestFinished(() => listener.end());
    const heard: unknown[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query('LISTEN leads_channel');
    expect(await read(`pg_notify('leads_channel', 'x') IS NOT NULL`)).toMatchObject({ value: 12 });
    await db.run(`SELECT pg_notify('leads_channel', 'the last one')`);
    await eventually(async () => expect(heard).toContain('the last one'));
    expect(heard).toEqual(['the last one']);
  });

  it.each(['transaction', 'statement'] as const)(
    'leaves no setting to the next client of a pooler that gives connections out by the %s',
    async (poolMode) => {
      const bouncer = await startBouncer(poolMode);
      const at = { host: bouncer.host, port: bouncer.port };
      const sets = `set_config('work_mem', '77MB', false) = '77MB'`;
      expect((await active(sets, sourceDeps(secrets), at).read(NOW)).activeLeads).toMatchObject({
        value: 12,
      });
      const next = new pg.Client({ ...at, database: db.store().database, user: role, password: role });
      await next.connect();
      const { rows } = await next.query<{ work_mem: string }>('SHOW work_mem');
      await next.end();
      expect(rows).toMatchObject([{ work_mem: expect.not.stringContaining('77MB') as string }]);
    },
  );

  it.each([
    ['a large object', `lo_create(0) > 0`, /was asked to write/],
    ['the next value of a sequence', `nextval('leads_id_seq') > 0`, /was asked to write/],
    ['a file of the server', `pg_read_file('PG_VERSION') IS NOT NULL`, /does not let the role/],
    [
      'a program of the server',
      `(SELECT count(*) FROM query_to_xml('COPY leads TO PROGRAM ''true''', true, true, '') AS x) > 0`,
      /SQLSTATE 0A000/,
    ],
    [
      'a row',
      `(SELECT count(*) FROM query_to_xml('DELETE FROM leads RETURNING 1', true, true, '') AS x) > 0`,
      /SQLSTATE 0A000/,
    ],
    [
      'the end of a session of another role',
      `(SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid())`,
      /does not let the role/,
    ],
  ])('cannot have %s', async (_what, condition, says) => {
    expect(await read(condition)).toMatchObject({
      unknown: 'SourceRefused',
      message: expect.stringMatching(says) as string,
    });
    expect(await read('true')).toMatchObject({ value: 12 });
    expect(await db.run('SELECT FROM pg_largeobject_metadata')).toEqual([]);
  });

  it("ends sessions of its own role alone, which are the operator's and are opened again", async () => {
    const deps = sourceDeps(secrets);
    const spec = specOf(
      `(SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()) >= 0`,
    );
    const size = sourceOf(spec, deps, 'postgres:databaseSize');
    const harmful = sourceOf(spec, deps, 'postgres:activeLeads');
    const known = { value: expect.any(Number) as number };
    expect((await size.read(NOW)).databaseSize).toMatchObject(known);
    await harmful.read(NOW);
    await eventually(async () =>
      expect((await size.read(NOW + 3_600_000)).databaseSize).toMatchObject(known),
    );
    expect(await db.run('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
