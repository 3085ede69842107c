/** What Horizon leaves in a real Redis, as its metrics repository writes it, and what is read of it. */
import { beforeEach, expect, it } from 'vitest';
import type { HorizonProbe } from '../../../src/probes/probe.ts';
import { probeRunnerOf } from '../../../src/sources/index.ts';
import { describeWith } from '../support.ts';
import { never, ownRedis, sourceDeps } from './fixture.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const seconds = NOW / 1_000;

describeWith(['redis'], 'figures of Horizon', () => {
  const own = ownRedis(3);
  const { prefix } = own;

  const probe = (more: Partial<HorizonProbe> = {}) => {
    const horizon: HorizonProbe = {
      kind: 'horizon',
      id: 'queue-monitoring/horizon',
      store: { ...own.store(), database: 0 },
      database: 3,
      prefix,
      queues: ['default', 'mail'],
      ...more,
    };
    return probeRunnerOf(horizon, sourceDeps(), () => NOW).put(never);
  };
  const snapshot = (queue: string, time: number, figures: object) =>
    own
      .client()
      .zadd(`${prefix}snapshot:queue:${queue}`, time, JSON.stringify({ ...figures, wait: 0, time }));

  beforeEach(async () => {
    const keys = await own.client().keys(`${prefix}*`);
    if (keys.length > 0) await own.client().del(...keys);
  });

  it('are the jobs of the last snapshot, in the time since the one before', async () => {
    const redis = own.client();
    await redis.sadd(`${prefix}measured_queues`, `${prefix}queue:default`);
    await redis.set(`${prefix}last_snapshot_at`, String(seconds - 60));
    await snapshot('default', seconds - 660, { throughput: '900', runtime: '10' });
    await snapshot('default', seconds - 360, { throughput: '5', runtime: '90' });
    await snapshot('default', seconds - 60, { throughput: '50', runtime: '340.25' });
    expect(await probe()).toEqual({
      at: NOW,
      facts: {
        isFound: true,
        lastSnapshotAt: NOW - 60_000,
        queues: { default: { perMinute: 10, runtime: 340.25 } },
      },
    });
  });

  it.each([
    ['as of Horizon before there were any', { throughput: null, runtime: null }],
    ['as of phpredis, for a hash that is not there', { throughput: false, runtime: false }],
    ['as numbers', { throughput: 0, runtime: 0 }],
  ])('are none a minute in a time without jobs, %s', async (_case, figures) => {
    await own.client().set(`${prefix}last_snapshot_at`, String(seconds));
    await snapshot('mail', seconds - 300, { throughput: '7', runtime: '1' });
    await snapshot('mail', seconds, figures);
    expect(await probe()).toMatchObject({ facts: { queues: { mail: { perMinute: 0 } } } });
  });

  it('are not known of a queue with one snapshot, or with one that nobody can read', async () => {
    await own.client().sadd(`${prefix}measured_queues`, `${prefix}queue:default`, `${prefix}queue:mail`);
    await snapshot('default', seconds, { throughput: '7', runtime: '1' });
    await own.client().zadd(`${prefix}snapshot:queue:mail`, seconds, 'a', seconds - 300, '{"time":');
    expect(await probe()).toEqual({ at: NOW, facts: { isFound: true, queues: {} } });
  });

  it('are not there under another prefix, or in another database', async () => {
    await own.client().set(`${prefix}last_snapshot_at`, String(seconds));
    const nothing = { at: NOW, facts: { isFound: false, queues: {} } };
    expect(await probe({ prefix: `${prefix}other:` })).toEqual(nothing);
    expect(await probe({ database: 0 })).toEqual(nothing);
  });

  it('are unknown, with the reason, where a key is of another kind, and where nobody answers', async () => {
    await own.client().set(`${prefix}measured_queues`, 'a');
    expect(await probe()).toMatchObject({ at: NOW, unknown: expect.any(String) as string });
    expect(await probe({ store: { host: '127.0.0.1', port: 1, database: 0 } })).toMatchObject({
      unknown: 'SourceUnreachable',
    });
  });
});
