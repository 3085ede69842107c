/** What one decision hands to the next. */
import type { History } from './decision.ts';

const EMPTY: History = {
  load: [],
  redSince: {},
  required: [],
  sizes: [],
  wanted: {},
  queues: {},
  starts: {},
  witnesses: {},
};

/** The history of a platform that was never seen before. */
export function emptyHistory(): History {
  return EMPTY;
}
