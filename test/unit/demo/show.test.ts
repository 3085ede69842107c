import { expect, it } from 'vitest';
import { jsonLines, liveTable, newsOf, plainLines, readiness } from '../../../testbed/demo/show.ts';
import { frame, look } from './frames.ts';

function terminal() {
  const written: string[] = [];
  return { written, write: (text: string) => written.push(text), columns: 80, rows: 40 };
}

it('says what changed since the frame before, and nothing when nothing did', () => {
  const before = frame();
  const after = frame({
    look: look({
      tier: 'scaled',
      reasons: ['Climbs.'],
      components: [
        { name: 'ingest', wanted: 5, ready: 1 },
        { name: 'sync', wanted: 2, ready: 2 },
      ],
    }),
    notes: [...before.notes, { day: 9.4, text: 'a newsletter' }],
  });
  expect(newsOf(before, before)).toEqual([]);
  expect(newsOf(after, before)).toEqual([
    'tier scaled: Climbs.',
    'replicas ingest 3 → 5, queue-default gone',
    'a newsletter',
  ]);
});

it('writes plain lines at changes, and a heartbeat every ten seconds of silence', () => {
  const { written, ...out } = terminal();
  const show = plainLines(out);
  for (let elapsedMs = 0; elapsedMs <= 20_000; elapsedMs += 500) show.frame(frame({ elapsedMs }));
  const lines = written.join('').trimEnd().split('\n');
  expect(lines.slice(4)).toEqual([
    ' 0:10  day  9.4  20,312 leads/day on separated; 12 jobs; 5 of 7 replicas ready',
    ' 0:20  day  9.4  20,312 leads/day on separated; 12 jobs; 5 of 7 replicas ready',
  ]);
  expect(lines.join('')).not.toContain('\u001b');
});

it.each([
  ['none', [], '0 of 0 replicas ready'],
  ['some that start', [[5, 2]], '2 of 5 replicas ready'],
  [
    'some that are on the way out',
    [
      [127, 137],
      [10, 10],
    ],
    '137 of 137 replicas ready, and 10 on the way out',
  ],
  [
    'both at once',
    [
      [3, 1],
      [2, 6],
    ],
    '3 of 5 replicas ready, and 4 on the way out',
  ],
  ['a component that goes', [[0, 2]], '0 of 0 replicas ready, and 2 on the way out'],
])('counts no replica that is not wanted: %s', (_, components, words) => {
  const all = components.map(([wanted = 0, ready = 0], at) => ({ name: `component-${at}`, wanted, ready }));
  expect(readiness(all)).toBe(words);
});

it('draws the table over the one before, and gives the cursor back at the end', () => {
  const { written, ...out } = terminal();
  const show = liveTable(out, false);
  show.frame(frame());
  show.frame(frame());
  show.end();
  const height = written[0]!.trimEnd().split('\n').length;
  expect(written[0]).toContain('\u001b[?25l');
  expect(written[1]).toMatch(new RegExp(`^\\u001b\\[${written[0]!.split('\n').length - 1}A\\r\\u001b\\[J`));
  expect(written.at(-1)).toBe('\u001b[?25h');
  expect(height).toBeLessThan(40);
});

it('begins below what was written after its end', () => {
  const { written, ...out } = terminal();
  const show = liveTable(out, false);
  show.frame(frame());
  show.end();
  show.frame(frame());
  expect(written.join('')).not.toMatch(/\[\d+A/);
});

it('never draws more rows than the terminal has, where the cursor could not go back up', () => {
  const { written, ...out } = terminal();
  liveTable({ ...out, rows: 10 }, false).frame(frame());
  expect(written.join('').split('\n')).toHaveLength(10);
});

it('writes one JSON object a second', () => {
  const { written, ...out } = terminal();
  const show = jsonLines(out);
  for (let elapsedMs = 0; elapsedMs <= 3_000; elapsedMs += 500) show.frame(frame({ elapsedMs }));
  const samples = written.map((line) => JSON.parse(line) as { type: string; elapsedMs: number });
  expect(samples.map(({ elapsedMs }) => elapsedMs)).toEqual([0, 1_000, 2_000, 3_000]);
  expect(samples[0]).toMatchObject({
    type: 'sample',
    tier: 'separated',
    leadsPerDay: 20_312,
    components: [{ name: 'ingest', wanted: 3, ready: 1 }, {}, {}],
    queues: [{ name: 'vici-updates', depth: 12, workers: 2, done: 1_234 }, {}],
  });
});
