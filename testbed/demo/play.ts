/** Plays the traffic on the world, looks at what becomes of it twice a second, and judges it at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { ladderOf } from '../../src/ladder/ladder.ts';
import { Chronicle } from './chronicle.ts';
import { type Look, lookAt, liveView } from './look.ts';
import type { Options } from './options.ts';
import type { TrafficPlan } from './plan.ts';
import type { Summary } from './report.ts';
import type { Show } from './show.ts';
import { type QueueAtWork, queuesAtWork, readyFor } from './streams.ts';
import { Traffic } from './traffic.ts';
import { NAMESPACE, type World } from './world.ts';

const LOOK_MS = 500;
/** For so long the API server or the operator may fail to answer before the demo gives up. */
const PATIENCE_MS = 15_000;
/** For so long the workers may take to empty the queues once no more leads arrive. */
const DRAIN_MS = 30_000;

export class Play {
  readonly #world: World;
  readonly #plan: TrafficPlan;
  readonly #options: Options;
  readonly #show: Show;
  readonly #traffic: Traffic;
  readonly #queues: readonly QueueAtWork[];
  readonly #tiers: readonly { name: string; from: number }[];
  readonly #stopping = new AbortController();
  readonly #chronicle: Chronicle;
  #startedAt = 0;
  #failure: { readonly error: unknown } | undefined;
  #playing: Promise<void> | undefined;

  constructor(options: { world: World; plan: TrafficPlan; options: Options; show: Show }) {
    const { world, plan } = options;
    this.#world = world;
    this.#plan = plan;
    this.#options = options.options;
    this.#show = options.show;
    this.#chronicle = new Chronicle(world.sample);
    this.#tiers = ladderOf(world.sample.spec).tiers;
    this.#queues = queuesAtWork(world.sample, world.redis, this.#options.seed, (error) => this.#fail(error));
    this.#traffic = new Traffic({
      plan,
      dayMs: world.sample.dayMs,
      leads: world.leads,
      streams: this.#queues,
      mayPass: (hold) => this.#chronicle.hasFollowed(hold),
      goOn: this.#options.keep,
      onBurst: (what) => this.#chronicle.burst(what, this.#day()),
    });
  }

  /** Plays to the end, or until the signal aborts. */
  async run(signal: AbortSignal): Promise<Summary> {
    this.#startedAt = Date.now();
    void this.#watchOperator();
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    this.#startTraffic(stop);
    await this.#until(() => this.#isOver(), stop);
    const day = this.#day();
    await this.#drain(stop);
    return this.#summary(day);
  }

  /** Goes on with the last day of the traffic until the signal aborts. */
  async goOn(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    this.#startTraffic(stop);
    await this.#until(() => false, stop);
  }

  /** Ends traffic and workers; no job is held afterwards. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#playing;
    await Promise.all(this.#queues.map(({ workers }) => workers.stop()));
  }

  #startTraffic(stop: AbortSignal): void {
    this.#playing = this.#traffic.run(stop).catch((error: unknown) => this.#fail(error));
  }

  async #watchOperator(): Promise<void> {
    const { process: operator } = this.#world.operator;
    const { code, signal } = await operator.exited;
    if (this.#stopping.signal.aborted) return;
    const end = `The operator ended by itself, with ${signal ?? `exit code ${code}`}`;
    this.#fail(new Error(`${end}. Its last words:\n${await operator.logTail(5)}`));
  }

  #day(): number {
    return this.#traffic.day(Date.now());
  }

  #isOver(): boolean {
    const { verdict, isSettled } = this.#chronicle;
    if (this.#options.trace === undefined && verdict.complete && isSettled) return true;
    return this.#traffic.isOver;
  }

  /** Looks until `over`. A look that fails is repeated for a while, since servers may be busy for a moment. */
  async #until(over: () => boolean, signal: AbortSignal): Promise<void> {
    let lastLookAt = Date.now();
    while (!signal.aborted) {
      const next = delay(LOOK_MS);
      try {
        this.#see(await lookAt(this.#lookout));
        lastLookAt = Date.now();
      } catch (error) {
        if (Date.now() - lastLookAt > PATIENCE_MS) this.#fail(error);
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (over()) return;
      await next;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #drain(stop: AbortSignal): Promise<void> {
    const deadline = Date.now() + DRAIN_MS;
    this.#traffic.end();
    await this.#playing;
    let left = Infinity;
    await this.#until(() => {
      void this.#left().then(
        (jobs) => (left = jobs),
        (error: unknown) => this.#fail(error),
      );
      return left === 0 || Date.now() > deadline;
    }, stop);
  }

  async #left(): Promise<number> {
    const all = await Promise.all(this.#queues.map(({ queue }) => queue.counts()));
    return all.reduce((sum, { ready, delayed, reserved }) => sum + ready + delayed + reserved, 0);
  }

  get #lookout() {
    const { resources, operator, sample, viewerToken } = this.#world;
    const where = { resources, namespace: NAMESPACE, name: sample.name };
    return { ...where, live: () => liveView(operator.liveUrl, viewerToken, where) };
  }

  #see(look: Look): void {
    for (const { component, workers } of this.#queues) workers.resize(readyFor(look, component));
    const day = this.#day();
    this.#chronicle.see(look, day);
    this.#show.frame({
      day,
      days: this.#plan.replay.days,
      dayMs: this.#world.sample.dayMs,
      elapsedMs: Date.now() - this.#startedAt,
      look,
      ladder: this.#tiers,
      requiredAhead: this.#chronicle.aheadOf(look),
      queues: this.#queues.map(({ queue: { name }, workers }) => ({
        name,
        depth: look.queueDepths.get(name),
        workers: workers.size,
        done: workers.done,
      })),
      trend: this.#chronicle.trend,
      notes: [...this.#chronicle.notes],
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stopping.abort();
  }

  async #summary(days: number): Promise<Summary> {
    return {
      tookMs: Date.now() - this.#startedAt,
      days,
      dayMs: this.#world.sample.dayMs,
      cluster: this.#world.cluster.description,
      verdict: this.#chronicle.verdict,
      wholeLadder: this.#options.trace === undefined,
      peakReplicas: Object.fromEntries(this.#chronicle.peakReplicas),
      peakLeadsPerDay: this.#chronicle.peakLeadsPerDay,
      leadsInserted: this.#world.leads.inserted,
      queues: await Promise.all(
        this.#queues.map(async ({ queue, workers }) => {
          const { ready, delayed, reserved } = await queue.counts();
          return {
            name: queue.name,
            pushed: this.#traffic.pushed(queue.name),
            done: workers.done,
            left: ready + delayed + reserved,
            longestWaitMs: workers.longestWaitMs,
          };
        }),
      ),
      bursts: this.#chronicle.bursts,
      requiredAhead: [...this.#chronicle.requiredAhead.values()],
    };
  }
}
