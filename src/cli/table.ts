/** Plain tables of text: columns as wide as needed, the last one wrapped to the width of the page. */
import type { Output } from './io.ts';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

const GAP = 2;

/** Breaks text into lines of at most `width`; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** Paints a cell after its width is known, for colour codes take no room on the screen. */
export type Paint = (cell: string, column: number, row: number) => string;

export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: Paint = (cell) => cell,
): string {
  const last = columns.length - 1;
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const before = widths.slice(0, last).reduce((sum, cell) => sum + cell + GAP, 0);
  const room = Math.max(20, width - before);
  const pad = (cell: string, index: number) =>
    columns[index]?.right === true ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
  const format = (row: readonly string[], rowIndex: number): readonly string[] => {
    const [first = '', ...more] = wrap(row[last] ?? '', room);
    const cells = row.slice(0, last).map((cell, index) => {
      const padded = pad(cell, index);
      return rowIndex < 0 ? padded : padded.replace(cell, () => paint(cell, index, rowIndex));
    });
    const end = rowIndex < 0 || more.length > 0 ? first : paint(first, last, rowIndex);
    return [
      [...cells, end].join(' '.repeat(GAP)).trimEnd(),
      ...more.map((line) => `${' '.repeat(before)}${line}`),
    ];
  };
  const titles = columns.map(({ title }) => title);
  return [format(titles, -1), ...rows.map(format)]
    .flat()
    .map((line) => `${line}\n`)
    .join('');
}

const CODES = { green: 32, yellow: 33, red: 31, bold: 1, dim: 2 } as const;
export type Style = keyof typeof CODES;

export function styled(text: string, style: Style, { colour }: Pick<Output, 'colour'>): string {
  return colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}
