/** The outcome of `simulate` for a person. */
import { plural } from '../../text/words.ts';
import type { ComponentSize } from '../../simulate/queue/component-sizes.ts';
import { formatCount } from '../format-value.ts';
import type { Output } from '../io.ts';
import { styled, table, wrap } from '../table.ts';
import type { PolicyReport, SimulateReport } from './report.ts';

const COLUMNS = [
  { title: 'POLICY' },
  { title: 'VIOLATED', right: true },
  { title: 'POD-HOURS', right: true },
  { title: 'OF ORACLE', right: true },
  { title: 'FROM 0', right: true },
  { title: 'CHANGES', right: true },
  { title: 'P95', right: true },
  { title: 'LONGEST' },
];

const NOTE =
  'VIOLATED counts minutes in which a job came that waited for longer than the objective. The oracle knows the future; it is near the least that is possible, and not always the least. FROM 0 has the Pod-hours where there may be no Pod at all. P95 and LONGEST are waits, in seconds.';

export function drawSimulation(report: SimulateReport, out: Output): string {
  const { trace, workload, policies, components, notes } = report;
  const number = (name: string) => formatCount(Number(workload[name]));
  const from = trace === '-' ? 'standard input' : trace;
  const about = `${number('leads')} leads of ${from} (${bucketWords(Number(workload['bucketSeconds']))}), ${String(workload['from'])} to ${String(workload['to'])}, make ${number('jobs')} jobs in the queue ${String(workload['queue'])}: ${number('workHours')} hours of work. A job takes ${number('serviceSeconds')} s on the average, is to be picked up within ${number('objectiveSeconds')} s, and a Pod starts in ${number('podStartSeconds')} s.`;
  const faults = workload['faults'] as readonly string[];
  const goesWrong = faults.length === 0 ? '' : ` What goes wrong: ${faults.join(', ')}.`;
  const oracle = policies.find(({ policy }) => policy === 'oracle');
  return [
    ...wrap(`${about}${goesWrong}`, out.columns).map((line) => `${line}\n`),
    '\n',
    table(
      COLUMNS,
      policies.map((policy) => rowOf(policy, oracle)),
      out.columns,
      (cell, column) => (column === 1 && cell !== '0' ? styled(cell, 'red', out) : cell),
    ),
    '\n',
    ...[NOTE, ...components.map(componentLine), ...notes].flatMap((text) =>
      wrap(text, out.columns).map((line) => `${line}\n`),
    ),
  ].join('');
}

function bucketWords(seconds: number): string {
  return seconds === 0 ? 'each at its own time' : `counted every ${plural(seconds, 'second')}`;
}

function componentLine({ component, podHours, scaleEvents, maxReplicas }: ComponentSize): string {
  return `The operator's ${component} beside it: ${hours(podHours)} Pod-hours, ${plural(scaleEvents, 'change')}, ${maxReplicas} at most.`;
}

function hours(value: number): string {
  return value < 10 ? value.toFixed(2) : formatCount(Math.round(value));
}

function rowOf(report: PolicyReport, oracle: PolicyReport | undefined): readonly string[] {
  const { policy, violatedMinutes, podHours, podHoursFromZero, scaleEvents } = report;
  const { p95PickupSeconds, maxPickupSeconds } = report;
  const orDash = (value: number | null) => (value === null ? '-' : formatCount(value));
  const seconds = (value: number | null) => (value === null ? '-' : value.toFixed(1));
  return [
    policy,
    formatCount(violatedMinutes),
    hours(podHours),
    oracle === undefined ? '-' : (podHours / oracle.podHours).toFixed(2),
    podHoursFromZero === null ? '-' : hours(podHoursFromZero),
    orDash(scaleEvents),
    seconds(p95PickupSeconds),
    seconds(maxPickupSeconds),
  ];
}
