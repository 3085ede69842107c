import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { renderFrame } from '../../../testbed/demo/screen.ts';
import { textLine, wrap } from '../../../testbed/demo/text.ts';
import { frame, look } from './frames.ts';

const plain = { columns: 80, colour: false };

it('reads like this on 80 columns', () => {
  expect(renderFrame(frame(), plain)).toEqual([
    'leadplatform demo  day 9.4 of about 39  0:47  a day takes 5 s',
    '',
    'load    20,312 leads/day',
    'tier    separated (3 of 4) → scaled  NotSustainedYet  required: load-balancer',
    '',
    'load    ▁        ▂       ▄',
    'tier    ▁        ▂       ▃',
    '',
    'component       wanted  ready   queue            jobs  workers       done',
    'ingest               3      1   vici-updates       12        2      1,234',
    'queue-default        2      2   default             ?        2         99',
    'sync                 2      2',
    '',
    'why     20,312 leads/day belongs on scaled (from 15,000 leads/day), but has to',
    '        stay for 10s first; it has been above separated since',
    '        2026-03-02T08:00:00Z. vici-updates has 12 jobs ready, and 3 arrive per',
    'events  day 8.1  TransitionFinished: Moved from cached to separated.',
    '        day 9.3  one import of 25,000 leads',
    '',
    '',
    '',
  ]);
});

it.each([20, 60, 80, 200])('has no line wider than the %i columns it has', (columns) => {
  for (const line of renderFrame(frame(), { columns, colour: true })) {
    expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
  }
});

it('is the same text with colours as without', () => {
  const coloured = renderFrame(frame(), { columns: 80, colour: true });
  expect(coloured.join('\n')).toContain('\u001b[1m');
  expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(
    renderFrame(frame(), plain),
  );
});

it('shows what is not known yet as unknown, not as zero', () => {
  const nothing = look({
    tier: undefined,
    targetTier: undefined,
    leadsPerDay: undefined,
    components: [],
    reasons: [],
  });
  const lines = renderFrame(frame({ look: nothing, requiredAhead: [], trend: [], notes: [] }), plain);
  expect(lines).toContain('load    unknown leads/day');
  expect(lines).toContain('tier    none yet');
});

it('marks a component whose replicas are not all ready', () => {
  const lines = renderFrame(frame(), { columns: 80, colour: true });
  const yellow = lines.filter((line) => line.includes('\u001b[33mingest')).length;
  expect([yellow, lines.some((line) => line.includes('\u001b[33msync'))]).toEqual([1, false]);
});

it('keeps its height while reasons and events come and go', () => {
  const quiet = frame({ look: look({ reasons: [] }), notes: [] });
  expect(renderFrame(quiet, plain)).toHaveLength(renderFrame(frame(), plain).length);
});

it.each([
  ['', 10, []],
  ['one two three', 7, ['one two', 'three']],
  ['unbreakable', 5, ['unbre']],
])('wraps %j at %i columns', (text, columns, lines) => {
  expect(wrap(text, columns)).toEqual(lines);
});

it('cuts a line that is too long with an ellipsis', () => {
  expect(textLine([['12345'], ['67890', 'bold']], { columns: 8, colour: false })).toBe('1234567…');
  expect(textLine([['12345678']], { columns: 8, colour: false })).toBe('12345678');
});
