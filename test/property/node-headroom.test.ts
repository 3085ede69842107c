/** What holds of room on nodes: nobody is told of pods that fit, and a node more never makes it worse. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type NodeHeadroom, homelessOf } from '../../src/cluster/node-headroom.ts';

const kind = fc.record({
  asks: fc.record({ cpu: fc.integer({ min: 0, max: 9 }), memory: fc.integer({ min: 0, max: 9 }) }),
  pool: fc.constantFrom(undefined, 'x', 'y'),
});
const podsOf = fc.array(
  kind.map(({ asks, pool }) => ({
    // Tenths, which are not exact.
    asks: { cpu: asks.cpu / 10, memory: asks.memory / 10, pods: 1 },
    spec: pool === undefined ? {} : { nodeSelector: { pool } },
  })),
  { minLength: 1, maxLength: 4 },
);
const spare = fc.integer({ min: 0, max: 5 }).map((tenths) => tenths / 10);
const node = fc.record({ pool: fc.constantFrom('x', 'y'), cpu: spare, memory: spare });
const asNode = (
  { pool, cpu, memory }: { pool: string; cpu: number; memory: number },
  pods = 3,
): NodeHeadroom => ({
  labels: { pool },
  taints: [],
  free: { cpu, memory, pods },
});

it('tells of no pod that fits: nodes that were made to hold all of them do', () => {
  fc.assert(
    fc.property(
      podsOf,
      fc.array(node, { maxLength: 4 }),
      fc.array(fc.record({ kind: fc.nat(), node: fc.nat() }), { minLength: 1, maxLength: 12 }),
      (kinds, spares, places) => {
        const nodes = [...spares, { pool: 'x', cpu: 0, memory: 0 }, { pool: 'y', cpu: 0, memory: 0 }].map(
          (one) => ({
            ...one,
            pods: 0,
          }),
        );
        const counts = kinds.map(() => 0);
        for (const place of places) {
          const index = place.kind % kinds.length;
          const { asks, spec } = kinds[index]!;
          const open = nodes.filter(({ pool }) => (spec.nodeSelector?.pool ?? pool) === pool);
          const home = open[place.node % open.length]!;
          home.cpu += asks.cpu;
          home.memory += asks.memory;
          home.pods += 1;
          counts[index]! += 1;
        }
        const pods = kinds.map((one, index) => ({ ...one, count: counts[index]! }));
        const made = nodes.map((one) => asNode(one, one.pods));
        expect(homelessOf(pods, made)).toBe(0);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('tells of no more pods where there is a node more, and of no fewer where there is a pod more', () => {
  const counted = podsOf.chain((kinds) =>
    fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: kinds.length, maxLength: kinds.length })
      .map((counts) => kinds.map((one, index) => ({ ...one, count: counts[index]! }))),
  );
  fc.assert(
    fc.property(counted, fc.array(node, { maxLength: 5 }), node, (pods, nodes, one) => {
      const before = homelessOf(
        pods,
        nodes.map((each) => asNode(each)),
      );
      const after = homelessOf(
        pods,
        [...nodes, one].map((each) => asNode(each)),
      );
      expect(after).toBeLessThanOrEqual(before);
      const more = pods.map((each, index) => (index === 0 ? { ...each, count: each.count + 1 } : each));
      expect(
        homelessOf(
          more,
          nodes.map((each) => asNode(each)),
        ),
      ).toBeGreaterThanOrEqual(before);
      expect(before).toBeLessThanOrEqual(pods.reduce((sum, { count }) => sum + count, 0));
    }),
    { numRuns: 2_000 },
  );
});
