/** Lines of text that fit a width, with colours that do not count. */

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'cyan';
/** A stretch of text in one style. */
export type Piece = readonly [text: string, style?: Style | undefined];

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, green: 32, yellow: 33, cyan: 36 };

/** Joins pieces to a line of at most `columns` characters; what is cut off ends with `…`. */
export function textLine(
  pieces: readonly Piece[],
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string {
  const whole = pieces.map(([text]) => text).join('');
  const fits = whole.trimEnd().length <= columns;
  let left = fits ? columns : columns - 1;
  let line = '';
  for (const [text, style] of pieces) {
    const shown = text.slice(0, left);
    left -= shown.length;
    line +=
      colour && style !== undefined && shown !== '' ? `\u001b[${CODES[style]}m${shown}\u001b[0m` : shown;
  }
  return (fits ? line : `${line}…`).trimEnd();
}

/** Breaks a text between words; a word that is too long by itself is cut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = (line === '' ? word : `${line} ${word}`).slice(0, columns);
  }
  return line === '' ? lines : [...lines, line];
}
