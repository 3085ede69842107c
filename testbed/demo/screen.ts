/** The live table: a frame as lines of text that fit a terminal. */
import { clock, count, type Frame, type TrendPoint } from './frame.ts';
import { type Piece, type Style, textLine, wrap } from './text.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly colour: boolean;
}

const LABEL = 8;
const BLOCKS = '▁▂▃▄▅▆▇█';
const WHY_LINES = 3;
const NOTES = 5;

/** Always as many lines as the components and queues need, and none wider than the terminal. */
export function renderFrame(frame: Frame, { columns, colour }: ScreenSize): string[] {
  const line = (...pieces: readonly Piece[]) => textLine(pieces, { columns, colour });
  return [
    line(...heading(frame)),
    '',
    line(...load(frame)),
    line(label('tier'), ...tierPieces(frame)),
    '',
    ...trends(frame, columns).map((pieces) => line(...pieces)),
    '',
    ...table(frame).map((pieces) => line(...pieces)),
    '',
    ...labelled(
      'why',
      wrap(frame.look.reasons.join(' '), columns - LABEL).slice(0, WHY_LINES),
      WHY_LINES,
      line,
    ),
    ...labelled(
      'events',
      frame.notes.slice(-NOTES).map(({ day, text }) => `day ${day.toFixed(1)}  ${text}`),
      NOTES,
      line,
    ),
  ];
}

type Line = (...pieces: readonly Piece[]) => string;

const label = (text: string): Piece => [text.padEnd(LABEL), 'dim'];

function heading({ day, days, dayMs, elapsedMs }: Frame): Piece[] {
  return [
    ['leadplatform demo', 'bold'],
    [
      `  day ${day.toFixed(1)}${day < days ? ` of about ${count(days)}` : ''}  ${clock(elapsedMs)}  a day takes ${seconds(dayMs)}`,
    ],
  ];
}

const seconds = (ms: number) => `${Number((ms / 1_000).toFixed(2))} s`;

function load({ look }: Frame): Piece[] {
  const known = look.leadsPerDay === undefined ? 'unknown' : count(look.leadsPerDay);
  return [label('load'), [`${known} leads/day`, 'bold']];
}

/** The tier, where the load points, and by which rule. */
export function tierPieces({
  look,
  ladder,
  requiredAhead = [],
}: Pick<Frame, 'look' | 'ladder'> & Partial<Pick<Frame, 'requiredAhead'>>): Piece[] {
  const { tier, targetTier, rule } = look;
  if (tier === undefined) return [['none yet']];
  const index = ladder.findIndex(({ name }) => name === tier);
  const own = index < 0 ? '' : ` (${index + 1} of ${ladder.length})`;
  const towards = targetTier === undefined || targetTier === tier ? '' : ` → ${targetTier}`;
  return [
    [`${tier}${own}${towards}`, 'bold'],
    [rule === undefined ? '' : `  ${rule}`],
    [requiredAhead.length === 0 ? '' : `  required: ${requiredAhead.join(', ')}`, 'yellow'],
  ];
}

/** Load and tier over the whole time, a block as high as the tier that each belongs to. */
function trends({ trend, days, day }: Frame, columns: number): Piece[][] {
  const width = Math.max(1, columns - LABEL);
  const span = Math.max(days, day);
  const graph = (value: (point: TrendPoint) => number) => {
    const heights: (number | undefined)[] = Array.from({ length: width }, () => undefined);
    for (const point of trend) {
      const column = Math.min(width - 1, Math.floor((point.day / span) * width));
      heights[column] = Math.max(heights[column] ?? 0, value(point));
    }
    return heights.map((height) => (height === undefined ? ' ' : (BLOCKS[height] ?? '█'))).join('');
  };
  return [
    [label('load'), [graph(({ load }) => load), 'cyan']],
    [label('tier'), [graph(({ tier: place }) => place), 'green']],
  ];
}

function table({ look, queues }: Frame): Piece[][] {
  const head: Piece[] = [
    ['component       wanted  ready   ', 'dim'],
    ['queue            jobs  workers       done', 'dim'],
  ];
  const rows = Math.max(look.components.length, queues.length);
  const lines = Array.from({ length: rows }, (_, index): Piece[] => {
    const component = look.components[index];
    const queue = queues[index];
    const settled: Style | undefined = component && component.ready < component.wanted ? 'yellow' : undefined;
    return [
      component === undefined
        ? [' '.repeat(32)]
        : [
            `${cell(component.name, 15)} ${right(component.wanted, 6)} ${right(component.ready, 6)}   `,
            settled,
          ],
      queue === undefined
        ? ['']
        : [
            `${cell(queue.name, 14)} ${right(queue.depth, 6)} ${right(queue.workers, 8)} ${right(queue.done, 10)}`,
          ],
    ];
  });
  return [head, ...lines];
}

const cell = (text: string, width: number) => text.slice(0, width).padEnd(width);
const right = (value: number | undefined, width: number) =>
  (value === undefined ? '?' : count(value)).padStart(width);

/** Exactly `height` lines, so that what is below does not jump. */
export function labelled(
  name: string,
  lines: readonly string[],
  height: number,
  line: Line,
  width = LABEL,
): string[] {
  return Array.from({ length: height }, (_, index) =>
    line([(index === 0 ? name : '').padEnd(width), 'dim'], [lines[index] ?? '']),
  );
}
