import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueQueue } from '../../../src/sources/due-queue.ts';

it('gives back everything that is due, in order, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 })),
      fc.integer({ min: 0, max: 50 }),
      (times, until) => {
        const queue = new DueQueue<number>();
        for (const at of times) queue.add(at, at);
        const taken: number[] = [];
        for (let item = queue.takeDue(until); item !== undefined; item = queue.takeDue(until))
          taken.push(item);
        const sorted = times.toSorted((a, b) => a - b);
        expect(taken).toEqual(sorted.filter((at) => at <= until));
        expect(queue.earliest).toBe(sorted.find((at) => at > until));
        expect(queue.size).toBe(times.length - taken.length);
      },
    ),
  );
});
