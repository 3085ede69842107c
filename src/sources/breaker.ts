/**
 * Remembers that a server did not let us in, so that a thousand platforms that share it do not knock a thousand times.
 * While it is open every caller gets the last failure at once.
 */
import { jitteredMs, nominalWaitMs } from '../model/backoff.ts';
import type { SourceFailure } from './failure.ts';

const UNREACHABLE = { baseMs: 1_000, maxMs: 60_000 };
/** A credential that was refused is not worth another try soon, and servers lock accounts that try too often. */
const REJECTED = { baseMs: 30_000, maxMs: 120_000 };
/** Of a wait: who shares a server hears of it within the time of one. */
const LEAST_SHARE = 0.75;

export class Breaker {
  readonly #random: () => number;
  #failures = 0;
  #open: { readonly failure: SourceFailure; readonly until: number } | undefined;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Throws the last failure while it is too early to try again. @param elapsed Milliseconds that never go back. */
  check(elapsed: number): void {
    if (this.#open !== undefined && elapsed < this.#open.until) throw this.#open.failure;
  }

  failed(failure: SourceFailure, elapsed: number): void {
    const backoff = failure.reason === 'CredentialRejected' ? REJECTED : UNREACHABLE;
    const wait = jitteredMs(nominalWaitMs(backoff, this.#failures), this.#random, LEAST_SHARE);
    this.#failures += 1;
    this.#open = { failure, until: elapsed + wait };
  }

  succeeded(): void {
    this.#failures = 0;
    this.#open = undefined;
  }
}
