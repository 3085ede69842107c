/** Where the frames of the demo on real pods go. */
import { clock, count } from '../frame.ts';
import { liveTableOf, newsOf, type Show, type Terminal } from '../show.ts';
import type { RealFrame } from './frame.ts';
import { renderRealFrame, stepOf } from './screen.ts';

export function realTable(terminal: Terminal, colour: boolean): Show<RealFrame> {
  return liveTableOf(terminal, colour, renderRealFrame);
}

const HEARTBEAT_MS = 10_000;

/** A line at each change, and one every ten seconds. */
export function realLines(terminal: Terminal): Show<RealFrame> {
  let last: RealFrame | undefined;
  let saidAt = -HEARTBEAT_MS;
  return {
    frame: (frame) => {
      const news = realNewsOf(frame, last);
      if (news.length > 0 || frame.elapsedMs - saidAt >= HEARTBEAT_MS) {
        saidAt = frame.elapsedMs;
        for (const text of news.length > 0 ? news : [heartbeat(frame)]) {
          terminal.write(`${clock(frame.elapsedMs).padStart(5)}  ${text}\n`);
        }
      }
      last = frame;
    },
    end: () => undefined,
  };
}

/** What is different from the frame before, as sentences. */
export function realNewsOf(frame: RealFrame, last: RealFrame | undefined): string[] {
  const { stage, stageIndex, requests } = frame;
  const failed = requests.failed - (last?.requests.failed ?? 0);
  const step = frame.look.transition?.step;
  return [
    ...(stageIndex === last?.stageIndex
      ? []
      : [
          `${stage.rate} requests a second${stage.burst === undefined ? '' : ` and ${stage.burst} jobs at once`}`,
        ]),
    ...newsOf(frame, last),
    ...(step === undefined || step === last?.look.transition?.step ? [] : [stepOf(frame)]),
    ...(failed === 0 ? [] : [`${count(failed)} requests FAILED`]),
  ];
}

function heartbeat({ look, requests, jobs }: RealFrame): string {
  const load = look.leadsPerDay === undefined ? 'unknown' : count(look.leadsPerDay);
  return `${load} leads/day on ${look.tier ?? 'no tier yet'}; ${count(requests.accepted)} requests accepted, ${count(requests.failed)} failed; ${count(jobs.done)} jobs done, ${count(jobs.doneTwice)} twice`;
}

/** A JSON object for each look. */
export function realJsonLines(terminal: Terminal): Show<RealFrame> {
  return {
    frame: ({ elapsedMs, stage, look, requests, jobs }) => {
      const { queueDepths, events: _events, at, ...seen } = look;
      const sample = { type: 'sample', at: new Date(at).toISOString(), elapsedMs, rate: stage.rate };
      const counts = { requests, jobs, queues: Object.fromEntries(queueDepths) };
      terminal.write(`${JSON.stringify({ ...sample, ...seen, ...counts })}\n`);
    },
    end: () => undefined,
  };
}
