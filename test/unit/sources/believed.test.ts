import { expect, it, onTestFinished } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import { oldestAge, type SourcedSignal } from '../../../src/signals/fresh.ts';
import { createSources, Pools } from '../../../src/sources/index.ts';

it('believes what a default source read at least until its next poll and staleAfter are over', async () => {
  const admission = admit({
    image: 'registry.example/brain:1.4.0',
    stores: { postgres: { host: 'postgres' }, redis: { host: 'redis' } },
  });
  if (!admission.ok) throw new Error('not admitted');
  const { spec } = admission;
  const pools = new Pools();
  onTestFinished(() => pools.close());
  const sources = createSources(spec, {
    pools,
    readSecret: () => Promise.resolve(undefined),
    readUsage: () => Promise.resolve({ unavailable: 'Absent', reason: '' } as const),
  });
  const tooShort = sources.flatMap(({ reads, interval }) =>
    reads
      .map((key): SourcedSignal => (key === 'queues' ? 'queueDepth' : key))
      .filter((signal) => oldestAge(spec, signal) < interval + spec.signals.staleAfter),
  );
  for (const source of sources) source.close?.();
  expect(sources.length).toBeGreaterThan(5);
  expect(tooShort).toEqual([]);
});
