/** Plays the traffic on the world, looks at what becomes of it twice a second, and judges it at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { ladderOf } from '../../src/ladder/ladder.ts';
import { type Note, placeOf, type TrendPoint } from './frame.ts';
import { type Look, lookAt } from './look.ts';
import type { Options } from './options.ts';
import type { Hold, TrafficPlan } from './plan.ts';
import type { Summary } from './report.ts';
import type { Show } from './show.ts';
import { type QueueAtWork, queuesAtWork, readyFor } from './streams.ts';
import { Traffic } from './traffic.ts';
import { type Step, verdictOf, withSighting } from './verdict.ts';
import { NAMESPACE, type World } from './world.ts';

const LOOK_MS = 500;
/** For so long the API server or the operator may fail to answer before the demo gives up. */
const PATIENCE_MS = 15_000;
/** For so long the workers may take to empty the queues once no more leads arrive. */
const DRAIN_MS = 30_000;
/** Events that the table shows by itself. */
const SHOWN_OTHERWISE = new Set(['Scaled', 'TierChanged']);

export class Play {
  readonly #world: World;
  readonly #plan: TrafficPlan;
  readonly #options: Options;
  readonly #show: Show;
  readonly #traffic: Traffic;
  readonly #queues: readonly QueueAtWork[];
  readonly #rungs: readonly { name: string; from: number }[];
  readonly #stopping = new AbortController();
  readonly #notes: Note[] = [];
  readonly #bursts: string[] = [];
  readonly #requiredAhead = new Set<string>();
  readonly #peaks = new Map<string, number>();
  readonly #trend: TrendPoint[] = [];
  readonly #seenEvents = new Set<string>();
  #steps: readonly Step[] = [];
  #peakLeadsPerDay = 0;
  /** Every Deployment has what it asks for, and none is on its way out. */
  #isSettled = false;
  #startedAt = 0;
  #failure: { readonly error: unknown } | undefined;
  #playing: Promise<void> | undefined;

  constructor(options: { world: World; plan: TrafficPlan; options: Options; show: Show }) {
    const { world, plan } = options;
    this.#world = world;
    this.#plan = plan;
    this.#options = options.options;
    this.#show = options.show;
    this.#rungs = ladderOf(world.sample.spec).rungs;
    this.#queues = queuesAtWork(world.sample, world.redis, this.#options.seed, (error) => this.#fail(error));
    this.#traffic = new Traffic({
      plan,
      dayMs: world.sample.dayMs,
      leads: world.leads,
      streams: this.#queues,
      mayPass: (hold) => this.#hasFollowed(hold),
      goOn: this.#options.keep,
      onBurst: (what) => {
        this.#bursts.push(what);
        this.#note(what);
      },
    });
  }

  /** Plays to the end, or until the signal aborts. */
  async run(signal: AbortSignal): Promise<Summary> {
    this.#startedAt = Date.now();
    void this.#world.operator.process.exited.then(({ code, signal: by }) => {
      if (!this.#stopping.signal.aborted) {
        this.#fail(new Error(`the operator ended by itself, with ${by ?? `exit code ${code}`}`));
      }
    });
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    this.#playing = this.#traffic.run(stop).catch((error: unknown) => this.#fail(error));
    await this.#until(() => this.#isOver(), stop);
    const day = this.#day();
    if (!this.#options.keep) await this.#drain(signal);
    return this.#summary(day);
  }

  /** Goes on with the last day of the traffic until the signal aborts. */
  async goOn(signal: AbortSignal): Promise<void> {
    await this.#until(() => false, AbortSignal.any([signal, this.#stopping.signal]));
  }

  /** Ends traffic and workers; no job is held afterwards. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#playing;
    await Promise.all(this.#queues.map(({ workers }) => workers.stop()));
  }

  #day(): number {
    return this.#traffic.day(Date.now());
  }

  /** The traffic waits for this before it changes. */
  #hasFollowed({ rung, direction }: Hold): boolean {
    const { ladder } = this.#world.sample;
    if (direction === 'up')
      return this.#steps.some(({ tier }) => ladder.indexOf(tier) >= ladder.indexOf(rung));
    return this.#steps.at(-1)?.tier === rung && this.#isSettled;
  }

  #isOver(): boolean {
    if (this.#options.trace === undefined && this.#verdict().complete && this.#isSettled) return true;
    return this.#traffic.isOver;
  }

  #verdict() {
    return verdictOf(this.#steps, this.#world.sample.ladder);
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

  async #drain(signal: AbortSignal): Promise<void> {
    // The verdict may be there before the last lead is.
    const deadline = Date.now() + DRAIN_MS;
    this.#traffic.end();
    await this.#playing;
    let left = Infinity;
    await this.#until(
      () => {
        void this.#left().then(
          (jobs) => (left = jobs),
          (error: unknown) => this.#fail(error),
        );
        return left === 0 || Date.now() > deadline;
      },
      AbortSignal.any([signal, this.#stopping.signal]),
    );
  }

  async #left(): Promise<number> {
    const all = await Promise.all(this.#queues.map(({ queue }) => queue.counts()));
    return all.reduce((sum, { ready, delayed, reserved }) => sum + ready + delayed + reserved, 0);
  }

  get #lookout() {
    const { resources, operator, sample } = this.#world;
    return { resources, operatorUrl: operator.url, namespace: NAMESPACE, name: sample.name };
  }

  #see(look: Look): void {
    for (const { component, workers } of this.#queues) workers.resize(readyFor(look, component));
    const day = this.#day();
    if (look.tier !== undefined) {
      this.#steps = withSighting(this.#steps, { day, tier: look.tier, rule: look.rule ?? '' });
      this.#noteRequiredAhead(look, day);
    }
    this.#isSettled = look.components.every(({ wanted, ready }) => wanted > 0 && wanted === ready);
    for (const { name, wanted } of look.components) {
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, wanted));
    }
    const { leadsPerDay } = look;
    if (leadsPerDay !== undefined) {
      this.#peakLeadsPerDay = Math.max(this.#peakLeadsPerDay, leadsPerDay);
      const rung = Math.max(0, this.#world.sample.ladder.indexOf(look.tier ?? ''));
      this.#trend.push({ day, load: placeOf(this.#rungs, leadsPerDay), rung });
    }
    this.#noteEvents(look);
    this.#show.frame({
      day,
      days: this.#plan.replay.days,
      dayMs: this.#world.sample.dayMs,
      elapsedMs: Date.now() - this.#startedAt,
      look,
      ladder: this.#rungs,
      queues: this.#queues.map(({ queue: { name }, workers }) => ({
        name,
        depth: look.queueDepths.get(name),
        workers: workers.size,
        done: workers.done,
      })),
      trend: this.#trend,
      notes: [...this.#notes],
    });
  }

  #noteRequiredAhead({ tier, required, leadsPerDay }: Look, day: number): void {
    const { byName, adding } = ladderOf(this.#world.sample.spec);
    const standing = byName.get(tier ?? '')?.index ?? 0;
    for (const name of required) {
      const ahead = adding.get(name as Parameters<typeof adding.get>[0]);
      if (ahead === undefined || ahead.index <= standing || leadsPerDay === undefined) continue;
      const already = [...this.#requiredAhead].some((text) => text.startsWith(`${name} `));
      if (!already)
        this.#requiredAhead.add(
          `${name} on day ${day.toFixed(1)}, on ${tier ?? ''}, ahead of its rung ${ahead.name}`,
        );
    }
  }

  #noteEvents({ events }: Look): void {
    for (const { reason, message } of events) {
      const key = `${reason}/${message}`;
      if (this.#seenEvents.has(key)) continue;
      this.#seenEvents.add(key);
      if (!SHOWN_OTHERWISE.has(reason)) this.#note(`${reason}: ${message}`);
    }
  }

  #note(text: string): void {
    this.#notes.push({ day: this.#day(), text });
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
      verdict: this.#verdict(),
      wholeLadder: this.#options.trace === undefined,
      peakReplicas: Object.fromEntries(this.#peaks),
      peakLeadsPerDay: this.#peakLeadsPerDay,
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
      bursts: this.#bursts,
      requiredAhead: [...this.#requiredAhead],
    };
  }
}
