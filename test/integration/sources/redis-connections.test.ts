import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Pools } from '../../../src/sources/index.ts';
import { startRedis, startSentinel } from '../../../testbed/redis.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import { describeWith } from '../support.ts';
import { eventually, never, parse, type Secrets, sourceDeps, sourceOf } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const message = (pattern: RegExp) => expect.stringMatching(pattern) as string;

describeWith(['redis'], 'connections to Redis', () => {
  const quiet = { log: () => {} };

  it('are one, with one command for each of 200 platforms while idle', async () => {
    // A server of its own: it counts the commands of everybody.
    const redis = await startRedis(quiet);
    const client = new Redis({ host: redis.host, port: redis.port, protocol: 2 });
    try {
      const { host, port } = redis;
      const spec = parse({ stores: { redis: { host, port } }, components: { queues: [{ name: 'mail' }] } });
      const deps = sourceDeps();
      const sources = Array.from({ length: 200 }, () => sourceOf(spec, deps, 'redis:queues'));
      const calls = async () => {
        const text = await client.info('commandstats');
        return new Map(
          [...text.matchAll(/cmdstat_([a-z|]+):calls=(\d+)/g)].map(([, name, n]) => [name!, Number(n)]),
        );
      };
      const round = async (now: number) => {
        const before = await calls();
        await Promise.all(sources.map((source) => source.poll(now, never)));
        const after = await calls();
        return Object.fromEntries(
          [...after]
            .map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const)
            .filter(([, n]) => n > 0),
        );
      };
      // Some other key of the application: in an empty Redis a source looks further.
      await client.set('laravel-database-app', '1');
      await round(NOW);
      expect(await round(NOW + 1_000)).toEqual({ exists: 200, info: 1 });
      await client.rpush('laravel-database-queues:vici-updates', '{}');
      await round(NOW + 2_000);
      expect(await round(NOW + 3_000)).toEqual({ llen: 400, lindex: 400, zcount: 1_600, info: 1 });
      const clients = String(await client.client('LIST'));
      expect(clients.match(/name=leadplatform-operator/g)).toHaveLength(1);
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });

  it('use a user of its own with no more than it needs', async () => {
    const redis = await startRedis({
      ...quiet,
      aclUsers: [
        {
          name: 'reader',
          password: 'pw',
          rules: '~laravel-database-* resetchannels -@all +@read +dbsize +select',
        },
      ],
    });
    try {
      const { host, port } = redis;
      const spec = parse({
        stores: {
          redis: { host, port, database: 2, secretRef: { name: 'redis' }, tls: { mode: 'Disable' } },
        },
      });
      const secrets = { redis: { username: 'reader', password: 'pw' } };
      const found = await sourceOf(spec, sourceDeps(secrets), 'redis:queues').read();
      expect(found.queues?.['vici-updates']).toMatchObject({ value: { ready: 0 } });

      const other = parse({
        stores: { redis: { host, port, secretRef: { name: 'redis' }, tls: { mode: 'Disable' } } },
        signals: { queueDepth: { redis: { prefix: 'other-' } } },
      });
      expect((await sourceOf(other, sourceDeps(secrets), 'redis:queues').read()).queues).toMatchObject({
        'vici-updates': { unknown: 'SourceRefused', message: message(/ACL/) },
      });
    } finally {
      await redis.stop();
    }
  });

  it('do not hammer with a wrong password, ask for a missing one, and take up a right one', async () => {
    const redis = await startRedis({ ...quiet, password: 'right' });
    try {
      let elapsed = 0;
      const { host, port } = redis;
      const secrets = { redis: { password: 'wrong' } };
      const deps = sourceDeps(secrets, new Pools({ addresses: LOOPBACK, elapsed: () => elapsed }));
      const bare = parse({ stores: { redis: { host, port } } });
      expect((await sourceOf(bare, deps, 'redis:queues').read()).queues?.['vici-updates']).toMatchObject({
        unknown: 'CredentialMissing',
      });
      const spec = parse({
        stores: { redis: { host, port, secretRef: { name: 'redis' }, tls: { mode: 'Disable' } } },
      });
      const sources = Array.from({ length: 50 }, () => sourceOf(spec, deps, 'redis:queues'));
      for (let round = 0; round < 3; round += 1) {
        for (const { queues } of await Promise.all(sources.map((source) => source.read()))) {
          expect(queues?.['vici-updates']).toMatchObject({ unknown: 'CredentialRejected' });
          expect(JSON.stringify(queues)).not.toContain('wrong');
        }
      }
      secrets.redis.password = 'right';
      elapsed += 1;
      expect((await sources[0]!.read()).queues?.['vici-updates']).toMatchObject({ value: { ready: 0 } });
      await deps.pools.close();
    } finally {
      await redis.stop();
    }
  });

  it('come back after a restart of the server, and wait longer while it is away', async () => {
    let elapsed = 0;
    const first = await startRedis(quiet);
    const { host, port } = first;
    const deps = sourceDeps({}, new Pools({ addresses: LOOPBACK, elapsed: () => elapsed }));
    const source = sourceOf(parse({ stores: { redis: { host, port } } }), deps, 'redis:queues');
    const read = async () => (await source.read()).queues?.['vici-updates'];
    expect(await read()).toMatchObject({ value: { ready: 0 } });
    await first.stop();
    await eventually(async () => expect(await read()).toMatchObject({ unknown: 'SourceUnreachable' }));
    const second = await startRedis({ ...quiet, port });
    try {
      await eventually(async () => {
        elapsed += 60_000;
        expect(await read()).toMatchObject({ value: { ready: 0 } });
      });
    } finally {
      await second.stop();
    }
  });

  it('end a poll of a server that stands still', async () => {
    const redis = await startRedis(quiet);
    const { host, port } = redis;
    const source = sourceOf(parse({ stores: { redis: { host, port } } }), sourceDeps(), 'redis:queues');
    const read = async () => (await source.read()).queues?.['vici-updates'];
    try {
      await read();
      redis.pause();
      expect(await read()).toMatchObject({ unknown: 'SourceTimeout' });
    } finally {
      redis.resume();
      await redis.stop();
    }
  });

  it('find the master through Sentinel', async () => {
    const sentinel = await startSentinel({ ...quiet, password: 'pw' });
    try {
      const spec = parse({
        stores: {
          redis: {
            sentinel: { master: sentinel.masterName, hosts: sentinel.sentinels },
            secretRef: { name: 'redis' },
            tls: { mode: 'Disable' },
          },
        },
      });
      const deps = sourceDeps({ redis: { password: 'pw' } });
      const found = await sourceOf(spec, deps, 'redis:queues').read();
      expect(found.queues?.['vici-updates']).toMatchObject({ value: { ready: 0 } });
      const gone = parse({
        stores: { redis: { sentinel: { master: 'leads', hosts: [{ host: '127.0.0.1', port: 1 }] } } },
      });
      expect((await sourceOf(gone, deps, 'redis:queues').read()).queues?.['vici-updates']).toMatchObject({
        unknown: 'SourceUnreachable',
      });
      await deps.pools.close();
    } finally {
      await sentinel.stop();
    }
  });

  it.each<{ name: string; secrets: Record<string, object>; ref: object; expected: object }>([
    {
      name: 'with their own password',
      secrets: { redis: { password: 'pw' }, sentinels: { password: 'of-sentinels' } },
      ref: { secretRef: { name: 'sentinels' } },
      expected: { value: { ready: 0 } },
    },
    {
      name: 'without one, and says which field would give it',
      secrets: { redis: { password: 'pw' } },
      ref: {},
      expected: { unknown: 'CredentialMissing', message: message(/give stores\.redis\.sentinel\.secretRef/) },
    },
    {
      name: 'with a wrong one',
      secrets: { redis: { password: 'pw' }, sentinels: { password: 'pw' } },
      ref: { secretRef: { name: 'sentinels' } },
      expected: { unknown: 'CredentialRejected', message: message(/the sentinel at/) },
    },
    {
      name: 'with a Secret that is missing',
      secrets: { redis: { password: 'pw' } },
      ref: { secretRef: { name: 'sentinels' } },
      expected: { unknown: 'CredentialMissing', message: message(/Secret sentinels does not exist/) },
    },
  ])('ask sentinels that want a password $name', async ({ secrets, ref, expected }) => {
    const sentinel = await startSentinel({ ...quiet, password: 'pw', sentinelPassword: 'of-sentinels' });
    try {
      const gone = { host: '127.0.0.1', port: 1 };
      const hosts = [gone, ...sentinel.sentinels];
      const spec = parse({
        stores: {
          redis: {
            sentinel: { master: sentinel.masterName, hosts, ...ref },
            secretRef: { name: 'redis' },
            tls: { mode: 'Disable' },
          },
        },
      });
      const deps = sourceDeps(secrets as Secrets);
      const found = await sourceOf(spec, deps, 'redis:queues').read();
      expect(found.queues?.['vici-updates']).toMatchObject(expected);
      expect(JSON.stringify(found)).not.toContain('of-sentinels');
      await deps.pools.close();
    } finally {
      await sentinel.stop();
    }
  });

  it('read a Redis Cluster of one shard, which refuses a command over keys of several slots', async () => {
    const redis = await startRedis({ ...quiet, cluster: true });
    const client = new Redis({ host: redis.host, port: redis.port, protocol: 2 });
    try {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await eventually(async () => expect(await client.cluster('INFO')).toContain('cluster_state:ok'));
      await client.set('laravel-database-app', '1');
      for (const clusterNames of [true, false]) {
        const spec = parse({
          stores: { redis: { host: redis.host, port: redis.port } },
          components: { queues: [{ name: 'mail' }] },
          signals: {
            queueDepth: { redis: { clusterNames } },
            responseTime: { redis: { prefix: 'cache-', key: 'time', unit: 'ms' } },
          },
        });
        const deps = sourceDeps();
        const source = sourceOf(spec, deps, 'redis:queues');
        const mail = async (now: number) => (await source.read(now)).queues?.['mail'];
        expect(await mail(NOW)).toMatchObject({ value: { ready: 0 } });
        const key = `laravel-database-queues:${clusterNames ? '{mail}' : 'mail'}`;
        await client.rpush(key, '{}');
        expect(await mail(NOW + 1_000)).toMatchObject({ value: { ready: 1 } });
        await client.del(key);
        expect(await mail(NOW + 2_000)).toMatchObject({ value: { ready: 0 } });
        // A cluster has one database, so the cache is in it, too, though another is named.
        await client.set('cache-time', '120.5');
        const { responseTime } = await sourceOf(spec, deps, 'redis:responseTime').read(NOW);
        expect(responseTime).toMatchObject({ value: 120.5 });
      }
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });
});
