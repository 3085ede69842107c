/** A reading: a value with the instant it was observed, or unknown with a reason. Unknown is never zero. */

/** Milliseconds since the epoch. */
export type Instant = number;

export const UNKNOWN_REASONS = [
  'NotConfigured',
  'NotYetRead',
  /** Read, and whether it is right shows at one of the next looks. */
  'NotYetCompared',
  'Stale',
  'SourceUnreachable',
  'SourceTimeout',
  'SourceRefused',
  'CredentialMissing',
  'CredentialRejected',
  'NotFound',
  'EmptyResult',
  'NotANumber',
  'OutOfRange',
  'TooLarge',
  'MalformedReply',
  'Redirected',
  'NoLimitOrRequest',
  'Suspicious',
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

export interface Known<T = number> {
  readonly value: T;
  readonly at: Instant;
}

export interface Unknown {
  readonly unknown: UnknownReason;
  /** A sentence for a person; never holds a credential or what a source answered. */
  readonly message: string;
}

export type Reading<T = number> = Known<T> | Unknown;

export function isKnown<T>(reading: Reading<T> | undefined): reading is Known<T> {
  return reading !== undefined && 'value' in reading;
}

export function known<T>(value: T, at: Instant): Known<T> {
  return { value, at };
}

export function unknown(reason: UnknownReason, message: string): Unknown {
  return { unknown: reason, message };
}

/** An answer that several platforms share may be half an interval old when it comes. */
const SHARED = 0.5;

/**
 * For how long a reading is believed, in milliseconds: until the next one is due, and `signals.staleAfter`.
 * @param interval Between two polls of its source.
 */
export const believedFor = (interval: number, staleAfter: number): number =>
  (1 + SHARED) * interval + staleAfter;
