/**
 * Numbers as Laravel's cache keeps them: raw when finite, else as PHP serialises. Where phpredis has a serializer of its own
 * the cache holds what that writes, which is told by its first bytes:
 *
 * | bytes                 | written by                     | as text |
 * |-----------------------|--------------------------------|---------|
 * | `31 32 33 2e 34`      | nothing: raw                   | 123.4   |
 * | `69 3a 37 3b`         | PHP                            | i:7;    |
 * | `00 00 00 02 06 31`   | igbinary, which begins so      |         |
 * | `cb 40 48 80 …`       | msgpack: a type and its bytes  |         |
 * | `31`                  | nothing, or msgpack: 1, or 49  | 1       |
 */
import { SourceFailure } from '../failure.ts';

export interface CachedNumber {
  readonly value: number;
  /** It may be another number, written by msgpack. */
  readonly isOneDigit: boolean;
}

const RAW = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;
const SERIALISED = /^[di]:([^;]*);$/;

/** Lengths of msgpack's numbers by their first byte: floats, unsigned and signed integers. */
const MSGPACK_NUMBERS = new Map([
  [0xca, 5],
  [0xcb, 9],
  [0xcc, 2],
  [0xcd, 3],
  [0xce, 5],
  [0xcf, 9],
  [0xd0, 2],
  [0xd1, 3],
  [0xd2, 5],
  [0xd3, 9],
]);

/**
 * `123.4`, `d:0.12;` and `i:7;` are numbers; text, `d:NAN;` and anything else throw `SourceFailure` NotANumber, with the name of
 * what has written it where that can be told.
 */
export function parseCached(bytes: Buffer): CachedNumber {
  const writer = writerOf(bytes);
  if (writer !== undefined) {
    throw new SourceFailure(
      'NotANumber',
      `what the cache holds under the key is written by ${writer}, which is not read; take it out of the options of the application's Redis connection, or read the response time by http or prometheus`,
    );
  }
  const text = bytes.toString('latin1');
  const digits = SERIALISED.exec(text)?.[1] ?? text;
  if (!RAW.test(digits)) {
    throw new SourceFailure('NotANumber', 'what the cache holds under the key is not a number');
  }
  return { value: Number(digits), isOneDigit: text.length === 1 };
}

/** The serializer or compression of phpredis that has written these bytes; undefined where nothing shows one. */
function writerOf(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 4).toString('hex');
  if (head === '00000001' || head === '00000002') return 'igbinary';
  if (head === '28b52ffd') return 'zstd';
  const [first = 0] = bytes;
  const isDigit = first >= 0x30 && first <= 0x39;
  // Small integers are one byte. From 0x80 to 0xc1 no text begins, but msgpack's maps, lists, short texts and nothing do.
  const isMsgpack =
    (bytes.length === 1 && !isDigit) ||
    (first >= 0x80 && first <= 0xc1) ||
    MSGPACK_NUMBERS.get(first) === bytes.length;
  return isMsgpack ? 'msgpack' : undefined;
}
