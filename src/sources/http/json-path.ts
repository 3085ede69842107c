/** The way to a number inside JSON. */
import { SourceFailure } from '../failure.ts';

const isOwnEnumerable = Object.prototype.propertyIsEnumerable;

/**
 * The number at `path`: names and list positions joined by dots, `checks.0.value`.
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
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new SourceFailure('NotANumber', `what the answer has at ${path} is not a number`);
  }
  return value;
}
