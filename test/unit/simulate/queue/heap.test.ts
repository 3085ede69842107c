import { expect, it } from 'vitest';
import { Heap } from '../../../../src/simulate/queue/heap.ts';
import { uniform } from '../../../../src/simulate/random.ts';

it('a heap gives the smallest first, whatever is put in between', () => {
  const random = uniform(3);
  const heap = new Heap<{ readonly at: number }>(({ at }) => at);
  const rest: number[] = [];
  for (let step = 0; step < 2_000; step += 1) {
    if (random() < 0.6) {
      const at = Math.floor(random() * 100);
      heap.push({ at });
      rest.push(at);
    } else {
      const least = rest.toSorted((a, b) => a - b)[0];
      expect(heap.first?.at).toBe(least);
      expect(heap.pop()?.at).toBe(least);
      if (least !== undefined) rest.splice(rest.indexOf(least), 1);
    }
    expect(heap.size).toBe(rest.length);
  }
});
