/**
 * What happens between each pair of neighbouring tiers, up and down, pass by pass: what is written, how far each capability
 * is and what it waits for, and where a person is asked. Where a difference is meant, write them anew with UPDATE_GOLDEN=1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../src/api/schema/leadplatform.ts';
import { ladderOf } from '../../src/ladder/ladder.ts';
import { specOf } from '../unit/plan/fixtures.ts';
import { Rehearsal } from './rehearsal.ts';

/** Everything that the operator can bring by itself or by the operators of others is brought that way. */
const SPEC: Partial<LeadPlatformSpecInput> = {
  stores: {
    postgres: { host: 'db-rw', database: 'leads', secretRef: { name: 'postgres' }, tls: { mode: 'Disable' } },
  },
  components: {
    ingest: { command: ['php', '-S', '0.0.0.0:8000', '-t', 'public'] },
    queues: [{ name: 'default' }],
  },
  scaling: {
    promote: { sustainedFor: '10s' },
    demote: { lookback: '20s', wait: '10s' },
    scaleDown: { window: '2s' },
  },
  capabilities: {
    redis: { enabled: true },
    readReplica: { cluster: 'db' },
    cdn: { assetUrl: 'https://cdn.example.com', cacheControl: 'public, max-age=31536000' },
    loadBalancer: { gateway: { parentRefs: [{ name: 'public' }] } },
    databasePerService: { services: [{ name: 'intake' }] },
    microservices: {
      services: [
        { name: 'intake', command: ['php', 'artisan', 'intake'], port: 8000, paths: ['/api/leads'] },
        { name: 'reports', command: ['php', 'artisan', 'reports'] },
      ],
    },
  },
};

const spec = specOf(SPEC);
const { tiers } = ladderOf(spec);
/** Leads/day well inside of each tier, on the way up and on the way down. */
const LOADS = [1_000, 6_000, 12_000, 18_000, 26_000, 36_000, 60_000, 120_000] as const;
const loadOf = (index: number) => LOADS[index] ?? 0;
const steps = [
  ...tiers.slice(1).map((_, index) => ({ way: 'up', from: index, to: index + 1 })),
  ...tiers
    .slice(1)
    .map((_, index) => ({ way: 'down', from: index + 1, to: index }))
    .toReversed(),
].map((step, index) => ({
  ...step,
  name: `${String(index + 1).padStart(2, '0')}-${step.way}-to-${tiers[step.to]?.name ?? ''}`,
}));

describe('the log of every step of the ladder', () => {
  const logs = new Map<string, string>();
  beforeAll(() => {
    const platform = new Rehearsal(spec);
    platform.driver.world.put({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'db', namespace: 'leads', uid: 'uid-of-db', generation: 1 },
      spec: { instances: 1 },
    });
    platform.driver.others = ['Cluster/db'];
    platform.goTo(tiers[0]?.name ?? '', loadOf(0));
    // Each goes on where the one before it ended.
    for (const { name, to } of steps) logs.set(name, platform.goTo(tiers[to]?.name ?? '', loadOf(to)));
  }, 120_000);

  it.each(steps)('$name reads as it did', ({ name }) => {
    const file = new URL(`tiers/${name}.log`, import.meta.url);
    const log = logs.get(name) ?? '';
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(new URL('.', file), { recursive: true });
      writeFileSync(file, log);
    }
    expect(log).toBe(readFileSync(file, 'utf8'));
  });
});
