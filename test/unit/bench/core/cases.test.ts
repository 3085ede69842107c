import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  laterCases,
  peakCases,
  SHORT_SLACKS,
  shortSlackCases,
  usualCases,
  workloadFor,
} from '../../../../bench/core/cases.ts';
import { readTraces } from '../../../../bench/core/traces.ts';
import { UsageError } from '../../../../bench/options.ts';
import { traceOf } from '../../../../src/simulate/trace.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../../testbed/folders.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEDNESDAY = Date.UTC(2026, 0, 7);
const MONDAY = Date.UTC(2026, 0, 12);

/** Buckets of an hour; the busiest hour is the 20th of each day. */
const tracesOf = (hours: number, leads: number) =>
  new Map([
    [
      'a',
      traceOf(
        Array.from({ length: hours }, (_, hour) => ({
          at: WEDNESDAY + hour * HOUR,
          leads: hour % 24 === 20 ? 2 * leads : leads,
        })),
      ),
    ],
  ]);

describe('the cases of the core bench', () => {
  it('are all of a short trace, with jobs of two lengths', () => {
    const traces = tracesOf(30, 2_500);
    const cases = usualCases(traces);
    expect(cases.map(({ name }) => name)).toEqual(['a, 5 s', 'a, 20 s']);
    expect(cases.map((one) => workloadFor(one, traces, 1).seconds / 3_600)).toEqual([30, 30]);
  });

  it('are two weeks of a long one, from its first Monday on', () => {
    const [first] = usualCases(tracesOf(24 * 25, 2_500));
    expect(first).toMatchObject({ from: MONDAY, until: MONDAY + 14 * DAY });
  });

  it('have days of 50,000 leads at least', () => {
    const traces = tracesOf(24, 1_000);
    const [first] = usualCases(traces);
    expect(first).toMatchObject({ scale: 2 });
    expect(workloadFor(first!, traces, 1).arrivals.length / 25_000).toBeCloseTo(2, 1);
  });

  it('are the same jobs for everybody, and others with another seed', () => {
    const traces = tracesOf(24, 2_500);
    const [one] = usualCases(traces);
    expect(workloadFor(one!, traces, 2)).toEqual(workloadFor(one!, traces, 2));
    expect(workloadFor(one!, traces, 2).arrivals).not.toEqual(workloadFor(one!, traces, 1).arrivals);
  });

  it('have, with a short slack, each of them once', () => {
    const traces = tracesOf(30, 2_500);
    const names = shortSlackCases(traces).map(({ name }) => name);
    expect(new Set(names).size).toBe(SHORT_SLACKS.length * usualCases(traces).length);
  });

  it.each([
    { days: 25, weeks: undefined },
    { days: 5 + 14 + 10, weeks: 0 },
    { days: 5 + 14 + 30, weeks: 2 },
    { days: 5 + 14 + 200, weeks: 11 },
  ])('have $weeks weeks between the first and the later ones of $days days', ({ days, weeks }) => {
    const later = laterCases(tracesOf(24 * days, 2_500));
    expect(later.map(({ from }) => (from - MONDAY - 14 * DAY) / (7 * DAY))).toEqual(
      weeks === undefined ? [] : [weeks],
    );
    for (const { from, until } of later) expect((until - from) / DAY).toBeGreaterThanOrEqual(10);
  });

  it('have the busiest hour, after a day to learn in', () => {
    for (const { from, hourAt } of peakCases(tracesOf(24 * 4, 2_500))) {
      expect(new Date(from + hourAt * 1_000).getUTCHours()).toBe(20);
      expect(hourAt).toBeGreaterThanOrEqual(20 * 3_600);
    }
  });
});

describe('traces', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('traces');
  });
  afterEach(() => folder.remove());

  it('have the names of their files', async () => {
    await writeFile(join(folder.path, 'short.csv'), 'time,leads\n2026-03-02T09:00:00Z,4\n');
    await writeFile(join(folder.path, 'README.md'), 'of others');
    expect([...(await readTraces(folder.path)).keys()]).toEqual(['short']);
  });

  it('are none where there is no file', async () => {
    await expect(readTraces(folder.path)).rejects.toThrow('no file that ends in .csv');
  });

  it.each([
    ['a folder that is not there', 'gone', '', /gone cannot be read as a folder \(ENOENT\)/],
    ['a line that is none', '.', 'time,leads\n2026-03-02T09:00:00Z,many', /wrong\.csv, line 2: "many"/],
  ])('say of %s what is wrong', async (_, name, text, says) => {
    if (text !== '') await writeFile(join(folder.path, 'wrong.csv'), text);
    const traces = readTraces(join(folder.path, name));
    await expect(traces).rejects.toThrow(UsageError);
    await expect(traces).rejects.toThrow(says);
  });
});
