import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { SharedStrings } from '../../../controller/runtime/shared-strings.ts';

const labels = (index: number) => ({
  'app.kubernetes.io/managed-by': 'leadplatform-operator',
  'app.kubernetes.io/instance': `a-platform-of-its-own-${index}`,
});
const objects = (count: number) =>
  Array.from(
    { length: count },
    (_, index): object => JSON.parse(JSON.stringify(deployment(index))) as object,
  );
const deployment = (index: number) => ({
  metadata: { labels: labels(index) },
  spec: {
    replicas: 2,
    paused: false,
    template: {
      containers: Array.from({ length: 10 }, () => ({
        args: ['php artisan queue:work', 'x'.repeat(500), null],
      })),
    },
  },
});

it('leaves objects as they are', () => {
  const strings = new SharedStrings();
  // More of them than are kept in mind.
  const given = objects(6_000);
  for (const object of given) expect(strings.share(object)).toBe(object);
  expect(JSON.stringify(given)).toBe(JSON.stringify(objects(6_000)));
});

it('keeps one of many equal strings', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const bytes = (make: () => unknown) => {
    collect();
    const before = process.memoryUsage().heapUsed;
    const made = make();
    collect();
    return [process.memoryUsage().heapUsed - before, made] as const;
  };
  const [apart] = bytes(() => objects(1_000));
  const strings = new SharedStrings();
  const [shared] = bytes(() => objects(1_000).map((object) => strings.share(object)));
  expect(shared).toBeLessThan(apart / 2);
});
