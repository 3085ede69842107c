/** What came of the demo on real pods: the count at the end, by lead id. */
import type { Tally } from '../../load/tally.ts';
import { clock, count } from '../frame.ts';
import { wrap } from '../text.ts';
import type { Verdict } from '../verdict.ts';

export interface RealSummary {
  readonly tookMs: number;
  readonly verdict: Verdict;
  readonly peakReplicas: Readonly<Record<string, number>>;
  readonly failedRequests: number;
  /** Absent where it was not counted: something failed before. */
  readonly tally?: Tally;
  /** A part of the load that the platform did not follow in time. */
  readonly stuck?: string;
}

/** A sentence for each reason why this was no success; empty when it was one. */
export function realShortcomings(summary: RealSummary): readonly string[] {
  const { verdict, failedRequests, tally, stuck } = summary;
  const some = (number: number, what: string) => (number === 0 ? [] : [`${count(number)} ${what}`]);
  return [
    ...(stuck === undefined ? [] : [stuck]),
    ...verdict.missing,
    ...some(failedRequests, 'requests failed'),
    ...(tally === undefined
      ? ['what became of the leads was not counted']
      : [
          ...some(tally.missing.length, 'leads were accepted and lost'),
          ...some(tally.runsMoreThanOnce.length, 'jobs ran twice'),
          ...some(tally.startedMoreThanOnce.length, 'jobs were begun twice'),
        ]),
  ];
}

export function realSummaryObject(summary: RealSummary): object {
  const shortcomings = realShortcomings(summary);
  return { type: 'summary', ok: shortcomings.length === 0, shortcomings, ...summary };
}

const LABEL = 11;

export function realSummaryText(summary: RealSummary, columns: number): string {
  const { verdict, tookMs, peakReplicas, tally, failedRequests } = summary;
  const field = (name: string, text: string) =>
    wrap(text, columns - LABEL).map((line, index) => `${(index === 0 ? name : '').padEnd(LABEL)}${line}`);
  const most = Object.entries(peakReplicas).map(([name, replicas]) => `${name} ${replicas}`);
  const failed = realShortcomings(summary);
  return [
    '',
    `${clock(tookMs)} on a cluster with real pods`,
    '',
    ...field('tiers', verdict.visited.join(' → ')),
    ...field('replicas', `at most ${most.join(', ')}`),
    ...(tally === undefined
      ? []
      : [
          ...field(
            'requests',
            `${count(tally.sent)} sent, ${count(tally.accepted)} accepted, ${count(failedRequests)} failed`,
          ),
          ...field(
            'leads',
            `${count(tally.rows)} have their row, ${count(tally.effects)} the effect of their job; ${count(tally.missing.length)} lost`,
          ),
          ...field(
            'jobs',
            `${count(tally.runs)} done, ${count(tally.runsMoreThanOnce.length)} of them twice`,
          ),
        ]),
    ...field('simulated', 'the application: examples/brain stands in for it, and there is no dialer'),
    ...field('', 'time and load: a day lasts 10 s, and the loads of the ladder are divided by 50'),
    '',
    ...(failed.length === 0
      ? ['No request failed, no job was lost, and none ran twice.']
      : failed.map((reason) => `FAILED: ${reason}.`)),
    '',
  ].join('\n');
}
