/** Where frames go: a table that is drawn in place, lines for a pipe, or JSON. */
import { clock, count, type Frame } from './frame.ts';
import type { Look } from './look.ts';
import { renderFrame, type ScreenSize } from './screen.ts';

export interface Show<F = Frame> {
  frame(frame: F): void;
  /** Nothing more is shown; the cursor is where a person expects it. */
  end(): void;
}

export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Redraws the table over itself. */
export function liveTable(terminal: Terminal, colour: boolean): Show {
  return liveTableOf(terminal, colour, renderFrame);
}

/** The same of other frames. */
export function liveTableOf<F>(
  terminal: Terminal,
  colour: boolean,
  render: (frame: F, size: ScreenSize) => string[],
): Show<F> {
  let drawn = 0;
  return {
    frame: (frame) => {
      // One less: some terminals wrap as soon as the last column is filled. One row is left for the cursor.
      const columns = Math.max(20, (terminal.columns ?? 80) - 1);
      const lines = render(frame, { columns, colour }).slice(0, Math.max(1, (terminal.rows ?? 50) - 1));
      const up = drawn === 0 ? HIDE_CURSOR : `\u001b[${drawn}A`;
      terminal.write(`${up}\r\u001b[J${lines.join('\n')}\n`);
      drawn = lines.length;
    },
    end: () => {
      if (drawn > 0) terminal.write(SHOW_CURSOR);
      // What is written from now on stays: a further table begins below it.
      drawn = 0;
    },
  };
}

const HEARTBEAT_MS = 10_000;

/** A line at each change, and one every ten seconds. */
export function plainLines(terminal: Terminal): Show {
  let last: Frame | undefined;
  let saidAt = -HEARTBEAT_MS;
  return {
    frame: (frame) => {
      const news = newsOf(frame, last);
      if (news.length > 0 || frame.elapsedMs - saidAt >= HEARTBEAT_MS) {
        saidAt = frame.elapsedMs;
        const when = `${clock(frame.elapsedMs).padStart(5)}  day ${frame.day.toFixed(1).padStart(4)}  `;
        for (const text of news.length > 0 ? news : [heartbeat(frame)]) terminal.write(`${when}${text}\n`);
      }
      last = frame;
    },
    end: () => undefined,
  };
}

type News = Pick<Frame, 'look' | 'notes'>;

/** What is different from the frame before, as sentences. */
export function newsOf(frame: News, last: News | undefined): string[] {
  const { look } = frame;
  const news: string[] = [];
  if (look.tier !== undefined && look.tier !== last?.look.tier) {
    news.push(`tier ${look.tier}: ${look.reasons[0] ?? look.rule ?? ''}`);
  }
  const replicas = look.components.flatMap(({ name, wanted }) => {
    const before = last?.look.components.find((component) => component.name === name)?.wanted;
    return before === wanted ? [] : [`${name} ${before === undefined ? '' : `${before} → `}${wanted}`];
  });
  for (const { name } of last?.look.components ?? []) {
    if (!look.components.some((component) => component.name === name)) replicas.push(`${name} gone`);
  }
  if (replicas.length > 0) news.push(`replicas ${replicas.join(', ')}`);
  const known = last?.notes.length ?? 0;
  news.push(...frame.notes.slice(known).map(({ text }) => text));
  return news;
}

function heartbeat({ look, queues }: Frame): string {
  const load = look.leadsPerDay === undefined ? 'unknown' : count(look.leadsPerDay);
  const jobs = queues.reduce((sum, { depth = 0 }) => sum + depth, 0);
  return `${load} leads/day on ${look.tier ?? 'no tier yet'}; ${count(jobs)} jobs; ${readiness(look.components)}`;
}

/** Replicas that are not wanted any more are ready until they are gone, and no part of those that are wanted. */
export function readiness(components: Look['components']): string {
  const sum = (of: (component: Look['components'][number]) => number) =>
    components.reduce((all, component) => all + of(component), 0);
  const wanted = sum((component) => component.wanted);
  const ready = sum((component) => Math.min(component.ready, component.wanted));
  const more = sum((component) => Math.max(0, component.ready - component.wanted));
  return `${ready} of ${wanted} replicas ready${more === 0 ? '' : `, and ${more} on the way out`}`;
}

const SAMPLE_MS = 1_000;

/** A JSON object a second. */
export function jsonLines(terminal: Terminal): Show {
  let saidAt = -SAMPLE_MS;
  return {
    frame: (frame) => {
      if (frame.elapsedMs - saidAt < SAMPLE_MS) return;
      saidAt = frame.elapsedMs;
      const { day, elapsedMs, look, queues } = frame;
      const { queueDepths: _depths, events: _events, at, ...seen } = look;
      const sample = { type: 'sample', at: new Date(at).toISOString(), elapsedMs, day, ...seen, queues };
      terminal.write(`${JSON.stringify(sample)}\n`);
    },
    end: () => undefined,
  };
}
