import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { peakCases, usualCases } from '../../../../bench/core/cases.ts';
import { bestSetting, costOf, keda, OPERATOR, ORACLE, REFERENCE } from '../../../../bench/core/deciders.ts';
import { faultAt, FAULTS } from '../../../../bench/core/faults.ts';
import { Measured } from '../../../../bench/core/measured.ts';
import { pooled } from '../../../../bench/core/points.ts';
import { loadReference } from '../../../../bench/core/reference.ts';
import type { Run } from '../../../../bench/core/run.ts';
import { KEDA_SETTINGS } from '../../../../bench/core/settings.ts';
import { readTraces } from '../../../../bench/core/traces.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../../testbed/folders.ts';

/** Twenty minutes of a lead a second. */
const TRACE = [
  'time,leads',
  ...Array.from({ length: 20 }, (_, minute) => `2026-03-02T09:${String(minute).padStart(2, '0')}:00Z,60`),
].join('\n');
/** Says that there are to be as many Pods as seconds that a job takes, and four more. */
const POLICY = `
export const DEFAULTS = { tick: 5 };
export const empty = () => ({});
export const next = (state: object, observation: object, { m0 }: { m0: number }): number => m0 + 4;
`;

describe('what is measured', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('traces');
    await writeFile(join(folder.path, 'a.csv'), TRACE);
    await writeFile(join(folder.path, 'policy.ts'), POLICY);
  });
  afterEach(() => folder.remove());

  it('is what came of each run, on whichever thread, and of none twice', async () => {
    const lines: string[] = [];
    const measured = new Measured({ traces: folder.path, reference: folder.path }, (line) =>
      lines.push(line),
    );
    const cases = usualCases(await readTraces(folder.path));
    const runs = cases.flatMap((of) =>
      [ORACLE, OPERATOR, REFERENCE, keda(KEDA_SETTINGS[0]!.name)].map((by): Run => ({ of, seed: 1, by })),
    );
    await measured.measure('a few', runs);
    const [short, long] = cases.map((of) => measured.of({ of, seed: 1, by: REFERENCE }));
    expect([short!.podHours, long!.podHours].map((hours) => Math.round(3 * hours))).toEqual([9, 24]);
    for (const of of cases) expect(costOf(measured, { of, seed: 1, by: OPERATOR })).toBeGreaterThan(1);
    await measured.measure('a few', runs);
    expect(lines.at(-1)).toBe('core: a few, 0 runs');
    expect(() => measured.of({ of: cases[0]!, seed: 2, by: OPERATOR })).toThrow('was not run');
  });

  it('of an hour is what was wanted in that hour', async () => {
    const measured = new Measured({ traces: folder.path, reference: undefined }, () => undefined);
    const [of] = peakCases(await readTraces(folder.path));
    const within = (from: number, until: number): Run => ({
      of: of!,
      seed: 1,
      by: OPERATOR,
      window: { from, until },
    });
    const [first, second, both] = [within(0, 300), within(300, 600), within(0, 600)];
    const lied = { ...second, faults: [faultAt(FAULTS[0]!, 300)] };
    await measured.measure('ten minutes', [first, second, both, lied]);
    const hoursOf = (run: Run) => measured.of(run).podHours;
    expect(hoursOf(first) + hoursOf(second)).toBeCloseTo(hoursOf(both), 6);
    expect(measured.of(both)).toMatchObject({ minutes: 10 });
    expect(hoursOf(lied)).not.toBe(hoursOf(second));
  });

  it('is not begun where the reference exports no policy', async () => {
    await writeFile(join(folder.path, 'policy.ts'), 'export const DEFAULTS = {};');
    await expect(loadReference(folder.path)).rejects.toThrow('does not export DEFAULTS, empty and next');
    await expect(loadReference(join(folder.path, 'gone'))).rejects.toThrow('cannot be loaded');
  });
});

it('points together are as one run', () => {
  const point = {
    podHours: 1,
    violatedMinutes: 2,
    minutes: 100,
    scaleEvents: 3,
    podStarts: 4,
    maxPickupSeconds: 5,
  };
  expect(pooled([point, { ...point, maxPickupSeconds: 70 }])).toEqual({
    podHours: 2,
    violatedMinutes: 4,
    minutes: 200,
    scaleEvents: 6,
    podStarts: 8,
    maxPickupSeconds: 70,
  });
});

describe('the setting of KEDA that is compared with', () => {
  const of = { name: 'a', podStartSeconds: 20 } as Run['of'];
  /** By the number of the setting. */
  const chosenAmong = (points: Readonly<Record<number, readonly [podHours: number, violated: number]>>) => {
    const byName = new Map(KEDA_SETTINGS.map(({ name }, index) => [name, points[index] ?? [9, 99]] as const));
    const measured = {
      of: ({ by }: Run) => {
        const [podHours, violatedMinutes] = by.who === 'keda' ? byName.get(by.setting)! : [1, 0];
        return { podHours, violatedMinutes, minutes: 10_000 };
      },
    } as unknown as Measured;
    return KEDA_SETTINGS.findIndex(({ name }) => name === bestSetting(measured, [of], 1));
  };

  it.each([
    ['the cheapest of those that are hardly ever late', { 3: [2, 2], 5: [1.5, 3], 7: [1.8, 0] }, 7],
    ['the cheapest of those that are late least often', { 3: [2, 4], 5: [1.5, 4], 7: [1.2, 5] }, 5],
  ] as const)('is %s', (_, points, chosen) => {
    expect(chosenAmong(points)).toBe(chosen);
  });
});
