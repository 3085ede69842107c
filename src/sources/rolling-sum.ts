/** Sums over a window that moves in steps. */

/**
 * For each step the sum of it and the steps before it, `width` in all. The first sum stands for the first `width` steps,
 * so there are `counts.length − width + 1` of them; none when there are fewer steps than `width`.
 *
 * rollingSums([1, 2, 3, 4], 2) → [3, 5, 7]
 */
export function rollingSums(counts: readonly number[], width: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const [index, count] of counts.entries()) {
    sum += count;
    if (index >= width) sum -= counts[index - width] ?? 0;
    if (index >= width - 1) sums.push(sum);
  }
  return sums;
}
