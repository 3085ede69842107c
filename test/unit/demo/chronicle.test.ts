import { beforeEach, describe, expect, it } from 'vitest';
import { Chronicle } from '../../../testbed/demo/chronicle.ts';
import { readSample } from '../../../testbed/demo/sample.ts';
import { readyFor } from '../../../testbed/demo/streams.ts';
import { look } from './frames.ts';

let chronicle: Chronicle;
beforeEach(async () => {
  const nowhere = { host: '127.0.0.1', port: 1 };
  chronicle = new Chronicle(
    await readSample({ namespace: 'n', postgres: nowhere, redis: nowhere, speed: 1 }),
  );
});

it('tells of a capability that is required ahead of its tier, once', () => {
  chronicle.see(look({ tier: 'separated', required: ['load-balancer', 'read-replica'] }), 9.5);
  chronicle.see(look({ tier: 'separated', required: ['load-balancer'] }), 9.6);
  expect([...chronicle.requiredAhead.values()]).toEqual(['load-balancer on day 9.5, while on separated']);
  expect(chronicle.aheadOf(look({ tier: 'balanced', required: ['load-balancer'] }))).toEqual([]);
});

it('remembers the most replicas and leads that were seen', () => {
  chronicle.see(look({ leadsPerDay: 30_000, components: [{ name: 'sync', wanted: 9, ready: 2 }] }), 1);
  chronicle.see(look({ leadsPerDay: 20_000, components: [{ name: 'sync', wanted: 4, ready: 4 }] }), 2);
  expect(chronicle.peakReplicas.get('sync')).toBe(9);
  expect(chronicle.peakLeadsPerDay).toBe(30_000);
});

it('notes each event once, and leaves out those that tier and replicas show', () => {
  const events = [
    { at: 1, reason: 'Scaled', message: 'sync' },
    { at: 2, reason: 'CapabilityRequired', message: 'load-balancer' },
  ];
  chronicle.see(look({ events }), 1);
  chronicle.see(look({ events }), 2);
  expect(chronicle.notes).toEqual([{ day: 1, text: 'CapabilityRequired: load-balancer' }]);
});

describe('what a hold waits for', () => {
  const up = { at: 5, tier: 'cached', direction: 'up' } as const;
  const down = { at: 30, tier: 'single-server', direction: 'down' } as const;
  const one = [{ name: 'all-in-one', wanted: 1, ready: 1 }];
  const leaving = [...one, { name: 'sync', wanted: 0, ready: 1 }];

  it.each([
    ['the tier, on the way up', up, 'cached', one, true],
    ['a higher tier, on the way up', up, 'scaled', one, true],
    ['a lower tier, on the way up', up, 'single-server', one, false],
    ['the tier, on the way down', down, 'single-server', one, true],
    ['the tier, while components are still leaving', down, 'single-server', leaving, false],
    ['a higher tier, on the way down', down, 'cached', one, false],
  ])('%s', (_what, hold, tier, components, followed) => {
    chronicle.see(look({ tier, components }), 1);
    expect(chronicle.hasFollowed(hold)).toBe(followed);
  });
});

it.each([
  ['sync', 5],
  ['queue-default', 2],
])('%s has the workers of its own replicas and of every pod with everything in it', (component, workers) => {
  const components = [
    { name: 'all-in-one', wanted: 2, ready: 2 },
    { name: 'sync', wanted: 4, ready: 3 },
    { name: 'ingest', wanted: 9, ready: 9 },
  ];
  expect(readyFor(look({ components }), component)).toBe(workers);
});
