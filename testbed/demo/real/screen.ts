/** The live table of the demo on real pods: a frame as lines of text that fit a terminal. */
import { clock, count } from '../frame.ts';
import { labelled, tierPieces, type ScreenSize } from '../screen.ts';
import { type Piece, textLine, wrap } from '../text.ts';
import type { RealFrame } from './frame.ts';

const LABEL = 10;
const WHY_LINES = 3;
const EVENTS = 6;

/** As many lines as there are components and some, none wider than the terminal. */
export function renderRealFrame(frame: RealFrame, { columns, colour }: ScreenSize): string[] {
  const line = (...pieces: readonly Piece[]) => textLine(pieces, { columns, colour });
  const { look, notes, requests, jobs, stage } = frame;
  const load = look.leadsPerDay === undefined ? 'unknown' : count(look.leadsPerDay);
  return [
    line(
      ['leadplatform demo, real pods', 'bold'],
      [`  ${clock(frame.elapsedMs)}  part ${frame.stageIndex + 1} of ${frame.stages}`],
    ),
    '',
    line(
      label('load'),
      [`${load} leads/day`, 'bold'],
      [`  ${stage.rate} requests a second; a day takes 10 s`],
    ),
    line(label('tier'), ...tierPieces(frame)),
    line(label('step'), [stepOf(frame), 'yellow']),
    '',
    line(['component       wanted  ready', 'dim']),
    ...look.components.map(({ name, wanted, ready }) =>
      line([
        `${name.slice(0, 15).padEnd(15)} ${String(wanted).padStart(6)} ${String(ready).padStart(6)}`,
        ready < wanted ? 'yellow' : undefined,
      ]),
    ),
    '',
    line(
      label('requests'),
      [`${count(requests.sent)} sent, ${count(requests.accepted)} accepted, `],
      [`${count(requests.failed)} failed`, requests.failed > 0 ? 'yellow' : 'green'],
    ),
    line(
      label('jobs'),
      [`${count(jobs.begun)} begun, ${count(jobs.done)} done, `],
      [`${count(jobs.doneTwice)} twice`, jobs.doneTwice > 0 ? 'yellow' : 'green'],
    ),
    '',
    ...labelled(
      'why',
      wrap(look.reasons.join(' '), columns - LABEL).slice(0, WHY_LINES),
      WHY_LINES,
      line,
      LABEL,
    ),
    ...labelled('events', eventsOf(notes), EVENTS, line, LABEL),
  ];
}

const label = (text: string): Piece => [text.padEnd(LABEL), 'dim'];

/** What a change of tier is at, or nothing. */
export function stepOf({ look: { transition } }: Pick<RealFrame, 'look'>): string {
  return transition === undefined ? '' : `${transition.step}: ${transition.message}`;
}

/** A note is as old as the demo was, in days of 10 s. */
function eventsOf(notes: RealFrame['notes']): string[] {
  return notes.slice(-EVENTS).map(({ day, text }) => `${clock(day * 10_000)}  ${text}`);
}
