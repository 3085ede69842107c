/**
 * Quantities as people write them, and the one base unit that the code computes in:
 * durations in milliseconds, sizes in bytes (1 GB = 10⁹ bytes, 1 GiB = 2³⁰), percentages as 0–100.
 */

export type Milliseconds = number;
export type Bytes = number;
export type Percent = number;

/** A quantity that could not be read. The message says what was given and what would be right. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** One or more parts, largest unit first by custom: `90s`, `1h30m`, `7d`. */
export const DURATION_PATTERN = /^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h|d)){1,5}$/;

/** Reads a duration such as `90s`, `1h30m` or `7d` into milliseconds. */
export function parseDuration(text: string): Milliseconds {
  if (!DURATION_PATTERN.test(text)) {
    throw new QuantityError(`"${text}" is not a duration; write it like 250ms, 90s, 1h30m or 7d`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * MS_PER_UNIT[unit ?? '']!;
  }
  return total;
}

/** Writes a duration with at most two units, the way people say it: `1h30m`, `7d`, `250ms`. */
export function formatDuration(ms: Milliseconds): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1_000) * 1_000;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = MS_PER_UNIT[unit]!;
    const count = Math.floor(rest / size);
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join('');
}

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  Ki: 2 ** 10,
  KiB: 2 ** 10,
  Mi: 2 ** 20,
  MiB: 2 ** 20,
  Gi: 2 ** 30,
  GiB: 2 ** 30,
  Ti: 2 ** 40,
  TiB: 2 ** 40,
};

export const BYTES_PATTERN = /^\d{1,15}(?:\.\d{1,6})?(?:B|[kK]B|[MGT]B|[KMGT]iB?)?$/;

/** Reads a size such as `12GB`, `500MB` or `10Gi` into bytes. */
export function parseBytes(text: string): Bytes {
  if (!BYTES_PATTERN.test(text)) {
    throw new QuantityError(`"${text}" is not a size; write it like 12GB, 500MB or 10Gi`);
  }
  const [, amount, unit] = /^([\d.]+)(.*)$/.exec(text)!;
  return Math.round(Number(amount) * BYTES_PER_UNIT[unit ?? '']!);
}

/** Writes a size in decimal units: `12 GB`, `1.5 TB`, `640 kB`. */
export function formatBytes(bytes: Bytes): string {
  for (const unit of ['TB', 'GB', 'MB', 'kB']) {
    const size = BYTES_PER_UNIT[unit]!;
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}

export const PERCENT_PATTERN = /^(?:100(?:\.0{1,6})?|\d{1,2}(?:\.\d{1,6})?) ?%$/;

/** Reads `80%` (or `80 %`) into 80. */
export function parsePercent(text: string): Percent {
  if (!PERCENT_PATTERN.test(text)) {
    throw new QuantityError(`"${text}" is not a percentage; write it like 80%, from 0% to 100%`);
  }
  return Number(text.replace('%', '').trim());
}
