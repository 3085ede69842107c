/** Keeps what is measured in step with what the specs ask for. */
import { workerComponents } from '../../src/api/components.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { isKnown } from '../../src/model/reading.ts';
import type { Readings } from '../../src/model/readings.ts';
import { Poller, Pools, createSources, readPastLoad, sourcesFingerprint } from '../../src/sources/index.ts';
import type { MeasuredSpec, SourceDeps } from '../../src/sources/index.ts';
import type { AddressPolicy } from '../../src/sources/address/policy.ts';
import { guardThatTells } from '../../src/sources/guard/guard.ts';
import type { PastLoad } from '../../src/model/past-load.ts';
import type { Resources } from '../runtime/resources.ts';
import { ProbeScheduler } from './probe-scheduler.ts';
import { SecretReader } from './secrets.ts';
import type { UsageReader } from './usage.ts';

/**
 * How long the first pass of a platform waits for its sources, so that it does not decide without them: one that decided
 * before its own had answered would write a status that is wrong a second later.
 */
const SETTLE_MS = 5_000;
/** The same where reads are queued up behind those of other platforms: that is no fault of its own sources. */
const CROWDED_SETTLE_MS = 30_000;
/** How long the load of the past may take to read. */
const PAST_LOAD_MS = 10_000;

export interface SignalCollectorOptions {
  readonly resources: Resources;
  readonly usage: UsageReader;
  /** Called with a platform's key when something that was read is news. */
  readonly onChange: (key: string) => void;
  /** Told what is being done, for who watches over the event loop. */
  readonly doing?: (what: string) => void;
  /** Where connections may go. Default: nothing is opened of what is refused. */
  readonly addresses?: AddressPolicy | undefined;
}

export class SignalCollector {
  readonly #options: SignalCollectorOptions;
  readonly #pools: Pools;
  readonly #secrets: SecretReader;
  readonly #poller: Poller;
  readonly probes: ProbeScheduler;
  readonly #watched = new Map<string, { spec: MeasuredSpec; fingerprint: string; since: number }>();

  constructor(options: SignalCollectorOptions) {
    this.#options = options;
    this.#pools = new Pools({
      ...(options.addresses && { addresses: options.addresses }),
      ...(options.doing && { guard: guardThatTells(options.doing) }),
    });
    this.#secrets = new SecretReader(options.resources);
    this.#poller = new Poller({ onChange: options.onChange });
    this.probes = new ProbeScheduler({ depsOf: (key) => this.#deps(key), onChange: options.onChange });
  }

  /** Starts to measure a platform, or changes how, where the spec asks for something else than before. */
  watch(key: string, spec: MeasuredSpec): void {
    const watched = this.#watched.get(key);
    // A spec is admitted once and looked at many times a minute: mostly it is the very same one.
    if (watched?.spec === spec) return;
    const fingerprint = sourcesFingerprint(spec);
    if (watched?.fingerprint === fingerprint) {
      watched.spec = spec;
      return;
    }
    this.#poller.set(key, {
      sources: createSources(spec, this.#deps(key)),
      staleAfter: spec.signals.staleAfter,
      queues: workerComponents(spec).map(({ queue }) => queue),
    });
    this.#watched.set(key, { spec, fingerprint, since: performance.now() });
  }

  /** While it does, what was read once is read again later: platforms that are not begun with need the time. */
  easeOff(easesOff: boolean): void {
    this.#poller.easeOff(easesOff);
  }

  measures(key: string): boolean {
    return this.#watched.has(key);
  }

  forget(key: string): void {
    this.probes.forget(key);
    if (this.#watched.delete(key)) this.#poller.remove(key);
  }

  /** Whether every source has answered once, or had its time to. */
  isSettled(key: string): boolean {
    const watched = this.#watched.get(key);
    if (watched === undefined) return false;
    return this.#hadItsTime(watched) || !isWaiting(this.#poller.readings(key));
  }

  /** Whether every question of its capabilities has been answered once, or had its time to be: the sources' own. */
  hasAnswers(key: string): boolean {
    const watched = this.#watched.get(key);
    return watched === undefined || this.#hadItsTime(watched) || this.probes.isAnswered(key);
  }

  #hadItsTime({ since }: { readonly since: number }): boolean {
    return performance.now() - since > (this.#poller.isBehind() ? CROWDED_SETTLE_MS : SETTLE_MS);
  }

  readings(key: string): Readings {
    return this.#poller.readings(key);
  }

  pastLoad(key: string, spec: LeadPlatformSpec, now: number): Promise<PastLoad[]> {
    return readPastLoad(spec, this.#deps(key), now, AbortSignal.timeout(PAST_LOAD_MS));
  }

  stats(): ReturnType<Poller['stats']> {
    return this.#poller.stats();
  }

  async stop(): Promise<void> {
    this.probes.stop();
    await this.#poller.stop();
    await this.#pools.close();
  }

  #deps(key: string): SourceDeps {
    const [namespace = '', name = ''] = key.split('/');
    return {
      pools: this.#pools,
      readSecret: this.#secrets.of(namespace),
      readUsage: this.#options.usage.of(namespace, name),
    };
  }
}

function isWaiting({ queues, ...readings }: Readings): boolean {
  return [...Object.values(readings), ...Object.values(queues)].some(
    (reading) => !isKnown<unknown>(reading) && reading.unknown === 'NotYetRead',
  );
}
