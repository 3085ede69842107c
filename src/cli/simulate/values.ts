/** Values of the options of `simulate`, read from what was typed; whatever cannot be meant is a `UsageError`. */
import { QuantityError, parseDuration } from '../../api/quantity.ts';
import type { Instant } from '../../model/reading.ts';
import { instantIn } from '../../simulate/instant.ts';
import { UsageError } from '../errors.ts';

export function number(option: string, text: string, least: number, most: number, isWhole = false): number {
  const value = /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value) || value < least || value > most || (isWhole && !Number.isInteger(value)))
    throw new UsageError(
      `${option} is "${text}"; write a ${isWhole ? 'whole number' : 'number'} from ${least} to ${most}`,
    );
  return value;
}

/** A day at most: what takes longer is no job of a queue, and no start of a Pod. */
const MOST_SECONDS = 86_400;

export function seconds(option: string, text: string, least: number): number {
  const value = durationSeconds(text);
  if (value !== undefined && value >= least && value <= MOST_SECONDS) return value;
  throw new UsageError(
    `${option} is "${text}"; write a duration ${least > 0 ? 'above 0' : 'from 0s'} to 24h, like 20s`,
  );
}

/** Undefined where it is no duration. */
export function durationSeconds(text: string): number | undefined {
  try {
    return parseDuration(text) / 1_000;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    return undefined;
  }
}

export function instant(option: string, text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const at = instantIn(text);
  if (at === undefined)
    throw new UsageError(`${option} is "${text}"; write a day like 2026-03-02 or 2026-03-02T08:00:00Z`);
  return at;
}
