import { expect, it } from 'vitest';
import { ComponentSizes } from '../../../../src/simulate/queue/component-sizes.ts';

it('counts hours, changes and the most of each component, from when it comes until it goes', () => {
  const sizes = new ComponentSizes();
  sizes.note(0, new Map([['ingest', 2]]));
  sizes.note(1_800, new Map([['ingest', 2]]));
  sizes.note(
    3_600,
    new Map([
      ['ingest', 5],
      ['sync', 1],
    ]),
  );
  sizes.note(7_200, new Map([['sync', 1]]));
  expect(sizes.sizesUntil(10_800)).toEqual([
    { component: 'ingest', podHours: 7, scaleEvents: 2, maxReplicas: 5 },
    { component: 'sync', podHours: 2, scaleEvents: 1, maxReplicas: 1 },
  ]);
});
