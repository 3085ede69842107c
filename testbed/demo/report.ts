/** What came of it: the summary at the end, for people and for programs. */
import { clock, count } from './frame.ts';
import { wrap } from './text.ts';
import type { TierRecord, Step, Verdict } from './verdict.ts';

export interface QueueTotals {
  readonly name: string;
  readonly pushed: number;
  readonly done: number;
  /** Still there: ready, delayed or held. */
  readonly left: number;
  readonly longestWaitMs: number;
}

export interface Summary {
  readonly tookMs: number;
  readonly days: number;
  readonly dayMs: number;
  readonly cluster: string;
  readonly verdict: Verdict;
  /** True when every tier has to be visited, as it has to with the traffic of the demo itself. */
  readonly wholeLadder: boolean;
  readonly peakReplicas: Readonly<Record<string, number>>;
  /** The most that leads/day was read as. */
  readonly peakLeadsPerDay: number;
  readonly leadsInserted: number;
  readonly queues: readonly QueueTotals[];
  readonly bursts: readonly string[];
  /** Capabilities that were required before their tier was reached, with what was seen. */
  readonly requiredAhead: readonly string[];
}

/** Jobs that are neither done nor there any more, over all queues. */
export function lostJobs({ queues }: Pick<Summary, 'queues'>): number {
  return queues.reduce((sum, { pushed, done, left }) => sum + Math.max(0, pushed - done - left), 0);
}

function leftJobs({ queues }: Pick<Summary, 'queues'>): number {
  return queues.reduce((sum, { left }) => sum + left, 0);
}

/** A sentence for each reason why this was no success; empty when it was one. */
export function shortcomings(summary: Summary): readonly string[] {
  const [lost, left] = [lostJobs(summary), leftJobs(summary)];
  return [
    ...(summary.wholeLadder ? summary.verdict.missing : []),
    ...(lost === 0 ? [] : [`${count(lost)} jobs were lost`]),
    ...(left === 0 ? [] : [`${count(left)} jobs were left over`]),
  ];
}

export function summaryObject(summary: Summary): object {
  return {
    type: 'summary',
    ok: shortcomings(summary).length === 0,
    shortcomings: shortcomings(summary),
    jobsLost: lostJobs(summary),
    ...summary,
    simulated: SIMULATED,
  };
}

const SIMULATED: readonly string[] = [
  'pods: kwok marks them Ready, no container runs',
  'workers: the demo takes, holds and deletes jobs itself, as many at a time as there are Ready replicas',
  'time: a day is compressed to seconds by windows in the sample; the loads of the ladder are the real ones',
];

export function summaryText(summary: Summary, columns: number): string {
  const { verdict, tookMs, days, dayMs, wholeLadder } = summary;
  const failed = shortcomings(summary);
  const lines = [
    '',
    ...wrap(
      `${days.toFixed(1)} days in ${clock(tookMs)}, a day in ${Number((dayMs / 1_000).toFixed(2))} s, on the ${summary.cluster}`,
      columns,
    ),
    '',
    ...(wholeLadder ? ladderTable(verdict.tiers) : field('tiers', verdict.visited.join(' → '), columns)),
    '',
    ...field(
      'replicas',
      `at most ${Object.entries(summary.peakReplicas)
        .map(([name, replicas]) => `${name} ${replicas}`)
        .join(', ')}`,
      columns,
    ),
    ...field(
      'leads',
      `${count(summary.leadsInserted)} inserted; at most ${count(summary.peakLeadsPerDay)} a day`,
      columns,
    ),
    ...field('jobs', jobs(summary), columns),
    ...(summary.bursts.length === 0 ? [] : field('bursts', summary.bursts.join('; '), columns)),
    ...(summary.requiredAhead.length === 0
      ? []
      : field('required', summary.requiredAhead.join('; '), columns)),
    ...SIMULATED.flatMap((text, index) => field(index === 0 ? 'simulated' : '', text, columns)),
    '',
    ...(failed.length === 0
      ? [
          wholeLadder
            ? 'Every tier was reached on the way up and left on the way down.'
            : 'The trace ran to its end.',
        ]
      : failed.map((reason) => `FAILED: ${reason}.`)),
    '',
  ];
  return lines.join('\n');
}

const LABEL = 11;

function field(name: string, text: string, columns: number): string[] {
  return wrap(text, columns - LABEL).map(
    (line, index) => `${(index === 0 ? name : '').padEnd(LABEL)}${line}`,
  );
}

function ladderTable(tiers: readonly TierRecord[]): string[] {
  return [
    `${'tier'.padEnd(20)}${'reached'.padEnd(27)}left`,
    ...tiers.map(({ name, reached, left }, index) =>
      `${name.padEnd(20)}${step(reached).padEnd(27)}${index === 0 && left ? `back on ${step(left)}` : step(left)}`.trimEnd(),
    ),
  ];
}

const step = (of: Step | undefined) =>
  of === undefined ? 'never' : `day ${of.day.toFixed(1).padStart(4)}  ${of.rule ?? ''}`.trimEnd();

function jobs(summary: Summary): string {
  const { queues } = summary;
  const sum = (name: 'pushed' | 'done') => queues.reduce((all, queue) => all + queue[name], 0);
  const waits = queues.map(({ name, longestWaitMs }) => `${name} ${(longestWaitMs / 1_000).toFixed(1)} s`);
  return `${count(sum('pushed'))} pushed, ${count(sum('done'))} done, ${count(lostJobs(summary))} lost, ${count(leftJobs(summary))} left; longest wait ${waits.join(', ')}`;
}
