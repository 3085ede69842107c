/**
 * A metric whose series are read at each scrape and written as they are read. prom-client would make objects of each and
 * keep them until the next scrape: with a thousand platforms, forty megabytes and a second of work.
 */

/** Tells a series; each but once in a scrape. */
type Tell<Label extends string> = (labels: Readonly<Record<Label, string>>, value: number) => void;

export interface ReadMetric<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  /** In the order in which they are written. */
  readonly labels: readonly Label[];
  read(tell: Tell<Label>): void;
}

/** How much text is gathered before it leaves the heap. */
const PART_LENGTH = 32_768;

/** In Prometheus' text format, version 0.0.4, in parts of some tens of kilobytes. */
export function expositionOf<Label extends string>(metric: ReadMetric<Label>): readonly Buffer[] {
  const { name, help, type, labels } = metric;
  const parts: Buffer[] = [];
  let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  metric.read((of, value) => {
    let pairs = '';
    for (const label of labels) pairs += `${pairs && ','}${label}="${escaped(of[label])}"`;
    text += `${name}${pairs && `{${pairs}}`} ${numberText(value)}\n`;
    if (text.length < PART_LENGTH) return;
    parts.push(Buffer.from(text));
    text = '';
  });
  parts.push(Buffer.from(text));
  return parts;
}

function escaped(label: string): string {
  return label.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
