import { describe, expect, it } from 'vitest';
import type { FileResult, ReportEntry } from '../../../scripts/report.ts';
import { progressLine, timeLines } from '../../../scripts/summary.ts';

const file = (path: string, seconds: number): FileResult => ({
  ...{ path, seconds },
  project: 'unit',
  status: 'passed',
  tests: [],
});
const planned = (projects: Record<string, number>): ReportEntry => ({ kind: 'planned', projects });
const ended = (path: string): ReportEntry => ({ kind: 'file', file: file(path, 1) });

describe('what `npm test` says of its time', () => {
  it('says of each stage how many of its files have ended', () => {
    const reports = {
      integration: [planned({ integration: 52 }), ended('a'), ended('b')],
      e2e: [planned({ e2e: 7, 'e2e alone': 2 }), ended('c')],
    };
    expect(progressLine(reports, 125)).toBe(
      'After 2 min 5 s, test files that have ended: integration 2 of 52, e2e 1 of 9',
    );
  });

  it('says nothing while no stage knows what it will run', () => {
    expect(progressLine({ integration: [] }, 125)).toBeUndefined();
    expect(progressLine({}, 125)).toBeUndefined();
  });

  it('names the ten slowest files, slowest first, and when each stage began', () => {
    const files = Array.from({ length: 12 }, (_, index) => file(`test/${index}.test.ts`, index * 10));
    const spans = [
      { name: 'unit', fromMs: 1_000, toMs: 46_000 },
      { name: 'e2e', fromMs: 46_000, toMs: 646_000 },
    ];
    const lines = timeLines(files, spans);
    expect(lines.slice(1, 11).map((line) => /(\d+)\.test/.exec(line)?.[1])).toEqual(
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map(String),
    );
    expect(lines[1]).toBe('  1 min 50 s  test/11.test.ts');
    expect(lines.slice(12)).toEqual(['        45 s  unit (after 0 s)', '  10 min 0 s  e2e (after 45 s)']);
  });

  it('adds what kinds of work took, the longest first', () => {
    const work = new Map([
      ['a control plane starts', { times: 3, seconds: 20 }],
      ['kubectl, a process each', { times: 900, seconds: 100 }],
    ]);
    expect(timeLines([], [{ name: 'unit', fromMs: 0, toMs: 1_000 }], work).slice(-3)).toEqual([
      'Kinds of work, summed; one may run beside or inside another:',
      '  1 min 40 s  900 × kubectl, a process each',
      '        20 s  3 × a control plane starts',
    ]);
  });
});
