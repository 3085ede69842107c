/** What a real primary says of a real copy: near, behind while the copy replays nothing, unknown once it is gone. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { PostgresFacts } from '../../../src/probes/probe.ts';
import { lagProbe, lagOf } from '../../../src/capabilities/database/lag.ts';
import { probeRunnerOf } from '../../../src/sources/index.ts';
import type { ProbeResult } from '../../../src/probes/probe.ts';
import { type Postgres, startCopy, startPostgres } from '../../../testbed/postgres.ts';
import { eventually, never, parse, sourceDeps } from '../sources/fixture.ts';
import { describeWith } from '../support.ts';

describeWith(['postgres'], 'The lag of a copy', () => {
  let primary: Postgres;
  let copy: Awaited<ReturnType<typeof startCopy>>;
  let onPrimary: pg.Client;
  let onCopy: pg.Client;

  beforeAll(async () => {
    primary = await startPostgres({ log: () => undefined });
    copy = await startCopy(primary, 'db-2');
    const { host, user, password } = primary;
    onPrimary = new pg.Client({ host, port: primary.port, user, password, database: 'leads' });
    onCopy = new pg.Client({ host, port: copy.port, user, password, database: 'leads' });
    await onPrimary.connect();
    await onCopy.connect();
    onCopy.on('error', () => undefined);
    await onPrimary.query('CREATE TABLE leads (id int)');
    await onPrimary.query(`CREATE ROLE measuring LOGIN PASSWORD 'x'`);
  }, 60_000);
  afterAll(async () => {
    await onCopy?.end().catch(() => undefined);
    await onPrimary?.end();
    await copy?.stop();
    await primary?.stop();
  });

  async function lag(cluster: string, maxLagMs: number, user = primary.user, password = primary.password) {
    const { host, port } = primary;
    const { postgres: store } = parse({
      stores: {
        postgres: {
          host,
          port,
          database: 'leads',
          secretRef: { name: 'postgres' },
          tls: { mode: 'Disable' },
        },
      },
    }).stores;
    if (store === undefined) throw new Error('the store was given');
    const deps = sourceDeps({ postgres: { username: user, password } });
    const runner = probeRunnerOf(lagProbe(store, cluster, maxLagMs), deps, Date.now);
    onTestFinished(() => runner.close());
    return lagOf((await runner.put(never)) as ProbeResult<PostgresFacts>);
  }

  it('is near when the copy has all', async () => {
    await onPrimary.query('INSERT INTO leads VALUES (1)');
    await eventually(async () => expect(await lag('db', 30_000)).toEqual({ is: 'near' }));
  });

  it('is of the copies of that Cluster alone', async () => {
    expect(await lag('d', 30_000)).toMatchObject({ is: 'unknown', why: expect.stringContaining('no copy') });
  });

  it('is unknown to a role that may not see it, and known to one of pg_monitor', async () => {
    expect(await lag('db', 30_000, 'measuring', 'x')).toMatchObject({
      is: 'unknown',
      why: expect.stringContaining('pg_monitor'),
    });
    await onPrimary.query('GRANT pg_monitor TO measuring');
    expect(await lag('db', 30_000, 'measuring', 'x')).toEqual({ is: 'near' });
  });

  it('grows while the copy gets what is written and replays none of it, and is near again afterwards', async () => {
    await onCopy.query('SELECT pg_wal_replay_pause()');
    await onPrimary.query('INSERT INTO leads SELECT generate_series(1, 1000)');
    await eventually(async () => expect(await lag('db', 1_000)).toEqual({ is: 'behind' }), 30_000);
    expect(await lag('db', 3_600_000)).toEqual({ is: 'near' });
    await onCopy.query('SELECT pg_wal_replay_resume()');
    await eventually(async () => expect(await lag('db', 1_000)).toEqual({ is: 'near' }), 30_000);
  }, 90_000);

  it('is unknown once the copy is gone', async () => {
    await copy.stop();
    await eventually(async () => expect(await lag('db', 30_000)).toMatchObject({ is: 'unknown' }));
  });
});
