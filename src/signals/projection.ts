/** Where the size of the database is heading. It cannot fall by itself, so it is said early, and never acted on. */
import { formatBytes } from '../api/quantity.ts';
import type { History } from '../model/decision.ts';
import type { Limit } from './bands.ts';
import { isKnown, type Known, type Reading } from '../model/reading.ts';
import { plural } from '../text/words.ts';

export const MAX_SIZES = 60;
const DAY_MS = 86_400_000;
/** Beyond this a straight line says nothing. */
const FARTHEST_DAYS = 3_650;
/** What a lead takes with its five call logs, by the operators' own growth table: 100 MB a day at 10,000 leads/day. */
export const BYTES_PER_LEAD = 10_000;

type Sizes = History['sizes'];

/** Keeps one size a day. */
export function observeSize(sizes: Sizes, reading: Reading): Sizes {
  if (!isKnown(reading)) return sizes;
  const last = sizes.at(-1);
  if (last !== undefined && reading.at - last.at < DAY_MS && reading.at >= last.at - DAY_MS) return sizes;
  const { at, value } = reading;
  return [...sizes.filter((size) => size.at < at).slice(1 - MAX_SIZES), { at, value }];
}

/** Bytes a day by least squares over the sizes that were kept and the one that is current. */
function slope(sizes: Sizes, current: Known): number | undefined {
  const first = sizes[0];
  if (first === undefined || current.at - first.at < DAY_MS) return undefined;
  let sumT = 0;
  let sumV = 0;
  let sumTT = 0;
  let sumTV = 0;
  let points = 0;
  // One more than there are: the last is the current one, unless it has been kept already.
  for (let index = 0; index <= sizes.length; index += 1) {
    const size = sizes[index] ?? current;
    if (size !== current && size.at >= current.at) continue;
    const t = (size.at - first.at) / DAY_MS;
    const v = size.value - first.value;
    points += 1;
    sumT += t;
    sumV += v;
    sumTT += t * t;
    sumTV += t * v;
  }
  const spread = points * sumTT - sumT * sumT;
  return spread > 0 ? (points * sumTV - sumT * sumV) / spread : undefined;
}

/** `reaches 50 GB in about 41 days, at 120 MB a day`; nothing when it is not growing, or already there. */
export function projectSize(
  sizes: Sizes,
  reading: Reading,
  { red }: Limit,
  leadsPerDay: Reading,
): string | undefined {
  if (!isKnown(reading) || reading.value > red) return undefined;
  const measured = slope(sizes, reading);
  const daily = measured ?? (isKnown(leadsPerDay) ? leadsPerDay.value * BYTES_PER_LEAD : 0);
  const days = (red - reading.value) / daily;
  if (!(daily > 0) || days > FARTHEST_DAYS) return undefined;
  const basis = measured === undefined ? ', reckoned at 10 kB a lead' : '';
  return `reaches ${formatBytes(red)} in about ${plural(Math.max(1, Math.round(days)), 'day')}, at ${formatBytes(Math.round(daily))} a day${basis}`;
}
