import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { countedText, requestsOf, writesOf } from '../../../bench/audit.ts';
import { parseOptions, UsageError } from '../../../bench/options.ts';
import { isMet, type Section } from '../../../bench/results.ts';
import { quantile, spreadOf } from '../../../bench/statistics.ts';
import { markdown, numberText, plainText } from '../../../bench/table.ts';

describe('quantiles', () => {
  it.each([
    { share: 0, is: 1 },
    { share: 0.5, is: 50 },
    { share: 0.99, is: 99 },
    { share: 0.999, is: 100 },
    { share: 1, is: 100 },
  ])('of 1 to 100 the share $share lies at or below $is', ({ share, is }) => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(values, share)).toBe(is);
  });

  it('sorts numbers as numbers', () => {
    expect(spreadOf([10, 9, 100])).toEqual({ min: 9, median: 10, max: 100 });
  });
});

describe('verdicts', () => {
  it.each([
    { value: 2, target: { atMost: 2 }, met: true },
    { value: 2.01, target: { atMost: 2 }, met: false },
    { value: 49_999, target: { atLeast: 50_000 }, met: false },
    { value: 0, target: { atMost: 0 }, met: true },
    { value: undefined, target: { atMost: 2 }, met: undefined },
  ])('$value against $target is $met', ({ value, target, met }) => {
    expect(isMet({ name: 'x', value, unit: '', target })).toBe(met);
  });
});

describe('tables', () => {
  const section: Section = {
    bench: 'spike',
    title: 'A title',
    method: ['How.'],
    figures: [
      { name: 'slowest', value: 2.345, unit: 's', target: { atMost: 2 }, peers: [71] },
      { name: 'memory', value: undefined, unit: 'MB', target: { atMost: 256 } },
    ],
    peers: ['KEDA'],
    remarks: ['A loss.'],
    machine: {
      at: '2026-01-02T03:04:05Z',
      cpu: 'cpu',
      cores: 2,
      memoryGiB: 24,
      node: 'v24',
      loadAverage: 0.5,
    },
  };

  it.each([
    [0.1234, '0.123'],
    [2.345, '2.35'],
    [97.44, '97.4'],
    [1_234.5, '1,235'],
    [5_000, '5,000'],
    [0, '0'],
  ])('writes %d as %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it('says what is missed, what was not measured, and what the peer does', () => {
    const text = markdown(section);
    expect(text).toContain('| slowest | 2.35 s | ≤ 2 s | not met | 71 s |');
    expect(text).toContain('| memory | not measured | ≤ 256 MB | not measured |  |');
    expect(text).toContain('- A loss.');
  });

  it('lines columns up for a terminal', () => {
    const lines = plainText(section)
      .split('\n')
      .filter((line) => /^(figure|slowest)/.test(line));
    expect(lines[0]?.indexOf('KEDA')).toBe((lines[1]?.length ?? 0) - 'KEDA'.length);
  });
});

describe('the audit log', () => {
  it('tells the writes of one user in an interval from reads, from others, and from a line that is half written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const event = (verb: string, username: string, second: number, more = {}) =>
      JSON.stringify({
        stage: 'ResponseComplete',
        verb,
        user: { username },
        requestReceivedTimestamp: `2026-01-01T00:00:0${second}.000000Z`,
        stageTimestamp: `2026-01-01T00:00:0${second}.250000Z`,
        objectRef: { resource: 'leadplatforms', subresource: 'status', namespace: 'a', name: 'b' },
        responseStatus: { code: 200 },
        ...more,
      });
    const lines = [
      event('patch', 'us', 1),
      event('patch', 'us', 5),
      event('patch', 'others', 2),
      event('get', 'us', 2),
      event('watch', 'us', 2),
      event('patch', 'us', 2, { stage: 'ResponseStarted' }),
      event('create', 'us', 3).slice(0, 80),
    ];
    const file = join(folder, 'audit.log');
    await writeFile(file, lines.join('\n'));
    const [from, to] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-01-01T00:00:05Z')];
    const writes = await writesOf(file, 'us', from, to);
    expect(writes).toEqual([
      {
        at: from + 1_000,
        verb: 'patch',
        resource: 'leadplatforms/status',
        object: 'a/b',
        code: 200,
        seconds: 0.25,
      },
    ]);
    expect(countedText(await requestsOf(file, 'us', from))).toBe(
      'patch leadplatforms/status 2 · get leadplatforms/status 1',
    );
  });
});

describe('arguments', () => {
  it('runs everything, with the peer, when nothing is said', () => {
    expect(parseOptions([])).toMatchObject({
      benches: ['decision', 'core', 'spike', 'fleet', 'image'],
      peer: 'keda',
    });
  });

  it.each([
    { args: ['nonsense'], says: 'the bench is "nonsense"' },
    { args: ['--peer', 'hpa'], says: '--peer is "hpa"' },
    { args: ['--spikes', '0'], says: '--spikes is "0"' },
    { args: ['--unknown'], says: '--unknown' },
  ])('refuses $args', ({ args, says }) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(says);
  });
});
