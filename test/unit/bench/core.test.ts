import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { coreCases } from '../../../bench/core-cases.ts';
import { drawFronts } from '../../../bench/core-fronts.ts';
import { UsageError } from '../../../bench/options.ts';
import { HPA_SETTINGS, KEDA_SETTINGS } from '../../../bench/core-sweep.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../testbed/folders.ts';

const HOUR = 3_600_000;
const WEDNESDAY = Date.UTC(2026, 0, 7);

/** An hour a line, with the same leads in each. */
const trace = (hours: number, leads: number) =>
  [
    'time,leads',
    ...Array.from(
      { length: hours },
      (_, hour) => `${new Date(WEDNESDAY + hour * HOUR).toISOString()},${leads}`,
    ),
  ].join('\n');

describe('the cases of the core bench', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder('traces');
  });
  afterEach(() => folder.remove());

  it('are all of a short trace, with jobs of two lengths', async () => {
    await writeFile(join(folder.path, 'short.csv'), trace(30, 2_500));
    const cases = await coreCases(folder.path);
    expect(cases.map(({ name }) => name)).toEqual(['short, 5 s', 'short, 20 s']);
    expect(cases.map(({ workload }) => workload.seconds / 3_600)).toEqual([30, 30]);
  });

  it('are two weeks of a long one, from its first Monday on', async () => {
    await writeFile(join(folder.path, 'long.csv'), trace(24 * 25, 2_500));
    const [first] = await coreCases(folder.path);
    expect(new Date(first!.workload.from).toISOString()).toBe('2026-01-12T00:00:00.000Z');
    expect(first!.workload.seconds / 86_400).toBe(14);
  });

  it('have days of 50,000 leads at least', async () => {
    await writeFile(join(folder.path, 'quiet.csv'), trace(24, 1_000));
    const [first] = await coreCases(folder.path);
    expect(first!.workload.arrivals.length / 24_000).toBeCloseTo(3, 1);
  });

  it('are none where there is no file', async () => {
    await expect(coreCases(folder.path)).rejects.toThrow('no file that ends in .csv');
  });

  it.each([
    ['a folder that is not there', 'gone', '', /gone cannot be read as a folder \(ENOENT\)/],
    ['a line that is none', '.', 'time,leads\n2026-03-02T09:00:00Z,many', /wrong\.csv, line 2: "many"/],
  ])('says of %s what is wrong', async (_, name, text, says) => {
    if (text !== '') await writeFile(join(folder.path, 'wrong.csv'), text);
    const cases = coreCases(join(folder.path, name));
    await expect(cases).rejects.toThrow(UsageError);
    await expect(cases).rejects.toThrow(says);
  });
});

describe('the settings of the peers', () => {
  it('are as many as were promised, each with a name of its own', () => {
    const names = [...KEDA_SETTINGS, ...HPA_SETTINGS].map(({ name }) => name);
    expect(KEDA_SETTINGS.length).toBeGreaterThanOrEqual(80);
    expect(HPA_SETTINGS.length).toBeGreaterThanOrEqual(15);
    expect(new Set(names).size).toBe(names.length);
  });
});

it('the picture has a dot for the operator and for each setting, in a panel for each case', () => {
  const point = { cost: 1.5, violatedMinutes: 3, scaleEvents: 10 };
  const result = { minutes: 1_000, own: point, keda: new Map([['a', point]]), hpa: new Map([['b', point]]) };
  const svg = drawFronts([
    { name: 'one', ...result },
    { name: 'two', ...result },
  ]);
  expect(svg.match(/class="frame" x/g)).toHaveLength(2);
  // One of each kind more: the legend.
  for (const kind of ['own', 'keda', 'hpa'])
    expect(svg.match(new RegExp(`<circle class="${kind}"`, 'g'))).toHaveLength(3);
  expect(svg).not.toMatch(/NaN|undefined/);
});
