/** The way to a number inside JSON. */
import { SourceFailure } from '../failure.ts';

const isOwnEnumerable = Object.prototype.propertyIsEnumerable;

/** A number as JSON writes it, and with a sign or spaces around it. No thousands, no hexadecimals, no unit. */
const DECIMAL = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*$/;

/**
 * The number at `path`: names and list positions joined by dots, `checks.0.value`. A number in quotes
 * is one, too: PHP's JSON often has them.
 * @throws SourceFailure NotFound, EmptyResult (null) or NotANumber, with the part of the path that leads nowhere.
 */
export function numberAt(json: unknown, path: string): number {
  let value = json;
  const gone: string[] = [];
  for (const step of path.split('.')) {
    gone.push(step);
    // What the answer itself says alone: `constructor` is not own, a list's `length` not enumerable.
    const isThere = value !== null && typeof value === 'object' && isOwnEnumerable.call(value, step);
    if (!isThere) {
      throw new SourceFailure('NotFound', `the answer has nothing at ${gone.join('.')}; correct the path`);
    }
    value = (value as Record<string, unknown>)[step];
  }
  if (value === null) throw new SourceFailure('EmptyResult', `the answer has null at ${path}`);
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new SourceFailure('NotANumber', `what the answer has at ${path} is not a number`);
  }
  return number;
}
