import { chmod, chown, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { certificates } from '../../../testbed/certificates.ts';
import { reachableFolder, type TemporaryFolder } from '../../../testbed/folders.ts';
import { freePort } from '../../../testbed/ports.ts';
import { startPostgres, type Postgres } from '../../../testbed/postgres.ts';
import { startRabbitmq, type Rabbitmq } from '../../../testbed/rabbitmq.ts';
import { startRedis, type Redis as RedisServer } from '../../../testbed/redis.ts';
import { describeWith } from '../support.ts';
import { eventually, parse, sourceDeps, sourceOf, type Secrets } from './fixture.ts';

const quiet = { log: () => {} };

describeWith(['postgres', 'redis', 'rabbitmq'], 'TLS', () => {
  let folder: TemporaryFolder | undefined;
  let postgres: Postgres | undefined;
  let redis: RedisServer | undefined;
  let rabbitmq: Rabbitmq | undefined;
  let tlsPort = 0;
  let managementPort = 0;
  let secrets: Secrets = {};

  beforeAll(async () => {
    folder = await reachableFolder('tls');
    const files = await certificates(folder.path);
    postgres = await startPostgres(quiet);
    redis = await startRedis(quiet);
    const pki = { 'ca.crt': await readFile(files.ca, 'utf8') };
    secrets = { pki, pg: { username: postgres.user, password: postgres.password } };

    // Postgres insists that its key is its own and nobody else's.
    const { uid, gid } = await stat(join(postgres.folder, 'data'));
    for (const file of Object.values(files)) await chmod(file, 0o600);
    await chown(files.key, uid, gid);
    await chown(files.cert, uid, gid);
    await chown(files.ca, uid, gid);
    const admin = new pg.Client(postgres.url);
    await admin.connect();
    await admin.query(`ALTER SYSTEM SET ssl_cert_file = '${files.cert}'`);
    await admin.query(`ALTER SYSTEM SET ssl_key_file = '${files.key}'`);
    await admin.query('ALTER SYSTEM SET ssl = on');
    await admin.query('SELECT pg_reload_conf()');
    await eventually(async () => expect((await admin.query('SHOW ssl')).rows).toEqual([{ ssl: 'on' }]));
    await admin.end();

    tlsPort = await freePort();
    const client = new Redis({ host: redis.host, port: redis.port, protocol: 2 });
    await client.config(
      'SET',
      'tls-cert-file',
      files.cert,
      'tls-key-file',
      files.key,
      'tls-ca-cert-file',
      files.ca,
    );
    await client.config('SET', 'tls-auth-clients', 'no');
    await client.config('SET', 'tls-port', String(tlsPort));
    await client.quit();

    managementPort = await freePort();
    rabbitmq = await startRabbitmq({
      ...quiet,
      settings: [
        `management.ssl.port = ${managementPort}`,
        `management.ssl.cacertfile = ${files.ca}`,
        `management.ssl.certfile = ${files.cert}`,
        `management.ssl.keyfile = ${files.key}`,
      ],
    });
    secrets['rabbitmq'] = { username: rabbitmq.user, password: rabbitmq.password };
  }, 120_000);

  afterAll(async () => {
    await Promise.all([postgres?.stop(), redis?.stop(), rabbitmq?.stop()]);
    await folder?.remove();
  });

  const withCa = { secretRef: { name: 'pki' } };
  it.each<{ name: string; tls: object; host: string; expected: object }>([
    { name: 'verifies chain and name', tls: withCa, host: 'localhost', expected: { at: 1 } },
    {
      name: 'refuses another name',
      tls: withCa,
      host: '127.0.0.1',
      expected: { unknown: 'SourceRefused', message: expect.stringMatching(/another host name/) as string },
    },
    {
      name: 'verifies the chain alone',
      tls: { ...withCa, mode: 'VerifyCA' },
      host: '127.0.0.1',
      expected: { at: 1 },
    },
    {
      name: 'refuses a CA that it does not know',
      tls: {},
      host: 'localhost',
      expected: { unknown: 'SourceRefused', message: expect.stringMatching(/give (its|the) CA/) as string },
    },
    { name: 'encrypts without a look', tls: { mode: 'Require' }, host: '127.0.0.1', expected: { at: 1 } },
  ])('$name, with Postgres, Redis and RabbitMQ', async ({ tls, host, expected }) => {
    const spec = parse({
      stores: {
        postgres: { host, port: postgres!.port, database: 'leads', secretRef: { name: 'pg' }, tls },
        redis: { host, port: tlsPort, tls },
      },
    });
    const deps = sourceDeps(secrets);
    const { databaseSize } = await sourceOf(spec, deps, 'postgres:databaseSize').read(1);
    expect(databaseSize).toMatchObject(expected);
    const { queues } = await sourceOf(spec, deps, 'redis:queues').read(1);
    expect(queues?.['vici-updates']).toMatchObject(expected);
    const moved = parse({
      stores: { rabbitmq: { host, managementPort, tls, secretRef: { name: 'rabbitmq' } } },
      signals: { queueDepth: { rabbitmq: {} } },
    });
    const onRabbitmq = await sourceOf(moved, deps, 'rabbitmq:queues').read(1);
    expect(onRabbitmq.queues?.['vici-updates']).toMatchObject(expected);
    await deps.pools.close();
  });

  it('says so when the server speaks no TLS', async () => {
    const spec = parse({
      stores: { redis: { host: redis!.host, port: redis!.port, tls: { mode: 'Require' } } },
    });
    const { queues } = await sourceOf(spec, sourceDeps(), 'redis:queues').read(1);
    expect(queues?.['vici-updates']).toMatchObject({
      unknown: expect.stringMatching(/^Source/) as string,
    });
  });
});
