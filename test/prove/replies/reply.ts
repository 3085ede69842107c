/** What a hostile server says, and the chance that decides it. Pure: the same seed says the same. */

export type Kind = 'well-formed' | 'malformed' | 'random' | 'truncated' | 'drip' | 'flood';

export interface Reply {
  /** Where in the protocol it comes, like `asked`. */
  readonly state: string;
  readonly kind: Kind;
  /** The server has let us in, or asks for no login. */
  readonly isLoggedIn: boolean;
  readonly bytes: Buffer;
}

export type Random = () => number;

export const below = (random: Random, limit: number): number => Math.floor(random() * limit);
export const chance = (random: Random, share: number): boolean => random() < share;
/** Of well-formed answers so many are almost as large as one may be. */
export const LARGE_SHARE = 0.004;

export const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!;

export function randomBytes(random: Random, longest: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + below(random, longest) }, () => below(random, 256)));
}

/** Words that are found in every object, that mean something to a driver, or that are none. */
export const WORDS = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'value',
  'used',
  '',
  'x',
  '\u{1F4A5}',
  '-1',
  '0',
  '1e999',
  'NaN',
  '99999999999999999999999',
  '{"a":',
  '[[[[',
] as const;

/** A few changes to a list: something else put in, left out, said twice, or in another place. */
export function shaken<T>(random: Random, list: readonly T[], other: () => T): T[] {
  const result = [...list];
  for (let changes = 1 + below(random, 3); changes > 0; changes -= 1) {
    const at = below(random, result.length + 1);
    switch (below(random, 5)) {
      case 0:
        result.splice(at, 0, other());
        break;
      case 1:
        result.splice(at, 1);
        break;
      case 2:
        result.splice(at, 0, result[at] ?? other());
        break;
      case 3:
        result.splice(at, 1, other());
        break;
      default:
        result.splice(at, 0, ...result.splice(below(random, result.length), 1));
    }
  }
  return result;
}

/** Whole answers that are cut, bent, dripped or repeated without an end. */
export function spoilt(
  random: Random,
  whole: Buffer,
  special: () => Buffer,
  flood: () => Buffer,
): Pick<Reply, 'kind' | 'bytes'> {
  const cut = whole.subarray(0, below(random, whole.length));
  switch (below(random, 40)) {
    case 0:
      return { kind: 'flood', bytes: repeated(flood(), 1_500_000) };
    case 1:
    case 2:
      return {
        kind: 'drip',
        bytes: chance(random, 0.5) ? whole : Buffer.concat([cut, randomBytes(random, 20)]),
      };
    default:
  }
  switch (below(random, 4)) {
    case 0:
      return { kind: 'random', bytes: randomBytes(random, 200) };
    case 1:
      return { kind: 'truncated', bytes: cut };
    case 2: {
      const bent = Buffer.from(whole);
      for (let flips = 1 + below(random, 4); flips > 0; flips -= 1)
        bent[below(random, bent.length)] = below(random, 256);
      return { kind: 'malformed', bytes: bent };
    }
    default:
      return { kind: 'malformed', bytes: chance(random, 0.5) ? special() : Buffer.concat([cut, special()]) };
  }
}

function repeated(bytes: Buffer, atLeast: number): Buffer {
  return Buffer.concat(Array.from({ length: Math.ceil(atLeast / Math.max(1, bytes.length)) }, () => bytes));
}
