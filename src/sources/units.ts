/** From the unit of a source to the base unit of a signal: counts, milliseconds, bytes, per cent. */
import { SourceFailure } from './failure.ts';

export type Kind = 'count' | 'time' | 'size' | 'share';

const FACTOR: Readonly<Record<Kind, Readonly<Record<string, number>>>> = {
  count: { count: 1 },
  time: { ms: 1, s: 1_000 },
  size: { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 },
  share: { percent: 1, ratio: 100 },
};

/** No signal of any platform is larger; what is, is a mistake. */
const LARGEST = 1e15;

/**
 * @param of What a share in `MB`, `B` or `cores` is a part of, in the same unit.
 * @throws SourceFailure when there is no such number: not finite, negative, absurd, or a share of nothing known.
 */
export function toBase(kind: Kind, value: number, unit: string, of?: number): number {
  if (!Number.isFinite(value)) throw new SourceFailure('NotANumber', 'the value is not a finite number');
  const factor = FACTOR[kind][unit] ?? (of === undefined ? undefined : 100 / of);
  if (factor === undefined) {
    throw new SourceFailure(
      'NotConfigured',
      `a value in ${unit} is no percentage; say what it is a part of (http.of), or read a percentage`,
    );
  }
  const base = value * factor;
  if (base < 0) throw new SourceFailure('OutOfRange', 'the value is negative, which the signal cannot be');
  if (base > LARGEST)
    throw new SourceFailure('OutOfRange', 'the value is absurdly large; is the unit right?');
  return base;
}
