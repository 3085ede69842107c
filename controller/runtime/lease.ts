/**
 * One leader at a time, by a Lease of coordination.k8s.io.
 *
 *     const lease = new Lease({ client, namespace, name: 'leadplatform-operator', logger });
 *     const writer = client.fenced(lease);            // the client of everything that only the leader may do
 *     const lost = await lease.acquire(stopping);     // an AbortSignal: aborts when leadership is lost
 *     …                                               // work, with `lost`
 *     await queue.stop(); await lease.release();      // in this order: whoever comes next may start at once
 *
 * Two ways in which an old leader stops, both by its own clock and counted from when its last successful renewal
 * *began*, because that is before the server, and so any rival, saw it:
 *
 *     0 s ──────────────── 7 s ───────────────── 8.5 s ─────────────── 10 s
 *     renewal began        `lost` aborts         `mayWrite()` is false  a rival may take over, at the earliest
 *                          (renewDeadline)       (leaseDuration − margin)
 *
 * Whoever waits looks at the lease about once a second, and so leads at the latest some 12 s after a leader was killed. A
 * server that is silent for less than 7 s deposes nobody: two attempts to renew fit in.
 *
 * The first is the orderly one. The second needs no event loop that turns in time: it is asked right before each
 * write. Elapsed time is the larger of what the monotonic clock and the wall clock say: the first counts while the
 * process is stopped, the second also counts while the whole machine sleeps.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import { pause, systemClock } from './clock.ts';
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import type { Fence } from './fence.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import type { LeaseSpec } from './lease-record.ts';
import { LeaseRecord } from './lease-record.ts';

export interface LeaseOptions {
  /** Not fenced. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique for each process that ever lived. Default: host name and a random part. */
  readonly identity?: string;
  /** Default 10 s; whole seconds. A leader that is killed is followed within this and two `retryMs`. */
  readonly leaseDurationMs?: number;
  /** Default 7 s: seven tenths of the lease's duration. */
  readonly renewDeadlineMs?: number;
  /** Between renewals, and between looks at another's lease. Default 1 s. */
  readonly retryMs?: number;
  /** Writing ends this long before the lease does. Default 1.5 s. */
  readonly marginMs?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Milliseconds since the epoch. */
  readonly wallClock?: () => number;
  readonly random?: () => number;
}

export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** A renewal that hangs leaves time for another one before the deadline. */
const REQUEST_TIMEOUT_MS = 3_000;
const LEAST_TIMEOUT_MS = 500;

export class Lease implements Fence {
  readonly identity: string;
  readonly #options: LeaseOptions;
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #logger: Logger;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #marginMs: number;
  readonly #record: LeaseRecord;
  /** What another's lease looked like, and since when it has looked like that: by our clock, as theirs may be wrong. */
  #seen: { record: string; since: Instant } | undefined;
  /** When the last successful renewal began. Undefined: not the leader. */
  #renewed: Instant | undefined;
  #term: AbortController | undefined;
  #renewing: Promise<void> | undefined;
  #releasing = new AbortController();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#record = new LeaseRecord(options.client, options.namespace, options.name);
    this.#clock = options.clock ?? systemClock;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#logger = options.logger ?? silentLogger;
    this.#durationMs = options.leaseDurationMs ?? 10_000;
    this.#deadlineMs = options.renewDeadlineMs ?? this.#durationMs * 0.7;
    this.#retryMs = options.retryMs ?? 1_000;
    this.#marginMs = options.marginMs ?? 1_500;
    this.identity = options.identity ?? `${hostname()}_${randomUUID().slice(0, 8)}`;
    if (!(this.#retryMs < this.#deadlineMs && this.#deadlineMs <= this.#durationMs - this.#marginMs)) {
      throw new RangeError('A lease needs: retry < renew deadline ≤ lease duration − margin');
    }
  }

  /**
   * Waits until this process is the leader, for as long as it takes and through any error. Resolves to a signal that
   * aborts, with a `LeaseLostError`, when it no longer is; then it may be called again. Rejects only with the reason of
   * `signal`.
   */
  async acquire(signal?: AbortSignal): Promise<AbortSignal> {
    this.#releasing = new AbortController();
    for (;;) {
      signal?.throwIfAborted();
      if (await this.#tryAcquire(signal)) break;
      await pause(this.#clock, this.#jittered(this.#retryMs), signal);
    }
    const term = new AbortController();
    this.#term = term;
    this.#logger.info(
      { lease: this.#options.name, identity: this.identity },
      'Leading: the lease was acquired',
    );
    this.#renewing = this.#keepRenewing(term);
    return term.signal;
  }

  get isLeader(): boolean {
    return this.#renewed !== undefined;
  }

  mayWrite(): boolean {
    return this.remainingMs() > 0;
  }

  remainingMs(): number {
    if (this.#renewed === undefined) return 0;
    return Math.max(0, this.#durationMs - this.#marginMs - this.#since(this.#renewed));
  }

  /**
   * Ends the term: from here on nothing is written, and the lease is given back, so that the next leader need not wait
   * for it to expire. Never rejects.
   */
  async release(): Promise<void> {
    const wasLeader = this.#renewed !== undefined;
    this.#renewed = undefined;
    this.#releasing.abort();
    await this.#renewing;
    this.#term?.abort(new LeaseLostError('The lease was released'));
    if (!wasLeader) return;
    try {
      await this.#record.write(
        {
          ...this.#record.spec,
          holderIdentity: '',
          leaseDurationSeconds: 1,
          renewTime: this.#microTime(),
        },
        this.#timeoutMs(),
      );
      this.#logger.info({ lease: this.#options.name }, 'Released the lease');
    } catch (error) {
      this.#logger.warn({ lease: this.#options.name, error: String(error) }, 'Leaving the lease to expire');
    }
  }

  async #tryAcquire(signal: AbortSignal | undefined): Promise<boolean> {
    try {
      const found = await this.#record.read(this.#timeoutMs(), signal);
      if (found !== undefined && !this.#isFree(found)) return false;
      const began = this.#now();
      await this.#record.write(
        {
          holderIdentity: this.identity,
          leaseDurationSeconds: Math.round(this.#durationMs / 1000),
          acquireTime: this.#microTime(),
          renewTime: this.#microTime(),
          leaseTransitions: (found?.leaseTransitions ?? -1) + 1,
        },
        this.#timeoutMs(),
      );
      this.#renewed = began;
      return true;
    } catch (error) {
      // A rival was faster, which is no news.
      if (!isConflict(error) && !isAlreadyExists(error) && !signal?.aborted) {
        this.#logger.warn(
          { lease: this.#options.name, error: String(error) },
          'Trying again to acquire the lease',
        );
      }
      return false;
    }
  }

  /** Nobody holds it, or whoever does has not renewed it for its whole duration, as seen from here. */
  #isFree(spec: LeaseSpec): boolean {
    if (!spec.holderIdentity || spec.holderIdentity === this.identity) return true;
    const record = `${spec.holderIdentity} ${spec.renewTime ?? ''} ${spec.leaseTransitions ?? 0}`;
    if (this.#seen?.record !== record) this.#seen = { record, since: this.#now() };
    // Only the monotonic clock: a jump of the wall clock must not make another's lease look old.
    return this.#clock.now() - this.#seen.since.monotonic >= (spec.leaseDurationSeconds ?? 0) * 1000;
  }

  async #keepRenewing(term: AbortController): Promise<void> {
    const stop = this.#releasing.signal;
    let again = this.#retryMs;
    for (;;) {
      await pause(this.#clock, again, stop);
      if (stop.aborted || this.#renewed === undefined) return;
      again = this.#retryMs;
      const began = this.#now();
      try {
        await this.#record.write({ ...this.#record.spec, renewTime: this.#microTime() }, this.#timeoutMs());
        this.#renewed = began;
      } catch (error) {
        if (stop.aborted) return;
        if (isConflict(error) && (await this.#stillOurs())) again = 0;
        else if (isConflict(error) || isNotFound(error))
          return this.#lose(term, 'another process took the lease');
        else
          this.#logger.warn(
            { lease: this.#options.name, error: String(error) },
            'Trying again to renew the lease',
          );
      }
      if (this.#renewed !== undefined && this.#since(this.#renewed) >= this.#deadlineMs) {
        return this.#lose(term, `it could not be renewed for ${this.#deadlineMs / 1000} s`);
      }
    }
  }

  /** After a conflict: a renewal whose answer was lost, or somebody's label, changes the version and not the holder. */
  async #stillOurs(): Promise<boolean> {
    const found = await this.#record.read(this.#timeoutMs()).catch(() => this.#record.spec);
    return found?.holderIdentity === this.identity;
  }

  #lose(term: AbortController, why: string): void {
    this.#renewed = undefined;
    this.#logger.warn({ lease: this.#options.name, why }, 'No longer leading: the lease was lost');
    term.abort(new LeaseLostError(`The leader lease was lost: ${why}`));
  }

  /** An attempt that hangs leaves time for another, but never outlives the deadline. */
  #timeoutMs(): number {
    const left = this.#renewed === undefined ? Infinity : this.#deadlineMs - this.#since(this.#renewed);
    return Math.max(LEAST_TIMEOUT_MS, Math.min(REQUEST_TIMEOUT_MS, left));
  }

  #now(): Instant {
    return { monotonic: this.#clock.now(), wall: this.#wallClock() };
  }

  #since(then: Instant): number {
    return Math.max(this.#clock.now() - then.monotonic, this.#wallClock() - then.wall);
  }

  #jittered(ms: number): number {
    return ms * (0.8 + 0.4 * (this.#options.random ?? Math.random)());
  }

  /** The API's MicroTime wants exactly six digits. */
  #microTime(): string {
    return new Date(this.#wallClock()).toISOString().replace('Z', '000Z');
  }
}

interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}
