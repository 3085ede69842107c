/** The operator of one process: watches, measures, leads, works the queue, and stops in order. */
import type { AuthorPermissions } from '../../src/api/permissions.ts';
import type { AddressPolicy } from '../../src/sources/address/policy.ts';
import { CAPABILITY_LABEL } from '../../src/kube/labels.ts';
import { componentOfName } from '../../src/kube/names.ts';
import { replicaCounts } from '../../src/kube/workload.ts';
import { withoutNumbers } from '../../src/text/words.ts';
import { isFenced, isNamespaceTerminating } from '../runtime/errors.ts';
import { EventRecorder } from '../runtime/events.ts';
import type { Kube } from '../runtime/kube.ts';
import { Lease } from '../runtime/lease.ts';
import type { Logger } from '../runtime/logger.ts';
import { Resources } from '../runtime/resources.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { PassMetrics } from './pass-metrics.ts';
import { FIELD_MANAGER, LEAD_PLATFORMS, installCommand } from './kinds.ts';
import type { LeadPlatformObject } from './kinds.ts';
import { SignalCollector } from './signal-collector.ts';
import { NONE_LOGGED } from './platform-state.ts';
import type { PlatformState } from './platform-state.ts';
import { NodeReader } from './nodes.ts';
import { OptionalReads } from './optional-reads.ts';
import { Reconciler, type ReconcilerOptions } from './reconcile.ts';
import { UsageReader } from './usage.ts';
import { ClusterCache } from './cluster-cache.ts';
import { UndeclaredFields } from './undeclared-fields.ts';

export interface OperatorOptions {
  readonly kube: Kube;
  /** Left out: all namespaces. */
  readonly namespaces?: readonly string[] | undefined;
  /** Where the Lease is. */
  readonly leaseNamespace: string;
  readonly leaseName?: string;
  /** Platforms worked on at once. Default 32. */
  readonly concurrency?: number;
  /** What authors of platforms may ask for. Default: nothing that they could not make themselves. */
  readonly permissions?: AuthorPermissions;
  /** Where connections to what platforms name may go. Default: nothing is opened of what is refused. */
  readonly addresses?: AddressPolicy;
  /** Look at the room on nodes before something is begun: needs `list` on nodes, and on the pods of the whole cluster. */
  readonly looksAtNodes?: boolean;
  /** The image of this process, for Jobs that run it, too. */
  readonly image?: string | undefined;
  /** The Pod that this process is, which each status names; left out: none. */
  readonly pod?: ReconcilerOptions['pod'];
  /** Told what is being done, for who watches over the event loop. */
  readonly doing?: (what: string) => void;
  readonly metrics: PassMetrics;
  readonly logger: Logger;
}

const CONCURRENCY = 32;
/** How long passes under way may take to end, before they are cut off. */
const DRAIN_MS = 10_000;
/** Failures of one platform that are remembered as logged. */
const MOST_LOGGED = 20;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #stopping = new AbortController();
  readonly #lease: Lease;
  readonly #cache: ClusterCache;
  readonly #signals: SignalCollector;
  readonly #queue: WorkQueue;
  readonly #events: EventRecorder;
  readonly #reconciler: Reconciler;
  #leading = false;

  constructor(options: OperatorOptions) {
    this.#options = options;
    const { kube, namespaces, logger, metrics } = options;
    const client = kube.client({ onRequest: (sample) => metrics.requested(sample) });
    this.#lease = new Lease({
      client,
      namespace: options.leaseNamespace,
      name: options.leaseName ?? FIELD_MANAGER,
      logger,
    });
    this.#cache = new ClusterCache({
      client,
      namespaces,
      logger,
      onDefinition: (isThere) => this.#definitionIs(isThere),
    });
    // Whatever writes goes through the fence: a deposed leader's writes fail before they reach the wire.
    const resources = new Resources(client.fenced(this.#lease));
    const reads = new OptionalReads(logger);
    const enqueue = (key: string): void => this.#queue.add(key);
    this.#signals = new SignalCollector({
      resources,
      usage: new UsageReader(resources, reads, this.#cache, namespaces),
      onChange: enqueue,
      addresses: options.addresses,
      ...(options.doing && { doing: options.doing }),
    });
    this.#events = new EventRecorder({ resources, component: FIELD_MANAGER, logger });
    this.#reconciler = new Reconciler({
      cache: this.#cache,
      resources,
      signals: this.#signals,
      events: this.#events,
      metrics,
      logger,
      reads,
      undeclared: new UndeclaredFields({ logger, install: this.#installCommand }),
      permissions: options.permissions,
      nodes: options.looksAtNodes === true ? new NodeReader(resources, reads) : undefined,
      image: options.image,
      pod: options.pod,
      onRefused: (key, error) => this.#failed(key, error),
      enqueue,
    });
    this.#queue = new WorkQueue({
      concurrency: options.concurrency ?? CONCURRENCY,
      work: (key, { signal }) => {
        options.doing?.(`reconciling ${key}`);
        return this.#reconciler.reconcile(key, signal);
      },
      onError: (key, error) => this.#failed(key, error),
      metrics: metrics.queue,
      logger,
    });
    this.#cache.onChange(enqueue);
  }

  /** Runs until `signal` aborts, or leadership is lost. Resolves with why it ended. */
  async run(signal: AbortSignal): Promise<'stopped' | 'deposed'> {
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    this.#cache.start();
    try {
      await this.#cache.waitForSync(stop);
      // Another process may have it already, and leads; this one would only keep the lease from it.
      await this.#cache.platforms.waitUntilServed(stop);
      const lost = await this.#lease.acquire(stop);
      this.#leading = true;
      this.#options.logger.info({ identity: this.#lease.identity }, 'Leading');
      this.#queue.start();
      await aborted(AbortSignal.any([stop, lost]));
      return stop.aborted ? 'stopped' : 'deposed';
    } catch (error) {
      if (stop.aborted) return 'stopped';
      throw error;
    } finally {
      await this.#drain();
    }
  }

  /**
   * Why it is not ready, in words; undefined where it is: the definition of LeadPlatforms is there and caches are filled.
   * Standbys are ready, too.
   */
  notReady(): string | undefined {
    if (this.#stopping.signal.aborted) return 'the process is stopping';
    const unsynced = this.#cache.unsynced();
    if (unsynced.length > 0) {
      return `no list of ${unsynced.join(', ')} has come from the API server yet; the log says why`;
    }
    if (this.#cache.platforms.isServed()) return undefined;
    return `the definition of LeadPlatforms is not installed; install it: ${this.#installCommand}`;
  }

  get #installCommand(): string {
    return installCommand(this.#options.kube.kubectlOptions);
  }

  /** It is looked for again and again, so that nobody has to start this process anew. */
  #definitionIs(isThere: boolean): void {
    const { logger } = this.#options;
    const { plural, group } = LEAD_PLATFORMS;
    const definition = `${plural}.${group}`;
    if (isThere) logger.info({ definition }, 'The definition of LeadPlatforms is installed');
    else {
      logger.error(
        { definition, install: this.#installCommand },
        'Waiting for the definition of LeadPlatforms, which is not installed',
      );
    }
  }

  isLeading(): boolean {
    return this.#leading;
  }

  /** What is known of each platform now. */
  platforms(): IterableIterator<[string, PlatformState]> {
    return this.#reconciler.states.entries();
  }

  platform(
    key: string,
  ): { readonly state: PlatformState; readonly object: LeadPlatformObject | undefined } | undefined {
    const state = this.#reconciler.states.get(key);
    return state === undefined ? undefined : { state, object: this.#cache.platforms.get(key) };
  }

  /** Ready replicas of every component of every platform. */
  *readyReplicas(): Generator<{ namespace: string; name: string; component: string; ready: number }> {
    for (const { metadata } of this.#cache.platforms.list()) {
      const { namespace = '', name, uid = '' } = metadata;
      for (const { object } of this.#cache.childrenOf(uid, `${namespace}/${name}`)) {
        if (object.kind !== 'Deployment' || object.metadata.labels?.[CAPABILITY_LABEL] !== undefined)
          continue;
        // Not the label, which has no room for the name of a long component.
        const component = componentOfName(name, object.metadata.name);
        yield { namespace, name, component, ready: replicaCounts(object).ready };
      }
    }
  }

  queueDepth(): number {
    return this.#queue.depth;
  }

  watchEvents(): ReadonlyMap<string, number> {
    return this.#cache.lastEvents();
  }

  sourceStats(): ReturnType<SignalCollector['stats']> {
    return this.#signals.stats();
  }

  /** In this order: nothing new is begun, what is under way ends, and only then may the next leader start. */
  async #drain(): Promise<void> {
    this.#stopping.abort();
    await this.#queue.stop(DRAIN_MS);
    // After the last pass: one that runs on readings of sources that are being closed would report them as unknown.
    await this.#signals.stop();
    await this.#events.flush();
    this.#events.stop();
    if (this.#leading) {
      const platforms = this.#cache.platforms.list().length;
      this.#options.logger.info(
        { platforms },
        'Leaving the platforms as they are: what runs goes on running',
      );
    }
    this.#leading = false;
    await this.#lease.release();
    await this.#cache.stop();
  }

  /** The same failure of the same platform is one line, however often it comes and whatever numbers are in it. */
  #failed(key: string, error: unknown): void {
    const state = this.#reconciler.states.get(key);
    const text = error instanceof Error ? error.message : String(error);
    const words = withoutNumbers(text);
    // What is over, by itself or for this process, is nobody's news.
    const before = state?.loggedFailures ?? NONE_LOGGED;
    const isNews = !before.has(words) && !isFenced(error) && !isNamespaceTerminating(error);
    if (state !== undefined && isNews) {
      state.loggedFailures = new Set([...before, words].slice(-MOST_LOGGED));
    }
    const fields = { platform: key, error: text };
    this.#options.logger[isNews ? 'warn' : 'debug'](fields, 'Reconcile failed; will retry');
    this.#options.metrics.failed(error);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
