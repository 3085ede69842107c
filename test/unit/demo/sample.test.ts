import { expect, it } from 'vitest';
import { DEFAULT_TIERS } from '../../../src/ladder/default-tiers.ts';
import { readSample } from '../../../testbed/demo/sample.ts';

const fitting = {
  namespace: 'somewhere',
  postgres: { host: '127.0.0.1', port: 1_111 },
  redis: { host: '127.0.0.1', port: 2_222 },
  speed: 1,
};

it('is the manifest of the samples, with the ports and the namespace of this run', async () => {
  const { manifest, spec } = await readSample(fitting);
  expect(manifest.metadata).toEqual({ name: 'brain', namespace: 'somewhere' });
  expect([spec.stores.postgres?.port, spec.stores.redis?.port]).toEqual([1_111, 2_222]);
  expect(spec.stores.postgres?.database).toBe('leads');
});

it('compresses days, and leaves the loads of the ladder as they are', async () => {
  const { spec, ladder, dayMs } = await readSample(fitting);
  expect(spec.tiers).toBeUndefined();
  expect(ladder).toEqual(DEFAULT_TIERS.map(({ name }) => name));
  const { promote, demote } = spec.scaling;
  // 48h, 7d and 24h of the defaults.
  expect([promote.sustainedFor, demote.lookback, demote.wait].map((ms) => ms / dayMs)).toEqual([2, 7, 1]);
  expect(demote.margin).toBe(10);
});

it.each([0.5, 2])('lets days go by %d times as fast, and nothing else', async (speed) => {
  const [usual, other] = [await readSample(fitting), await readSample({ ...fitting, speed })];
  expect(other.dayMs).toBe(usual.dayMs / speed);
  const { promote, demote, health, scaleDown } = other.spec.scaling;
  expect([promote.sustainedFor, demote.lookback, demote.wait].map((ms) => ms / other.dayMs)).toEqual([
    2, 7, 1,
  ]);
  expect([health, scaleDown]).toEqual([usual.spec.scaling.health, usual.spec.scaling.scaleDown]);
  const perDay = ({ spec, dayMs }: typeof usual) =>
    (spec.components.ingest.capacity.leadsPerMinute * dayMs) / 60_000;
  expect(perDay(other)).toBeCloseTo(perDay(usual));
});
