/** What `npm test` says of its own time: how far it is, and at the end where the time went. */
import type { WorkTimes } from '../testbed/work-times.ts';
import { duration } from './duration.ts';
import type { FileResult, ReportEntry } from './report.ts';

/** A piece of the run; stages may overlap. */
export interface Span {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const SLOWEST = 10;

/** One line: how many files of each stage have ended. Nothing before the first stage knows what it will run. */
export function progressLine(
  reports: Readonly<Record<string, readonly ReportEntry[]>>,
  elapsedSeconds: number,
): string | undefined {
  const parts = Object.entries(reports).flatMap(([stage, report]) => {
    const planned = report
      .flatMap((entry) => (entry.kind === 'planned' ? Object.values(entry.projects) : []))
      .reduce((sum, files) => sum + files, 0);
    const ended = report.filter((entry) => entry.kind === 'file').length;
    return planned === 0 ? [] : [`${stage} ${ended} of ${planned}`];
  });
  if (parts.length === 0) return undefined;
  return `After ${duration(elapsedSeconds)}, test files that have ended: ${parts.join(', ')}`;
}

/** The ten slowest files, the time of each stage and that of each kind of work, as lines for a narrow terminal. */
export function timeLines(
  files: readonly FileResult[],
  spans: readonly Span[],
  work: WorkTimes = new Map(),
): string[] {
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  const start = Math.min(...spans.map(({ fromMs }) => fromMs));
  return [
    'Slowest files:',
    ...slowest.map(({ path, seconds }) => `${duration(seconds).padStart(12)}  ${path}`),
    'Stages, and when they began:',
    ...spans.map(({ name, fromMs, toMs }) => {
      const took = duration((toMs - fromMs) / 1_000).padStart(12);
      return `${took}  ${name} (after ${duration((fromMs - start) / 1_000)})`;
    }),
    ...(work.size === 0 ? [] : ['Kinds of work, summed; one may run beside or inside another:']),
    ...[...work]
      .toSorted(([, a], [, b]) => b.seconds - a.seconds)
      .map(([name, { times, seconds }]) => `${duration(seconds).padStart(12)}  ${times} × ${name}`),
  ];
}
