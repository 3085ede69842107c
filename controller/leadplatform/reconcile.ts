/**
 * One pass over one platform: admit, observe, decide, draft, apply, report. Level-based: nothing here asks what happened, only
 * what is. Rules of the business are in `src`; this orders the steps and holds the effects. One decision and one plan a pass;
 * the plan is drafted twice where something begins, for what there is room for is read only then.
 */
import { admit } from '../../src/api/admit.ts';
import { confirmedCapabilities } from '../../src/api/confirmed.ts';
import type { Admission } from '../../src/api/admit.ts';
import { NOTHING_MORE } from '../../src/api/permissions.ts';
import type { AuthorPermissions } from '../../src/api/permissions.ts';
import type { LeadPlatformSpec } from '../../src/api/schema/leadplatform.ts';
import type { OperatorPod } from '../../src/api/schema/status.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { decideOn, proposeTier } from '../../src/decide/decide.ts';
import type { DecideInput, Decision, History } from '../../src/model/decision.ts';
import type { Instant } from '../../src/model/reading.ts';
import { dataLockOf, draftPlan, holdOf, hookGateOf, tell } from '../../src/plan/plan.ts';
import type { PlanDraft } from '../../src/plan/plan.ts';
import { childKey } from '../../src/kube/object.ts';
import type { Action, PlanInput } from '../../src/plan/types.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Resources } from '../runtime/resources.ts';
import { TokenBuckets } from '../runtime/token-bucket.ts';
import type { PassMetrics } from './pass-metrics.ts';
import { applyActions } from './apply.ts';
import { keepHistory } from './history-store.ts';
import { readJobEnds, withJobEnds } from './job-ends.ts';
import type { LeadPlatformObject } from './kinds.ts';
import { measuredSpec, rememberStores } from './measured-spec.ts';
import type { SignalCollector } from './signal-collector.ts';
import { PastLoad } from './past-load.ts';
import { PlatformStates, NONE_LOGGED, refusals } from './platform-state.ts';
import type { PlatformState } from './platform-state.ts';
import type { NodeReader } from './nodes.ts';
import type { OptionalReads } from './optional-reads.ts';
import { observe, autoscaledComponents, capabilitiesInPlace, observedComponents } from './observe.ts';
import { report, reportInvalid } from './report.ts';
import { requeueIn } from './requeue.ts';
import { freshHeadroom, readHeadroom } from './headroom.ts';
import { StartLimiter } from './start-limiter.ts';
import { readTroubles } from './pod-diagnosis.ts';
import type { ClusterCache } from './cluster-cache.ts';
import type { UndeclaredFields } from './undeclared-fields.ts';

export interface ReconcilerOptions {
  readonly cache: ClusterCache;
  /** Of the leader, fenced. */
  readonly resources: Resources;
  readonly signals: SignalCollector;
  readonly events: EventRecorder;
  readonly metrics: Pick<PassMetrics, 'decided'>;
  readonly logger: Logger;
  readonly reads: OptionalReads;
  /** What the definition of LeadPlatforms in the cluster lacks. */
  readonly undeclared: UndeclaredFields;
  /** What authors of platforms may ask for. Default: nothing that they could not make themselves. */
  readonly permissions?: AuthorPermissions | undefined;
  /** Left out: what is free on nodes is not looked at. */
  readonly nodes?: NodeReader | undefined;
  /** The image of this process, for Jobs that run it, too. */
  readonly image?: string | undefined;
  /** The Pod that this process is; undefined outside of one. */
  readonly pod?: OperatorPod | undefined;
  /** Told of a write that is refused, and tried again by itself: the pass is none that failed. */
  readonly onRefused?: (key: string, error: Error) => void;
  /** Puts a key back into the queue. */
  readonly enqueue: (key: string) => void;
}

/** Waiting for sources, and for questions of capabilities, to be answered for the first time, in ms. */
const SETTLE_CHECK_MS = 250;

/** One platform in one pass. */
interface Pass {
  readonly key: string;
  readonly platform: LeadPlatformObject;
  readonly spec: LeadPlatformSpec;
  readonly state: PlatformState;
  readonly now: Instant;
  readonly signal: AbortSignal;
}

interface Observation {
  readonly snapshot: Snapshot;
  /** When to ask Pods again that do not come up, or that keep a Job open. */
  readonly askAgainAt: readonly (Instant | undefined)[];
}

interface CarriedOut {
  /** What ended the writes where that write is held back, and tried again later. */
  readonly refused: Error | undefined;
  readonly requeueAt: Instant | undefined;
}

export class Reconciler {
  readonly states = new PlatformStates();
  readonly #options: ReconcilerOptions;
  readonly #starts: StartLimiter;
  readonly #past: PastLoad;
  /** Lists of pods, of all platforms together: ten at once, and two a second. */
  readonly #podLists = new TokenBuckets(10, 500, 1);

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#past = new PastLoad(options, this.states);
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
      await reportInvalid(this.#options, platform, state, admission, now, signal);
      state.loggedFailures = NONE_LOGGED;
      return undefined;
    }
    const pass: Pass = { key, platform, spec: admission.spec, state, now, signal };
    if (!this.#measure(pass)) return undefined;
    // It comes back once the past has been read.
    if (state.history === undefined) return undefined;
    if (state.decision === undefined && !signals.isSettled(key)) return SETTLE_CHECK_MS;

    const { snapshot, askAgainAt } = await this.#observe(pass);
    const decided = this.#decide(pass, snapshot, state.history);
    const draft = await this.#draft(pass, decided);
    if (draft === undefined) return SETTLE_CHECK_MS;
    this.#remember(pass, decided.decision, draft);
    const { refused, requeueAt } = await this.#carryOut(pass, draft).finally(() =>
      this.#starts.giveBack(key),
    );
    await keepHistory(this.#options, platform, state, pass.spec, now, signal);
    this.#noteRefusal(pass, refused);
    const heldUntil = Object.values(state.held).map(({ until }) => until);
    return requeueIn(pass.spec, [requeueAt, ...heldUntil, ...askAgainAt], now);
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

  /** Begins to measure it, and to read its past. False: others are begun with first, and it comes back at its turn. */
  #measure({ key, platform, spec, state }: Pass): boolean {
    const { signals } = this.#options;
    if (!signals.measures(key) && !this.#starts.take(key)) return false;
    signals.watch(key, measuredSpec(state, spec));
    this.#past.read(key, platform, spec, state);
    return true;
  }

  /** Everything that deciding and planning use, what Pods say for themselves included. */
  async #observe({ key, platform, spec, state, now, signal }: Pass): Promise<Observation> {
    const { cache, signals, resources, reads, image } = this.#options;
    const looked = observe(cache, platform, spec, state, signals.probes.probeResults(key));
    const asking = { resources, reads, mayAsk: () => this.#mayListPods() };
    const troubles = await readTroubles(asking, looked, state.troubles, performance.now(), signal);
    state.troubles = troubles.state;
    const jobEnds = await readJobEnds(asking, looked, state.jobEnds, performance.now(), signal);
    state.jobEnds = jobEnds.state;
    const snapshot = {
      ...looked,
      children: withJobEnds(looked.children, jobEnds.state),
      troubles: troubles.state.found,
      operatorImage: image,
      headroom: freshHeadroom(state.headroom, now),
    };
    const after = (ms: number | undefined) => (ms === undefined ? undefined : now + ms);
    return { snapshot, askAgainAt: [after(troubles.requeueIn), after(jobEnds.requeueIn)] };
  }

  /** While others are not begun with, pods that have just been made are no reason to ask. */
  #mayListPods(): boolean {
    return !this.#starts.isUnderPressure && this.#podLists.take('', performance.now());
  }

  /** Which tier; whether a hook comes before it; and what of it. */
  #decide({ key, spec, state, now }: Pass, snapshot: Snapshot, history: History): PlanInput {
    const { status, platform } = snapshot;
    const facts: DecideInput = {
      spec,
      readings: this.#options.signals.readings(key),
      components: observedComponents(snapshot, state),
      autoscaled: autoscaledComponents(snapshot),
      confirmed: confirmedCapabilities(platform.annotations),
      inPlace: capabilitiesInPlace(snapshot),
      hold: holdOf(status, platform.generation, now) ?? dataLockOf(snapshot),
    };
    const proposal = proposeTier(facts, history, now);
    const hookGate = hookGateOf(snapshot, proposal.to, now);
    return { snapshot, decision: decideOn(proposal, hookGate?.hold), hookGate, now };
  }

  /** What is to be written. Undefined before the questions of capabilities have been answered for the first time. */
  async #draft({ key, state, signal }: Pass, input: PlanInput): Promise<PlanDraft | undefined> {
    const { signals, resources, reads, nodes } = this.#options;
    const drafted = (snapshot: Snapshot): PlanDraft => {
      const draft = draftPlan({ ...input, snapshot });
      signals.probes.want(key, draft.probes);
      return draft;
    };
    const { snapshot, now } = input;
    const first = drafted(snapshot);
    // What is made without the answers would be made anew a moment later, with all of its pods.
    if (state.decision === undefined && !signals.hasAnswers(key)) return undefined;
    if (!first.begins) return first;
    // That something begins is known once it is built, and what is built after it depends on whether there is room for it.
    const readers = { resources, reads, nodes };
    state.headroom = await readHeadroom(readers, snapshot.platform.namespace, now, signal);
    return drafted({ ...snapshot, headroom: state.headroom });
  }

  #remember({ spec, state }: Pass, decision: Decision, { signalStores }: PlanDraft): void {
    const before = state.history;
    rememberStores(state, spec, signalStores);
    state.decision = decision;
    // Paused only measures: the load is remembered, a change of tier is not.
    state.history =
      spec.mode === 'Paused' && before !== undefined
        ? { ...decision.history, ...tierOf(before) }
        : decision.history;
    this.#options.metrics.decided(decision);
  }

  /** Writes what was drafted, and tells what became of it, also where a write failed. */
  async #carryOut({ platform, spec, state, now, signal }: Pass, draft: PlanDraft): Promise<CarriedOut> {
    const { snapshot } = draft.seen;
    // Before its tier stands in the status: with that alone, the next process would bring what holds data.
    if (state.kept?.dataUpTo !== state.history?.dataUpTo)
      await keepHistory(this.#options, platform, state, spec, now, signal);
    const { done, error, isHeld } = await applyActions(
      ...([this.#options, snapshot.platform, draft.actions, state, now, signal] as const),
    );
    this.#logChanges(snapshot.platform, done);
    const { status, events, requeueAt } = tell(draft, refusals(state));
    const written = new Set(done.map(({ object: { kind, metadata } }) => childKey({ kind, metadata })));
    const news = events.filter(({ of }) => of === undefined || written.has(of));
    await report(this.#options, platform, state, { status, events: news }, now, signal);
    if (error !== undefined && isHeld !== true) throw error;
    return { refused: error, requeueAt };
  }

  /** Not what was tried: a write that is refused is tried again and again. */
  #logChanges({ namespace, name }: Snapshot['platform'], done: readonly Action[]): void {
    if (done.length === 0) return;
    const changes = done.map((action) => `${action.do} ${childKey(action.object)}: ${action.why}`);
    this.#options.logger.info({ platform: `${namespace}/${name}`, changes }, 'Changed the platform');
  }

  #noteRefusal({ key, state }: Pass, refused: Error | undefined): void {
    if (refused !== undefined) this.#options.onRefused?.(key, refused);
    else if (refusals(state).length === 0) state.loggedFailures = NONE_LOGGED;
  }
}

/** The part of a history that says where the platform stands. */
function tierOf({ tier, tierSince, raisedOver, dataUpTo, required }: History): Partial<History> {
  return {
    required,
    raisedOver,
    dataUpTo,
    ...(tier !== undefined && { tier }),
    ...(tierSince !== undefined && { tierSince }),
  };
}
