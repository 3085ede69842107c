import { describe, expect, it } from 'vitest';
import { compared, isClose, minutely, overTime } from '../../../prove/peers/compared.ts';

const at = (...sizes: readonly (readonly [number, number])[]) =>
  sizes.map(([second, replicas]) => ({ at: second, replicas }));

describe('replicas minute by minute', () => {
  it.each([
    { name: 'one size', sizes: at([0, 3]), seconds: 30, span: 10, is: [3, 3, 3] },
    { name: 'a change between two minutes', sizes: at([0, 1], [10, 5]), seconds: 20, span: 10, is: [1, 5] },
    { name: 'a change within one', sizes: at([0, 0], [5, 8], [7.5, 4]), seconds: 10, span: 10, is: [3] },
    { name: 'a last minute that is not whole', sizes: at([0, 2]), seconds: 29, span: 10, is: [2, 2] },
  ])('of $name are its means', ({ sizes, seconds, span, is }) => {
    expect(minutely(sizes, seconds, span)).toEqual(is);
  });
});

describe('the cluster beside the simulation', () => {
  const simulated = { sizes: at([0, 10]), podHours: 10 };
  const HOUR = 3_600;

  it('is told in hours of the life that is played, with the ends of jobs of Pods that have gone', () => {
    const played = { sizes: at([0, 10], [HOUR / 2, 12]), drainSeconds: HOUR };
    expect(compared(played, simulated, HOUR, 5)).toEqual({
      podHours: 60,
      simulatedPodHours: 50,
      podHoursError: 0.2,
      closeMinutes: 1,
      scaleEvents: 1,
      simulatedScaleEvents: 0,
    });
  });

  it('is told over time, in minutes of the life that is played', () => {
    const played = { sizes: at([0, 10], [120, 12]) };
    expect(overTime(played, simulated, 240, 5, 10)).toEqual([
      { minutes: 10, replicas: 10, simulatedReplicas: 10 },
      { minutes: 20, replicas: 12, simulatedReplicas: 10 },
    ]);
  });

  it.each([
    { name: 'the same', sizes: at([0, 10]), is: true },
    { name: 'two more all the time', sizes: at([0, 12]), is: false },
    { name: 'five more for three minutes of a hundred', sizes: at([0, 10], [600, 15], [636, 10]), is: true },
    { name: 'five more for six minutes of a hundred', sizes: at([0, 10], [600, 15], [672, 10]), is: false },
  ])('is close, or not, where it has $name', ({ sizes, is }) => {
    const seconds = 1_200;
    const given = { sizes: at([0, 10]), podHours: (10 * seconds) / HOUR };
    expect(isClose(compared({ sizes, drainSeconds: 0 }, given, seconds, 5))).toBe(is);
  });

  it('is as close as can be wanted where two simulations are no closer, unless the hours differ', () => {
    const of = (podHoursError: number) => ({
      ...{ podHours: 1, simulatedPodHours: 1, podHoursError, closeMinutes: 0.7 },
      ...{ scaleEvents: 1, simulatedScaleEvents: 1 },
    });
    expect([isClose(of(0), 0.7), isClose(of(0), 0.71), isClose(of(0.11), 0.7)]).toEqual([true, false, false]);
  });
});
