/** The outcome of `plan` for a person: what it becomes, why, and from which signals. */
import type { Band } from '../model/decision.ts';
import { formatCount, formatValue } from './format-value.ts';
import type { Output } from './io.ts';
import type { Platform } from './manifest.ts';
import { tierLoad } from './plan-report.ts';
import type { PlanReport } from './plan-report.ts';
import { styled, table, wrap } from './table.ts';

function headline(platform: Platform, report: PlanReport, out: Output): string {
  const { name, namespace, from, tier, targetTier } = report;
  const load = (one: string) => `from ${formatCount(tierLoad(platform, one))} leads/day`;
  const move = from === tier ? tier : `${from} → ${tier}`;
  const title = `LeadPlatform ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const lines = [
    styled(title, 'bold', out),
    `  Tier    ${styled(move, 'bold', out)} (${load(tier)})`,
    ...(targetTier === tier ? [] : [`  Target  ${targetTier} (${load(targetTier)})`]),
  ];
  return `${lines.join('\n')}\n`;
}

function signals({ signals: views }: PlanReport, out: Output): string {
  if (views.length === 0) return 'No signal was set: use --set, like --set leadsPerDay=28000.\n';
  const columns = [{ title: 'SIGNAL' }, { title: 'VALUE', right: true }, { title: 'BAND' }];
  const rows = views.map((view) => [view.name, formatValue(view), view.band ?? '-', view.message ?? '']);
  const hasNotes = views.some(({ message }) => message !== undefined);
  return table(
    hasNotes ? [...columns, { title: 'NOTE' }] : columns,
    hasNotes ? rows : rows.map((row) => row.slice(0, 3)),
    out.columns,
    (cell, column) => (column === 2 && cell !== '-' ? styled(cell, cell as Band, out) : cell),
  );
}

/** The row says already whose reason it is. */
const own = (name: string, reason: string) =>
  reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;

function components({ components: sized }: PlanReport, out: Output): string {
  const rows = sized.map(({ name, replicas, reason }) => [name, String(replicas), own(name, reason)]);
  return table(
    [{ title: 'COMPONENT' }, { title: 'REPLICAS', right: true }, { title: 'WHY' }],
    rows,
    out.columns,
  );
}

function capabilities({ capabilities: views }: PlanReport, out: Output): string {
  if (views.length === 0) return '';
  const rows = views.map(({ name, state, required }) => [name, required ? 'yes' : 'no', state]);
  const columns = [{ title: 'CAPABILITY' }, { title: 'REQUIRED' }, { title: 'STATE' }];
  return `\n${table(columns, rows, out.columns)}`;
}

const missing = ({ capabilities: views }: PlanReport) =>
  views
    .filter(({ state, message }) => state !== 'Ready' && message !== undefined)
    .map(({ name, message }) => `${name}: ${message}`);

function bullets(title: string, sentences: readonly string[], out: Output): string {
  if (sentences.length === 0) return '';
  const lines = sentences.flatMap((sentence) =>
    wrap(sentence, out.columns - 4).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
  );
  return `\n${title}\n${lines.join('\n')}\n`;
}

/** At most `out.columns` wide, apart from words that are longer. */
export function drawPlan(platform: Platform, report: PlanReport, out: Output): string {
  const told = new Set(report.components.map(({ reason }) => reason));
  return [
    headline(platform, report, out),
    '\n',
    signals(report, out),
    '\n',
    components(report, out),
    capabilities(report, out),
    bullets(
      'Why',
      report.reasons.filter((reason) => !told.has(reason)),
      out,
    ),
    bullets('Bounded by', report.clamps, out),
    bullets('Capabilities that are not ready', missing(report), out),
  ].join('');
}
