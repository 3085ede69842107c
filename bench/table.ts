/** Sections as text for a terminal, and as Markdown for docs/benchmarks.md. */
import { isMet, type Figure, type Machine, type Section } from './results.ts';

/** Three significant digits, and whole numbers above that: more would be noise. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function withUnit(value: number | string | undefined, unit: string): string {
  if (value === undefined) return 'not measured';
  if (typeof value === 'string') return value;
  return unit === '' ? numberText(value) : `${numberText(value)} ${unit}`;
}

function targetText({ target, unit }: Figure): string {
  if (target === undefined) return '';
  return 'atMost' in target ? `≤ ${withUnit(target.atMost, unit)}` : `≥ ${withUnit(target.atLeast, unit)}`;
}

function verdict(figure: Figure): string {
  if (figure.target === undefined) return '';
  const met = isMet(figure);
  return met === undefined ? 'not measured' : met ? 'met' : 'not met';
}

function rowsOf({ figures, peers = [] }: Section): { readonly head: string[]; readonly rows: string[][] } {
  return {
    head: ['figure', 'measured', 'target', 'verdict', ...peers],
    rows: figures.map((figure) => [
      figure.name,
      withUnit(figure.value, figure.unit),
      targetText(figure),
      verdict(figure),
      ...peers.map((_, column) => {
        const value = figure.peers?.[column];
        return value === undefined ? '' : withUnit(value, figure.unit);
      }),
    ]),
  };
}

export function machineText({ at, cpu, cores, memoryGiB, node, kubernetes, loadAverage }: Machine): string {
  const cluster = kubernetes === undefined ? '' : `, Kubernetes ${kubernetes}`;
  return `${at.slice(0, 16).replace('T', ' ')} UTC, ${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}${cluster}; load average before it began ${loadAverage.toFixed(1)}`;
}

export function plainText(section: Section): string {
  const { head, rows } = rowsOf(section);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [
    section.title,
    machineText(section.machine),
    '',
    line(head),
    ...rows.map(line),
    ...section.remarks.map((remark) => `- ${remark}`),
    '',
  ].join('\n');
}

export function markdown(section: Section): string {
  const { head, rows } = rowsOf(section);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `## ${section.title}`,
    '',
    ...section.method.map((sentence) => `${sentence}\n`),
    line(head),
    line(head.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...rows.map(line),
    '',
    ...section.remarks.map((remark) => `- ${remark}`),
    ...(section.remarks.length > 0 ? [''] : []),
    `_${machineText(section.machine)}._`,
  ].join('\n');
}
