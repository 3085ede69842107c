/**
 * Reads what was known of a platform before this process: once for each source of leads/day that its spec names, and beside the
 * queue, so that a slow database holds up nobody. The platform is looked at again when it is there.
 */
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { shortHash } from '../../src/kube/hash.ts';
import { backfill } from '../../src/ladder/persisted.ts';
import type { History } from '../../src/model/decision.ts';
import { SourceFailure } from '../../src/sources/index.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ClusterCache } from './cluster-cache.ts';
import { historyName, restoredHistory } from './history-store.ts';
import type { LeadPlatformObject } from './kinds.ts';
import type { PlatformState, PlatformStates } from './platform-state.ts';
import type { SignalCollector } from './signal-collector.ts';

/** How long after a failure it is tried again. */
const RETRY_MS = 30_000;

export interface PastLoadOptions {
  readonly cache: ClusterCache;
  readonly signals: SignalCollector;
  readonly logger: Logger;
  /** Puts a key back into the queue. */
  readonly enqueue: (key: string) => void;
}

export class PastLoad {
  readonly #options: PastLoadOptions;
  readonly #states: PlatformStates;

  constructor(options: PastLoadOptions, states: PlatformStates) {
    this.#options = options;
    this.#states = states;
  }

  /** Begins to read it where that was not done yet. `state.history` is there once it ended, well or not. */
  read(key: string, platform: LeadPlatformObject, spec: LeadPlatformSpec, state: PlatformState): void {
    const source = shortHash([spec.stores.postgres, spec.signals.leadsPerDay]);
    if (state.pastReadFrom === source) return;
    state.pastReadFrom = source;
    const { namespace = '', name } = platform.metadata;
    const kept = this.#options.cache.child('ConfigMap', `${namespace}/${historyName(name)}`);
    const before = state.history ?? restoredHistory(platform, kept);
    void this.#backfill(key, state, spec, before);
  }

  async #backfill(key: string, state: PlatformState, spec: LeadPlatformSpec, before: History): Promise<void> {
    const { signals, enqueue, logger } = this.#options;
    try {
      const past = await signals.pastLoad(key, spec, Date.now());
      state.history = backfill(state.history ?? before, past);
      state.lastPastFailure = undefined;
    } catch (error) {
      // Made of sentences of ours alone; what nobody foresaw may quote anything.
      const text = error instanceof SourceFailure ? error.message : 'it failed in an unforeseen way';
      const isNews = state.lastPastFailure !== text;
      state.lastPastFailure = text;
      const fields = { platform: key, error: text };
      logger[isNews ? 'warn' : 'debug'](fields, 'Reading the load of the past again later: it failed');
      // Go on without it: what is unknown holds. It is merged in when the database answers.
      state.history ??= before;
      setTimeout(() => {
        if (this.#states.get(key) !== state) return;
        state.pastReadFrom = undefined;
        enqueue(key);
      }, RETRY_MS).unref();
    }
    enqueue(key);
  }
}
