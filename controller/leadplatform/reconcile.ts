/**
 * One pass over one platform: observe, admit, decide, plan, apply, report. Level-based: nothing here asks what
 * happened, only what is. Rules of the business are in `src`; this orders the steps and holds the effects.
 */
import { admit, describeProblem } from '../../src/api/admit.ts';
import { confirmedCapabilities } from '../../src/api/confirmed.ts';
import type { Admission } from '../../src/api/admit.ts';
import { NOTHING_MORE } from '../../src/api/permissions.ts';
import type { AuthorPermissions } from '../../src/api/permissions.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import { decideOn, proposeTier } from '../../src/decide/decide.ts';
import type { DecideInput, Decision, History } from '../../src/model/decision.ts';
import { backfill } from '../../src/ladder/persisted.ts';
import { dataLockOf, holdOf, hookGateOf, plan, stalledStatus } from '../../src/plan/plan.ts';
import { SourceFailure } from '../../src/sources/index.ts';
import type { MeasuredSpec } from '../../src/sources/index.ts';
import { childKey } from '../../src/kube/object.ts';
import type { Plan, PlanInput } from '../../src/plan/types.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Resources } from '../runtime/resources.ts';
import { TokenBuckets } from '../runtime/token-bucket.ts';
import type { PassMetrics } from './pass-metrics.ts';
import { applyActions } from './apply.ts';
import { historyName, keepHistory, restoredHistory } from './history-store.ts';
import { readJobEnds, withJobEnds } from './job-ends.ts';
import type { LeadPlatformObject } from './kinds.ts';
import type { SignalCollector } from './signal-collector.ts';
import { PlatformStates, NONE_LOGGED, refusals } from './platform-state.ts';
import type { PlatformState } from './platform-state.ts';
import type { NodeReader } from './nodes.ts';
import { observe, observedComponents } from './observe.ts';
import { report } from './report.ts';
import { freshHeadroom, readHeadroom } from './headroom.ts';
import { StartLimiter } from './start-limiter.ts';
import { readTroubles } from './pod-diagnosis.ts';
import type { ClusterCache } from './cluster-cache.ts';

export interface ReconcilerOptions {
  readonly cache: ClusterCache;
  /** Of the leader, fenced. */
  readonly resources: Resources;
  readonly signals: SignalCollector;
  readonly events: EventRecorder;
  readonly metrics: Pick<PassMetrics, 'decided'>;
  readonly logger: Logger;
  /** What authors of platforms may ask for. Default: nothing that they could not make themselves. */
  readonly permissions?: AuthorPermissions | undefined;
  /** Left out: what is free on nodes is not looked at. */
  readonly nodes?: NodeReader | undefined;
  /** The image of this process, for Jobs that run it, too. */
  readonly image?: string | undefined;
  /** Told of a write that is refused, and tried again by itself: the pass is none that failed. */
  readonly onRefused?: (key: string, error: Error) => void;
  /** Puts a key back into the queue. */
  readonly enqueue: (key: string) => void;
}

/** Waiting for sources to answer for the first time. */
const SETTLE_CHECK_MS = 250;
/** How long after a failure to read the load of the past it is tried again. */
const BACKFILL_RETRY_MS = 30_000;
/** The longest that a platform goes without a look. */
const RESYNC_MS = 15_000;
/** The shortest: rehearsals compress their windows to seconds. */
const LEAST_RESYNC_MS = 250;

export class Reconciler {
  readonly states = new PlatformStates();
  readonly #options: ReconcilerOptions;
  readonly #starts: StartLimiter;
  /** Lists of pods, of all platforms together: ten at once, and two a second. */
  readonly #podLists = new TokenBuckets(10, 500, 1);

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#starts = new StartLimiter({
      onTurn: options.enqueue,
      onBackpressure: (isUnderPressure) => options.signals.easeOff(isUnderPressure),
    });
  }

  /** Resolves with when to look again, in ms. */
  async reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { cache, signals } = this.#options;
    const platform = cache.platforms.get(key);
    if (platform === undefined || platform.metadata.deletionTimestamp !== undefined) {
      // Children are the garbage collector's: they name their owner.
      this.#forget(key);
      return undefined;
    }
    const now = Date.now();
    const state = this.states.of(key, platform.metadata.uid ?? '');
    const admission = this.#admit(platform, state);
    if (!admission.ok) {
      await this.#reportInvalid(platform, state, admission, now, signal);
      return undefined;
    }
    const { spec } = admission;
    if (!signals.measures(key) && !this.#starts.take(key)) return undefined;
    signals.watch(key, measuredSpec(state, spec));
    this.#rememberThePast(key, platform, state, spec);
    if (state.history === undefined) return undefined;
    if (state.decision === undefined && !signals.isSettled(key)) return SETTLE_CHECK_MS;

    const looked = observe(cache, platform, spec, state, signals.probes.probeResults(key));
    const asking = { resources: this.#options.resources, mayAsk: () => this.#mayListPods() };
    const troubles = await readTroubles(asking, looked, state.troubles, performance.now(), signal);
    state.troubles = troubles.state;
    const jobEnds = await readJobEnds(asking, looked, state.jobEnds, performance.now(), signal);
    state.jobEnds = jobEnds.state;
    const snapshot = {
      ...looked,
      children: withJobEnds(looked.children, jobEnds.state),
      troubles: troubles.state.found,
      operatorImage: this.#options.image,
      headroom: freshHeadroom(state.headroom, now),
    };
    const facts: DecideInput = {
      spec,
      readings: signals.readings(key),
      components: observedComponents(snapshot, state),
      confirmed: confirmedCapabilities(snapshot.platform.annotations),
      hold: holdOf(snapshot.status, snapshot.platform.generation, now) ?? dataLockOf(snapshot),
    };
    const proposal = proposeTier(facts, state.history, now);
    const hookGate = hookGateOf(snapshot, proposal.to, now);
    const decision = decideOn(proposal, hookGate?.hold);
    let input: PlanInput = { snapshot, decision, hookGate, now };
    let planned = plan(input);
    signals.probes.want(key, planned.probes);
    // What is made without the answers would be made anew a moment later, with all of its pods.
    if (state.decision === undefined && !signals.hasAnswers(key)) return SETTLE_CHECK_MS;
    if (planned.begins) {
      const { resources, nodes } = this.#options;
      state.headroom = await readHeadroom(resources, nodes, snapshot.platform.namespace, now, signal);
      input = { ...input, snapshot: { ...snapshot, headroom: state.headroom } };
      planned = plan(input);
      signals.probes.want(key, planned.probes);
    }
    rememberStores(state, spec, planned.signalStores);
    this.#remember(state, spec, decision);
    const carriedOut = this.#carryOut(platform, state, input, planned, signal);
    const refused = await carriedOut.finally(() => this.#starts.giveBack(key));
    await keepHistory(this.#options, platform, state, spec, now, signal);
    if (refused !== undefined) this.#options.onRefused?.(key, refused);
    else if (refusals(state).length === 0) state.loggedFailures = NONE_LOGGED;
    return requeueIn(
      spec,
      [
        decision.requeueAt,
        planned.requeueAt,
        ...Object.values(state.held).map(({ until }) => until),
        troubles.requeueIn === undefined ? undefined : now + troubles.requeueIn,
        jobEnds.requeueIn === undefined ? undefined : now + jobEnds.requeueIn,
      ],
      now,
    );
  }

  /** While others are not begun with, pods that have just been made are no reason to ask. */
  #mayListPods(): boolean {
    return !this.#starts.isUnderPressure && this.#podLists.take('', performance.now());
  }

  #forget(key: string): void {
    this.#starts.giveBack(key);
    this.#options.signals.forget(key);
    this.states.forget(key);
  }

  /** Parsing is worth remembering: a spec changes rarely, and readings many times a second. */
  #admit(platform: LeadPlatformObject, state: PlatformState): Admission {
    const generation = platform.metadata.generation ?? 0;
    if (state.admission?.generation !== generation)
      state.admission = { generation, result: admit(platform, this.#options.permissions ?? NOTHING_MORE) };
    return state.admission.result;
  }

  async #reportInvalid(
    platform: LeadPlatformObject,
    state: PlatformState,
    { problems, reason }: Extract<Admission, { ok: false }>,
    now: number,
    signal: AbortSignal,
  ): Promise<void> {
    const message = problems.map(describeProblem).join('; ');
    const generation = platform.metadata.generation ?? 0;
    const status = stalledStatus(platform.status ?? {}, generation, reason, message, now);
    const isTold = platform.status?.conditions?.some(
      (condition) =>
        condition.type === 'Stalled' &&
        condition.reason === reason &&
        condition.observedGeneration === generation,
    );
    const event = {
      type: 'Warning',
      reason,
      message,
      key: `${reason}/${generation}`,
    } as const;
    await report(this.#options, platform, state, { status, events: isTold ? [] : [event] }, now, signal);
    state.loggedFailures = NONE_LOGGED;
  }

  /**
   * Reads what was known before, once for each source of leads/day that the spec names, and beside the queue, so that a
   * slow database holds up nobody. The platform is looked at again when it is there.
   */
  #rememberThePast(
    key: string,
    platform: LeadPlatformObject,
    state: PlatformState,
    spec: LeadPlatformSpec,
  ): void {
    const source = JSON.stringify([spec.stores.postgres, spec.signals.leadsPerDay]);
    if (state.pastReadFrom === source) return;
    state.pastReadFrom = source;
    const { namespace = '', name = '' } = platform.metadata;
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
        if (this.states.get(key) !== state) return;
        state.pastReadFrom = undefined;
        enqueue(key);
      }, BACKFILL_RETRY_MS).unref();
    }
    enqueue(key);
  }

  #remember(state: PlatformState, spec: LeadPlatformSpec, decision: Decision): void {
    const before = state.history;
    state.decision = decision;
    // Paused only measures: the load is remembered, a change of tier is not.
    state.history =
      spec.mode === 'Paused' && before !== undefined
        ? { ...decision.history, ...tierOf(before) }
        : decision.history;
    this.#options.metrics.decided(decision);
  }

  /** Resolves with what ended it where that write is held back, and tried again later. */
  async #carryOut(
    platform: LeadPlatformObject,
    state: PlatformState,
    input: PlanInput,
    planned: Plan,
    signal: AbortSignal,
  ): Promise<Error | undefined> {
    const { snapshot, now } = input;
    const before = state.failures;
    const { actions } = planned;
    const { done, error, isHeld } = await applyActions(
      this.#options,
      snapshot.platform,
      actions,
      state,
      now,
      signal,
    );
    // Not what was tried: a write that is refused is tried again and again.
    if (done.length > 0) {
      const { namespace, name } = snapshot.platform;
      const changes = done.map((action) => `${action.do} ${childKey(action.object)}: ${action.why}`);
      this.#options.logger.info({ platform: `${namespace}/${name}`, changes }, 'Changed the platform');
    }
    // Always, also when a write failed. What was refused in this pass is said in this pass.
    const { status, events } =
      state.failures === before
        ? planned
        : plan({ ...input, snapshot: { ...snapshot, failures: refusals(state) } });
    const written = new Set(done.map(({ object: { kind, metadata } }) => childKey({ kind, metadata })));
    const told = events.filter(({ of }) => of === undefined || written.has(of));
    await report(this.#options, platform, state, { status, events: told }, now, signal);
    if (error !== undefined && isHeld !== true) throw error;
    return error;
  }
}

/** The spec as it is measured: with the stores that the platform has moved to. */
function measuredSpec(state: PlatformState, spec: LeadPlatformSpec): MeasuredSpec {
  // Another spec is no other place: the platform is still where it was.
  const { measured } = state;
  if (measured !== undefined && measured.from !== spec) rememberStores(state, spec, measured.stores);
  return state.measured?.spec ?? spec;
}

function rememberStores(state: PlatformState, spec: LeadPlatformSpec, stores: Plan['signalStores']): void {
  const text = JSON.stringify(stores);
  if (state.measured?.from === spec && state.measured.text === text) return;
  state.measured = {
    from: spec,
    text,
    stores,
    spec: text === '{}' ? spec : { ...spec, stores: { ...spec.stores, ...stores } },
  };
}

/** The part of a history that says where the platform stands. */
function tierOf({ tier, tierSince, required }: History): Partial<History> {
  return { required, ...(tier !== undefined && { tier }), ...(tierSince !== undefined && { tierSince }) };
}

/**
 * Often enough that no window is judged by stale samples: a look-back is kept in some two hundred slots, a scale-down
 * window in some twenty.
 */
function requeueIn({ scaling }: LeadPlatformSpec, at: readonly (number | undefined)[], now: number): number {
  const resync = Math.min(
    RESYNC_MS,
    scaling.demote.lookback / 200,
    scaling.promote.sustainedFor / 20,
    scaling.scaleDown.window / 20,
    scaling.health.sustainedFor / 5,
  );
  const asked = at.filter((instant) => instant !== undefined).map((instant) => instant - now);
  return Math.max(LEAST_RESYNC_MS, Math.min(resync, ...asked));
}
