import { describe, expect, it } from 'vitest';
import { oracleOf } from '../../../../src/simulate/queue/oracle.ts';
import { workload } from './by-hand.ts';

const OPTIONS = { objectiveSeconds: 60, podStartSeconds: 20 };
const inSeconds = (jobs: readonly (readonly [number, number])[], seconds?: number) => {
  const { podHours, podHoursFromZero, podStarts } = oracleOf(workload(jobs, seconds), OPTIONS);
  return [Math.round(podHoursFromZero * 3_600), Math.round(podHours * 3_600), podStarts];
};

describe('the oracle', () => {
  it.each<{ name: string; jobs: readonly (readonly [number, number])[]; is: readonly number[] }>([
    { name: 'has one Pod, idle, where there is to be one at least', jobs: [], is: [0, 600, 0] },
    { name: 'makes a Pod one start before the deadline of its first job', jobs: [[0, 5]], is: [25, 600, 1] },
    {
      name: 'lets a Pod do a job that becomes free before its deadline',
      // The first runs from 60 s on, the second from 65 s, where 70 s would do.
      jobs: [[0, 5], [10, 5]], // prettier-ignore
      is: [20 + 5 + 5, 600, 1],
    },
    {
      name: 'needs a second Pod where the first is free a second too late',
      jobs: [[0, 5], [4, 5]], // prettier-ignore
      // Both are there from 44 s to 65 s.
      is: [25 + 25, 600 + 21, 2],
    },
    {
      name: 'keeps a Pod whose next job is no further away than a start',
      jobs: [[0, 5], [85, 5]], // prettier-ignore
      is: [20 + 5 + 20 + 5, 600, 1],
    },
    {
      name: 'lets a Pod go whose next job is further away',
      jobs: [[0, 5], [86, 5]], // prettier-ignore
      is: [25 + 25, 600, 2],
    },
    {
      name: 'is charged for nothing after the trace',
      jobs: [[590, 5], [595, 5]], // prettier-ignore
      is: [0, 600, 1],
    },
    {
      name: 'has two Pods at once where jobs come at once',
      jobs: [[0, 61], [0, 61]], // prettier-ignore
      is: [2 * 81, 600 + 81, 2],
    },
  ])('$name', ({ jobs, is }) => {
    expect(inSeconds(jobs)).toEqual(is);
  });
});
