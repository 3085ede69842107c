import { expect, it } from 'vitest';
import type { RealFrame } from '../../../../testbed/demo/real/frame.ts';
import { renderRealFrame } from '../../../../testbed/demo/real/screen.ts';
import { realJsonLines, realLines, realNewsOf } from '../../../../testbed/demo/real/show.ts';
import { look } from '../frames.ts';

function frame(changes: Partial<RealFrame> = {}): RealFrame {
  return {
    elapsedMs: 61_000,
    stage: { rate: 25, until: 'separated' },
    stageIndex: 2,
    stages: 8,
    look: look({ leadsPerDay: 251, transition: { step: 'StartNew', message: 'ingest is not Ready yet' } }),
    ladder: [
      { name: 'cached', from: 100 },
      { name: 'separated', from: 200 },
      { name: 'scaled', from: 300 },
    ],
    requests: { sent: 1_240, accepted: 1_240, failed: 0 },
    jobs: { begun: 1_230, done: 1_228, doneTwice: 0 },
    notes: [{ day: 6, text: 'TransitionStarted: From cached to separated.' }],
    ...changes,
  };
}

const size = { columns: 80, colour: false };

it('shows load, tier, step, replicas, requests, jobs, why and events', () => {
  const screen = renderRealFrame(frame(), size).join('\n');
  for (const text of [
    'real pods  1:01  part 3 of 8',
    'load      251 leads/day  25 requests a second',
    'tier      separated (2 of 3) → scaled  NotSustainedYet',
    'step      StartNew: ingest is not Ready yet',
    'ingest               3      1',
    'requests  1,240 sent, 1,240 accepted, 0 failed',
    'jobs      1,230 begun, 1,228 done, 0 twice',
    'why       20,312 leads/day belongs on scaled',
    'events    1:00  TransitionStarted: From cached to separated.',
  ]) {
    expect(screen).toContain(text);
  }
});

it.each([40, 80, 132])('fits %i columns, and always has as many lines', (columns) => {
  const lines = renderRealFrame(frame(), { columns, colour: false });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(renderRealFrame(frame({ notes: [] }), { columns, colour: false })).toHaveLength(lines.length);
});

it('says of a frame what changed: the load, a step, requests that failed, and nothing when nothing did', () => {
  const before = frame();
  const after = frame({
    stage: { rate: 40, until: 'scaled', burst: 120 },
    stageIndex: 3,
    look: look({ leadsPerDay: 251 }),
    requests: { sent: 1_245, accepted: 1_242, failed: 3 },
  });
  expect(realNewsOf(before, before)).toEqual([]);
  expect(realNewsOf(after, before)).toEqual([
    '40 requests a second and 120 jobs at once',
    '3 requests FAILED',
  ]);
  expect(realNewsOf(before, after)).toContain('StartNew: ingest is not Ready yet');
});

it('writes plain lines at changes, and a heartbeat every ten seconds of silence', () => {
  const written: string[] = [];
  const show = realLines({ write: (text: string) => written.push(text) });
  for (let elapsedMs = 0; elapsedMs <= 20_000; elapsedMs += 1_000) show.frame(frame({ elapsedMs }));
  const heartbeat =
    '251 leads/day on separated; 1,240 requests accepted, 0 failed; 1,228 jobs done, 0 twice\n';
  expect(written.slice(-2)).toEqual([` 0:10  ${heartbeat}`, ` 0:20  ${heartbeat}`]);
});

it('writes one JSON object for each look', () => {
  const written: string[] = [];
  realJsonLines({ write: (text: string) => written.push(text) }).frame(frame());
  expect(JSON.parse(written.join(''))).toMatchObject({
    type: 'sample',
    rate: 25,
    tier: 'separated',
    requests: { failed: 0 },
    jobs: { done: 1_228 },
    queues: { 'vici-updates': 12 },
  });
});
