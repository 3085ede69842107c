/** The page of a run: what was tried, how often, and what was found, the smallest input of each first. */
import type { BatchResult } from './batch.ts';
import type { Case } from './cases.ts';
import type { Finding, Rule } from './judge.ts';

const RULES: readonly Rule[] = [
  'no crash',
  'at rest, at most 0.1 writes a minute',
  'Ready is true only where it is so',
  'what is wrong is told',
  'what was right works again',
  'nothing stays behind',
  'both judges agree',
];
const MOST_FINDINGS = 20;
const MOST_INPUT = 400;

export interface Summary {
  readonly tried: number;
  readonly accepted: number;
  readonly ready: number;
  /** Of the operator at rest, for each platform and minute, over all. */
  readonly writesPerMinute: number;
  readonly refusedPerMinute: number;
}

export function summaryOf(batches: readonly BatchResult[]): Summary {
  const sum = (of: (batch: BatchResult) => number) => batches.reduce((total, one) => total + of(one), 0);
  const minutes = sum(({ accepted, restMinutes }) => accepted * restMinutes);
  return {
    tried: sum(({ tried }) => tried),
    accepted: sum(({ accepted }) => accepted),
    ready: sum(({ ready }) => ready),
    writesPerMinute: minutes === 0 ? 0 : sum(({ restWrites }) => restWrites) / minutes,
    refusedPerMinute: minutes === 0 ? 0 : sum(({ restRefused }) => restRefused) / minutes,
  };
}

export function pageOf(
  seed: number,
  cases: readonly Case[],
  batches: readonly BatchResult[],
  findings: readonly Finding[],
): string {
  const { tried, accepted, ready, writesPerMinute, refusedPerMinute } = summaryOf(batches);
  const kinds = Map.groupBy(cases, ({ kind }) => kind);
  const count = (kind: Case['kind']) => (kinds.get(kind) ?? []).length;
  const restMinutes = batches.map(({ restMinutes }) => restMinutes);
  return [
    `Seed ${seed}. ${tried.toLocaleString('en')} LeadPlatforms on a control plane of their own with simulated nodes, beside the bundled operator with the options of its image: ${count('field')} with one field at a border, ${count('whole')} drawn at random, ${count('sequence')} right, wrong and right again, ${count('known')} that were wrong once. Stores of nine in ten are a real Postgres and a real Redis.`,
    '',
    `- The API server accepted ${accepted.toLocaleString('en')} of them; ${ready.toLocaleString('en')} were Ready at rest.`,
    `- At rest, over ${Math.min(...restMinutes).toFixed(1)} minutes and more: ${writesPerMinute.toFixed(3)} writes a platform and minute; ${refusedPerMinute.toFixed(3)} that the API server refused.`,
    '',
    '| rule | findings |',
    '| --- | ---: |',
    ...RULES.map((rule) => `| ${rule} | ${findings.filter((one) => one.rule === rule).length} |`),
    '',
    ...RULES.flatMap((rule) => found(rule, cases, findings)),
  ].join('\n');
}

function found(rule: Rule, cases: readonly Case[], findings: readonly Finding[]): readonly string[] {
  const sized = findings
    .filter((one) => one.rule === rule)
    .map((finding) => ({ finding, ...inputOf(cases, finding) }))
    .toSorted((a, b) => a.input.length - b.input.length);
  if (sized.length === 0) return [];
  const lines = sized
    .slice(0, MOST_FINDINGS)
    .map(({ finding, what, input }) => `- ${finding.name} (${what}): ${finding.says} \`${shown(input)}\``);
  const left = sized.length - lines.length;
  return [`## ${rule}`, '', ...lines, ...(left > 0 ? [`- and ${left} more`] : []), ''];
}

function inputOf(cases: readonly Case[], { name }: Finding): { what: string; input: string } {
  const found = cases.find((one) => one.name === name);
  return {
    what: found?.what ?? 'the operator',
    input: JSON.stringify(found?.specs.at(1) ?? found?.specs[0] ?? ''),
  };
}

const shown = (input: string): string =>
  (input.length > MOST_INPUT ? `${input.slice(0, MOST_INPUT)}…` : input).replaceAll('`', "'");
