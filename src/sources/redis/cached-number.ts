/** Numbers as Laravel's cache keeps them: raw when finite, else as PHP serialises. */
import { SourceFailure } from '../failure.ts';

const RAW = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;
const SERIALISED = /^[di]:([^;]*);$/;

/** `123.4`, `d:0.12;` and `i:7;` are numbers; text, `d:NAN;` and anything else throw `SourceFailure` NotANumber. */
export function parseCached(text: string): number {
  const digits = SERIALISED.exec(text)?.[1] ?? text;
  if (!RAW.test(digits)) {
    throw new SourceFailure('NotANumber', 'what the cache holds under the key is not a number');
  }
  return Number(digits);
}
