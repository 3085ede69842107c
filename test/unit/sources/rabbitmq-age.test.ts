import { describe, expect, it } from 'vitest';
import { QueueAge } from '../../../src/sources/rabbitmq/job-age.ts';

/** Each line: seconds, jobs that wait, jobs given out so far, and the age that is expected. */
type Line = readonly [number, number, number | undefined, number | undefined];

describe('the age of the job at the head of a queue of RabbitMQ', () => {
  it.each<[string, readonly Line[]]>([
    [
      'grows while nobody takes a job, however many arrive',
      [
        [0, 5, 0, 0],
        [10, 50, 0, 10],
        [20, 500, 0, 20],
      ],
    ],
    [
      'stays that of the oldest jobs until as many have left as lay there',
      [
        [0, 20, 100, 0],
        [300, 30, 110, 300],
        [360, 15, 125, 60],
        [420, 5, 140, 0],
      ],
    ],
    [
      'stays small in a queue that is never empty and always moves',
      [
        [0, 20, 0, 0],
        [10, 20, 1_000, 0],
        [20, 20, 2_000, 0],
        [30, 20, 2_010, 10],
      ],
    ],
    [
      'begins anew when the queue was empty',
      [
        [0, 5, 0, 0],
        [10, 0, 5, undefined],
        [20, 5, 5, 0],
      ],
    ],
    [
      'begins anew when the server has, which counts from nothing then',
      [
        [0, 5, 900, 0],
        [10, 5, 0, 0],
        [20, 5, 0, 10],
      ],
    ],
    [
      'cannot be told without statistics',
      [
        [0, 5, undefined, undefined],
        [10, 5, undefined, undefined],
      ],
    ],
    [
      'is never less than nothing when the clock is set back',
      [
        [10, 5, 0, 0],
        [0, 5, 0, 0],
      ],
    ],
  ])('%s', (_name, lines) => {
    const queue = new QueueAge();
    expect(
      lines.map(([at, ready, given]) => [at, ready, given, queue.observe(ready, given, at * 1_000)]),
    ).toEqual(lines);
  });

  it('keeps few marks of a queue that grows for long, and the oldest of them', () => {
    const queue = new QueueAge();
    let age: number | undefined;
    for (let second = 0; second <= 10_000; second += 1) age = queue.observe(second + 1, 0, second * 1_000);
    expect(age).toBe(10_000);
    // Of what then leaves, each half is younger.
    expect(queue.observe(5_001, 5_000, 10_001_000)).toBeGreaterThan(4_000);
    expect(queue.observe(5_001, 5_000, 10_001_000)).toBeLessThanOrEqual(5_001);
  });
});
