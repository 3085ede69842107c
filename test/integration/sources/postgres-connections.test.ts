import { expect, it } from 'vitest';
import { isKnown } from '../../../src/model/reading.ts';
import { connectionContext } from '../../../src/sources/connection-context.ts';
import { PostgresPool } from '../../../src/sources/postgres/pool.ts';
import { createSources, Pools } from '../../../src/sources/index.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import { startTcpProxy } from '../runtime/tcp-proxy.ts';
import { describeWith, testbed } from '../support.ts';
import { eventually, never, ownDatabase, parse, sourceDeps, sourceOf } from './fixture.ts';

const context = connectionContext({ addresses: LOOPBACK });

describeWith(['postgres'], 'connections to Postgres', () => {
  const db = ownDatabase();
  const connected = async () =>
    Number(
      (
        await db.run(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leadplatform-operator'`,
        )
      )[0]?.['n'],
    );

  it('are few, and so are the queries, for 200 platforms on one database', async () => {
    await db.run('CREATE TABLE leads (id bigserial, created_at timestamp)');
    const deps = sourceDeps(db.secrets());
    const before = await transactions();
    const sources = Array.from({ length: 200 }, () =>
      createSources(parse({ stores: { postgres: db.store() } }), deps).filter(({ name }) =>
        name.startsWith('postgres:'),
      ),
    ).flat();
    expect(sources).toHaveLength(1_000);
    const now = Date.now();
    const found = await Promise.all(sources.map((source) => source.poll(now, never)));
    expect(
      found.every((observation) => Object.values(observation).every((reading) => isKnown(reading as never))),
    ).toBe(true);
    expect(await connected()).toBeLessThanOrEqual(4);
    expect(deps.pools.counts().postgres).toBe(1);
    // Six questions for a thousand readings; room for what the server and this test do themselves.
    await eventually(async () => {
      const used = (await transactions()) - before;
      expect(used).toBeGreaterThanOrEqual(6);
      expect(used).toBeLessThanOrEqual(30);
    });
    for (const source of sources) source.close?.();
  });

  async function transactions(): Promise<number> {
    const [row] = await db.run(
      'SELECT (xact_commit + xact_rollback)::int AS n FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(row?.['n']);
  }

  it('are waited for without taking the wait for a server that does not answer', async () => {
    const { user, password } = testbed().postgres;
    const { host, port, database } = db.store();
    const pool = new PostgresPool({ host, port, database, user, password, tls: undefined }, context);
    try {
      // Five rounds of four: the last one waits longer than a connection may take to open.
      const slow = Array.from({ length: 20 }, () =>
        pool.query('SELECT 1 AS value FROM pg_sleep(1.3)', [], 5_000),
      );
      expect((await Promise.all(slow)).flat()).toHaveLength(20);
      expect(await connected()).toBeLessThanOrEqual(4);
    } finally {
      await pool.close();
    }
  });

  it('may be reset under a query: that is a failure of the query, and never the end of the process', async () => {
    const { user, password } = testbed().postgres;
    const { host, port, database } = db.store();
    const proxy = await startTcpProxy(host, port);
    const own = { host: '127.0.0.1', port: proxy.port, database, user, password, tls: undefined };
    const pool = new PostgresPool(own, context);
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown) => uncaught.push(error);
    const listeners = process.rawListeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', onUncaught);
    try {
      const query = pool.query('SELECT pg_sleep(30)', [], 60_000);
      const failed = expect(query).rejects.toMatchObject({ reason: 'SourceUnreachable' });
      const asleep = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()`;
      await eventually(async () => expect(await db.run(`SELECT pid ${asleep}`)).toHaveLength(1));
      proxy.reset();
      await failed;
      // After a moment in which nobody knocks.
      await eventually(async () =>
        expect(await pool.query('SELECT 1 AS one', [], 5_000)).toEqual([{ one: 1 }]),
      );
      // The server sleeps on, and would be counted by the next test.
      await db.run(`SELECT pg_terminate_backend(pid) ${asleep}`);
      expect(uncaught).toEqual([]);
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener as () => void);
      await pool.close();
      await proxy.stop();
    }
  });

  it('close when nobody uses them', async () => {
    const deps = sourceDeps(db.secrets(), new Pools({ addresses: LOOPBACK, lingerMs: 10 }));
    const source = sourceOf(parse({ stores: { postgres: db.store() } }), deps, 'postgres:databaseSize');
    await source.read();
    source.close?.();
    await eventually(async () => {
      expect(deps.pools.counts().postgres).toBe(0);
      expect(await connected()).toBe(0);
    });
  });

  it('follow a rotated credential without a restart, and do not hammer with a wrong one', async () => {
    await db.run(`CREATE ROLE rotating LOGIN PASSWORD 'first'`);
    let elapsed = 0;
    const secrets = { postgres: { username: 'rotating', password: 'wrong' } };
    const deps = sourceDeps(secrets, new Pools({ addresses: LOOPBACK, elapsed: () => elapsed }));
    const spec = parse({ stores: { postgres: db.store() } });
    const source = sourceOf(spec, deps, 'postgres:databaseSize');
    const polls = await Promise.all(Array.from({ length: 20 }, () => source.read()));
    for (const { databaseSize } of polls) {
      expect(databaseSize).toMatchObject({ unknown: 'CredentialRejected' });
    }
    expect(JSON.stringify(polls)).not.toContain('wrong');
    // Right by now on the server, but it is too early to try again.
    await db.run(`ALTER ROLE rotating PASSWORD 'wrong'`);
    expect((await source.read()).databaseSize).toMatchObject({ unknown: 'CredentialRejected' });
    elapsed += 31_000;
    expect(isKnown((await source.read()).databaseSize)).toBe(true);

    // Rotated in both places: a new pool at the next look at the Secret.
    await db.run(`ALTER ROLE rotating PASSWORD 'second'`);
    secrets.postgres.password = 'second';
    elapsed += 61_000;
    const before = deps.pools.counts().postgres;
    expect(isKnown((await source.read(Date.now() + 1e9)).databaseSize)).toBe(true);
    expect(deps.pools.counts().postgres).toBe(before + 1);
    await deps.pools.close();
    await db.run('DROP ROLE rotating');
  });

  it('are not made when the Secret or its key is missing', async () => {
    const spec = parse({ stores: { postgres: db.store() } });
    expect((await sourceOf(spec, sourceDeps(), 'postgres:databaseSize').read()).databaseSize).toMatchObject({
      unknown: 'CredentialMissing',
      message: expect.stringMatching(/Secret postgres does not exist/) as string,
    });
  });

  it("do not use what lies about in the operator's own environment, and leave nothing open behind", async () => {
    const { secretRef: _, host, port, database } = db.store();
    const wire = await startTcpProxy(host, port);
    process.env['PGPASSWORD'] = testbed().postgres.password;
    try {
      const spec = parse({ stores: { postgres: { host, port: wire.port, database } } });
      const source = sourceOf(spec, sourceDeps(), 'postgres:databaseSize');
      expect((await source.read()).databaseSize).toMatchObject({
        unknown: expect.stringMatching(/^Credential/) as string,
      });
      expect(wire.opened()).toBe(1);
      await eventually(async () => expect(wire.open()).toBe(0));
    } finally {
      delete process.env['PGPASSWORD'];
      await wire.stop();
    }
  });

  it('end a poll when the network swallows everything, and come back by themselves', async () => {
    const { host, port } = db.store();
    const wire = await startTcpProxy(host, port);
    try {
      let elapsed = 0;
      const deps = sourceDeps(db.secrets(), new Pools({ addresses: LOOPBACK, elapsed: () => elapsed }));
      const spec = parse({ stores: { postgres: { ...db.store(), port: wire.port } } });
      const source = sourceOf(spec, deps, 'postgres:databaseSize');
      expect(isKnown((await source.read(0)).databaseSize)).toBe(true);
      wire.stall(true);
      for (const now of [1e9, 2e9]) {
        expect((await source.read(now)).databaseSize).toMatchObject({
          unknown: expect.stringMatching(/SourceTimeout|SourceUnreachable/) as string,
        });
        elapsed += 120_000;
      }
      wire.stall(false);
      await eventually(async () => {
        elapsed += 120_000;
        expect(isKnown((await source.read(3e9)).databaseSize)).toBe(true);
      });
    } finally {
      await wire.stop();
    }
  });

  it('close also while the network swallows everything', async () => {
    const { host, port } = db.store();
    const wire = await startTcpProxy(host, port);
    try {
      const deps = sourceDeps(db.secrets());
      const spec = parse({ stores: { postgres: { ...db.store(), port: wire.port } } });
      const source = sourceOf(spec, deps, 'postgres:databaseSize');
      expect(isKnown((await source.read(0)).databaseSize)).toBe(true);
      wire.stall(true);
      const polled = source.read(1e9);
      // Sooner than the query itself would be given up.
      const deadline = new Promise((resolve) => setTimeout(resolve, 5_000, 'still open'));
      expect(await Promise.race([deps.pools.close(), deadline])).toBeUndefined();
      expect((await polled).databaseSize).toHaveProperty('unknown');
      wire.stall(false);
      await eventually(async () => expect(wire.open()).toBe(0));
    } finally {
      await wire.stop();
    }
  });

  it('are unknown with a reason while nothing listens', async () => {
    const spec = parse({ stores: { postgres: { host: '127.0.0.1', port: 1 } } });
    const source = sourceOf(spec, sourceDeps(), 'postgres:databaseSize');
    expect((await source.read()).databaseSize).toMatchObject({
      unknown: 'SourceUnreachable',
      message: 'Postgres at 127.0.0.1:1 refuses the connection; is it running, and is the port right?',
    });
  });
});
