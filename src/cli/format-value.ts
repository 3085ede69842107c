/** A signal's value for a person, in the unit that suits its size. */
import { formatBytes, formatDuration } from '../api/quantity.ts';

const thousands = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

export const formatCount = (value: number): string => thousands.format(value);

export function formatValue({
  value,
  unit,
}: {
  readonly value?: number | undefined;
  readonly unit?: string | undefined;
}): string {
  if (value === undefined) return 'unknown';
  if (unit === 'B') return formatBytes(value);
  if (unit === '%') return `${thousands.format(value)} %`;
  if (unit === 'ms') return value < 1_000 ? `${thousands.format(value)} ms` : formatDuration(value);
  return unit === 's' ? `${thousands.format(value)} s` : thousands.format(value);
}
