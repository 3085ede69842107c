/** The word that was probably meant, for a message about one that is not known. */

/** Edits (insert, remove, replace, swap neighbours) that turn one word into the other; gives up beyond `limit`. */
export function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1]
      ) {
        edits = Math.min(edits, beforeLast[column - 2]! + 1);
      }
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}

/** The nearest of the known words, when it is near enough to be a slip: a third of its letters, three at most. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: { readonly word: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (edits <= limit && (best === undefined || edits < best.edits)) best = { word: candidate, edits };
  }
  return best?.word;
}

/** `; did you mean X?`, or nothing. */
export function suggestion(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/**
 * `unknown command "paln"; did you mean plan? Commands: plan, run`.
 * @param kind What the word should have been, in the singular: `command`.
 * @param all What is listed, where not every known word is; else the known ones.
 */
export function unknownWord(
  kind: string,
  word: string,
  known: readonly string[],
  all: readonly string[] = known,
): string {
  const meant = suggestion(word, known);
  const title = `${kind[0]!.toUpperCase()}${kind.slice(1).replace(/y$/, 'ie')}s`;
  return `unknown ${kind} "${word}"${meant === '' ? '.' : meant} ${title}: ${all.join(', ')}`;
}
