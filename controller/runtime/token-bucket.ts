/**
 * A budget for each key: `burst` at once, one more every `refillMs`. Keeps at most `most` keys, forgetting those that
 * were asked about longest ago; a forgotten key is as good as new.
 */
export class TokenBuckets {
  readonly #burst: number;
  readonly #refillMs: number;
  readonly #most: number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(burst: number, refillMs: number, most: number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
    this.#most = most;
  }

  /** Takes one, or says that there is none. `now` in milliseconds. */
  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    const tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) / this.#refillMs);
    const granted = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > this.#most) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest!);
    }
    return granted;
  }
}
