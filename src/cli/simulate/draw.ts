/** The outcome of `simulate` for a person. */
import { formatCount } from '../format-value.ts';
import type { Output } from '../io.ts';
import { styled, table, wrap } from '../table.ts';
import type { PolicyReport, SimulateReport } from './report.ts';

const COLUMNS = [
  { title: 'POLICY' },
  { title: 'VIOLATED MINUTES', right: true },
  { title: 'POD-HOURS', right: true },
  { title: 'OF ORACLE', right: true },
  { title: 'CHANGES', right: true },
  { title: 'P95', right: true },
  { title: 'LONGEST' },
];

const NOTE =
  'A violated minute is one in which a job came that waited for longer than the objective. The oracle knows the future; no policy can do much better. P95 and LONGEST are waits, in seconds.';

export function drawSimulation(report: SimulateReport, out: Output): string {
  const { trace, workload, policies } = report;
  const number = (name: string) => formatCount(Number(workload[name]));
  const about = `${number('jobs')} jobs of ${trace} in the queue ${String(workload['queue'])}, ${String(workload['from'])} to ${String(workload['to'])}: ${number('workHours')} hours of work. A job takes ${number('serviceSeconds')} s on the average, is to be picked up within ${number('objectiveSeconds')} s, and a Pod starts in ${number('podStartSeconds')} s.`;
  const oracle = policies.find(({ policy }) => policy === 'oracle');
  return [
    ...wrap(about, out.columns).map((line) => `${line}\n`),
    '\n',
    table(
      COLUMNS,
      policies.map((policy) => rowOf(policy, oracle)),
      out.columns,
      (cell, column) => (column === 1 && cell !== '0' ? styled(cell, 'red', out) : cell),
    ),
    '\n',
    ...wrap(NOTE, out.columns).map((line) => `${line}\n`),
  ].join('');
}

function rowOf(report: PolicyReport, oracle: PolicyReport | undefined): readonly string[] {
  const { policy, violatedMinutes, podHours, scaleEvents, p95PickupSeconds, maxPickupSeconds } = report;
  const orDash = (value: number | null) => (value === null ? '-' : formatCount(value));
  const seconds = (value: number | null) => (value === null ? '-' : value.toFixed(1));
  return [
    policy,
    formatCount(violatedMinutes),
    podHours < 10 ? podHours.toFixed(2) : formatCount(Math.round(podHours)),
    oracle === undefined ? '-' : (podHours / oracle.podHours).toFixed(2),
    orDash(scaleEvents),
    seconds(p95PickupSeconds),
    seconds(maxPickupSeconds),
  ];
}
