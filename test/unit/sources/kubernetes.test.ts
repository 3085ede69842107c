import { expect, it } from 'vitest';
import { podUsage, usageOf } from '../../../src/sources/kubernetes.ts';
import type { ContainerUsage } from '../../../src/sources/port.ts';

const ABSENT = { unavailable: 'Absent', reason: '404' } as const;

const NOW = Date.parse('2026-03-02T09:00:00Z');
const signal = new AbortController().signal;

function container(cpu: ContainerUsage['cpu'], at = NOW): ContainerUsage {
  return { pod: 'a', container: 'b', at, cpu, memory: { used: 64e6, limit: 128e6 } };
}

it.each([
  { name: 'the limit', containers: [container({ used: 0.3, limit: 0.5, request: 0.1 })], value: 60 },
  { name: 'the request', containers: [container({ used: 0.3, request: 0.5 })], value: 60 },
  {
    name: 'the sum, without what has neither',
    containers: [
      container({ used: 0.3, limit: 0.5 }),
      container({ used: 0.1, request: 0.2 }),
      container({ used: 0.05 }),
    ],
    value: (100 * 0.4) / 0.7,
  },
  { name: 'more than all of the request', containers: [container({ used: 2, request: 0.5 })], value: 400 },
])('takes per cent of $name', ({ containers, value }) => {
  expect(usageOf('cpu', containers)).toEqual({ value: expect.closeTo(value, 6) as number, at: NOW });
});

it('is as old as the oldest measurement', () => {
  const containers = [container({ used: 1, limit: 2 }), container({ used: 1, limit: 2 }, NOW - 30_000)];
  expect(usageOf('cpu', containers)).toEqual({ value: 50, at: NOW - 30_000 });
});

it.each([
  {
    name: 'neither limit nor request',
    usage: async () => ({ value: [container({ used: 1 })] }),
    reason: 'NoLimitOrRequest',
  },
  {
    name: 'a limit of zero',
    usage: async () => ({ value: [container({ used: 1, limit: 0 })] }),
    reason: 'NoLimitOrRequest',
  },
  { name: 'no pods', usage: async () => ({ value: [] }), reason: 'EmptyResult' },
  { name: 'no metrics API', usage: async () => ABSENT, reason: 'NotFound' },
  {
    name: 'NaN',
    usage: async () => ({ value: [container({ used: Number.NaN, limit: 1 })] }),
    reason: 'NotANumber',
  },
  {
    name: 'a server that fails',
    usage: async () => ({ unavailable: 'Failed', reason: 'secret' }) as const,
    reason: 'SourceUnreachable',
  },
  { name: 'an error', usage: () => Promise.reject(new Error('secret')), reason: 'SourceUnreachable' },
])('is unknown with $name', async ({ usage, reason }) => {
  const found = await podUsage(usage, ['cpu'], 30_000).poll(NOW, signal);
  expect(found.cpu).toMatchObject({ unknown: reason });
  expect(JSON.stringify(found)).not.toContain('secret');
});

it('takes a signal that nobody asked for by name for absent where there is no metrics API', async () => {
  const found = await podUsage(async () => ABSENT, ['cpu', 'memory'], 30_000, ['memory']).poll(NOW, signal);
  expect(found).toMatchObject({ cpu: { unknown: 'NotFound' }, memory: { unknown: 'NotConfigured' } });
});

it('asks once for CPU and memory', async () => {
  let asked = 0;
  const usage = async () => {
    asked += 1;
    return { value: [container({ used: 1, limit: 2 })] };
  };
  const found = await podUsage(usage, ['cpu', 'memory'], 30_000).poll(NOW, signal);
  expect(found).toEqual({ cpu: { value: 50, at: NOW }, memory: { value: 50, at: NOW } });
  expect(asked).toBe(1);
});
