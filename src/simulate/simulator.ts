/**
 * A made-up platform in virtual time. Leads come in, each makes a job in every queue, workers take jobs as fast as their
 * ready replicas allow, the web side slows down as it fills up, the database grows. A fluid model: numbers of jobs, not
 * jobs. It is kind where a real platform is not (no failures, no slow neighbours), and says how a policy moves, not how
 * fast PHP is.
 */
import { eachScalar } from '../api/signals.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Decision, ObservedComponent } from '../model/decision.ts';
import { componentSetsOf } from '../scaling/component-sets.ts';
import { BYTES_PER_LEAD } from '../signals/projection.ts';
import { known, unknown, type Instant } from '../model/reading.ts';
import type { QueueReading, Readings } from '../model/readings.ts';

export interface SimulatorFacts {
  /** Jobs that one lead makes in each queue. Default: 1. */
  readonly jobsPerLead: number;
  /** Bytes in the database at the beginning. Default: 1 GB. */
  readonly databaseSize: number;
  /** Answer of an idle web side. Default: 80 ms. */
  readonly idleResponseMs: number;
  /** Connections that the database allows. Default: 500. */
  readonly connectionsAllowed: number;
}

const DEFAULTS: SimulatorFacts = {
  jobsPerLead: 1,
  databaseSize: 1e9,
  idleResponseMs: 80,
  connectionsAllowed: 500,
};
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** An M/M/1 server takes 1 / (1 − ρ) of its idle time; beyond this it is simply full. */
const FULLEST = 0.95;

/** Amounts of a trailing span, summed. */
class Trailing {
  readonly #span: number;
  readonly #amounts: { at: Instant; amount: number }[] = [];
  #first = 0;
  #sum = 0;

  constructor(span: number) {
    this.#span = span;
  }

  add(at: Instant, amount: number): void {
    if (amount > 0) this.#amounts.push({ at, amount });
    this.#sum += amount;
    for (let next = this.#amounts[this.#first]; next !== undefined && next.at <= at - this.#span;) {
      this.#sum -= next.amount;
      this.#first += 1;
      next = this.#amounts[this.#first];
    }
    if (this.#first > 100_000) {
      this.#amounts.splice(0, this.#first);
      this.#first = 0;
    }
  }

  get sum(): number {
    return Math.max(0, this.#sum);
  }
}

/** Who came when, to know how long the first in line has waited: first in, first out. */
class Line {
  readonly #came: { readonly at: Instant; readonly total: number }[] = [];
  #first = 0;
  #total = 0;

  add(at: Instant, jobs: number): void {
    if (jobs <= 0) return;
    this.#total += jobs;
    this.#came.push({ at, total: this.#total });
  }

  /** When the first of so many that wait came; undefined where none of them has come. */
  firstOf(waiting: number): Instant | undefined {
    const gone = this.#total - waiting;
    while ((this.#came[this.#first]?.total ?? Infinity) <= gone) this.#first += 1;
    if (this.#first > 10_000) {
      this.#came.splice(0, this.#first);
      this.#first = 0;
    }
    return this.#came[this.#first]?.at;
  }
}

export class Simulator {
  readonly #spec: LeadPlatformSpec;
  readonly #facts: SimulatorFacts;
  readonly #day: Trailing;
  readonly #calls = new Trailing(HOUR_MS);
  readonly #ready = new Map<string, number>();
  readonly #busy = new Map<string, number>();
  readonly #lines = new Map<string, Line>();
  #components: readonly ObservedComponent[] = [];
  #total = 0;
  #perMinute = 0;
  #responseMs: number;

  constructor(spec: LeadPlatformSpec, facts: Partial<SimulatorFacts> = {}) {
    this.#spec = spec;
    this.#facts = { ...DEFAULTS, ...facts };
    this.#day = new Trailing(spec.signals.leadsPerDay.postgres?.window ?? DAY_MS);
    this.#responseMs = this.#facts.idleResponseMs;
  }

  /** Components as they run: what was asked for one step ago is ready now. */
  get components(): readonly ObservedComponent[] {
    return this.#components;
  }

  /** Leads of the trailing day. */
  get leadsPerDay(): number {
    return this.#day.sum;
  }

  /** Jobs in all queues, those that workers hold among them. */
  get backlog(): number {
    let jobs = 0;
    for (const ready of this.#ready.values()) jobs += ready;
    for (const busy of this.#busy.values()) jobs += busy;
    return jobs;
  }

  #replicasOf(name: string): number {
    const find = (wanted: string): number | undefined =>
      this.#components.find((component) => component.name === wanted)?.readyReplicas;
    return find(name) ?? find('all-in-one') ?? 0;
  }

  /** Lets `ms` go by, in which `leads` come in. */
  pass(now: Instant, ms: number, leads: number): void {
    this.#day.add(now, leads);
    this.#total += leads;
    this.#perMinute = (leads / ms) * 60_000;
    const capacity = this.#replicasOf('ingest') * this.#spec.components.ingest.capacity.leadsPerMinute;
    const load = capacity > 0 ? Math.min(FULLEST, this.#perMinute / capacity) : FULLEST;
    this.#responseMs = this.#facts.idleResponseMs / (1 - load);
    for (const component of componentSetsOf(this.#spec).workers) {
      const workers = this.#replicasOf(component.name);
      const came = leads * this.#facts.jobsPerLead;
      this.#lineOf(component.queue).add(now, came);
      const waiting = (this.#ready.get(component.queue) ?? 0) + (this.#busy.get(component.queue) ?? 0) + came;
      const done = Math.min(waiting, (workers * component.settings.capacity.jobsPerMinute * ms) / 60_000);
      const busyShare =
        workers > 0
          ? Math.min(1, (waiting / ms) * (60_000 / (workers * component.settings.capacity.jobsPerMinute)))
          : 0;
      const left = waiting - done;
      const busy = Math.min(left, workers * busyShare);
      this.#busy.set(component.queue, busy);
      this.#ready.set(component.queue, left - busy);
      if (component.role === 'sync') this.#calls.add(now, done * (component.apiCallsPerJob ?? 1));
    }
  }

  /** What would be measured at this moment. */
  readings(now: Instant): Readings {
    const notThere = unknown('NotConfigured', 'the made-up world does not have it');
    const queues: Record<string, Readings['queues'][string]> = {};
    for (const component of componentSetsOf(this.#spec).workers)
      queues[component.queue] = known(this.#queue(component.queue, now), now);
    let ours = 0;
    const { connectionsByComponent } = componentSetsOf(this.#spec);
    for (const { name, readyReplicas } of this.#components)
      ours += readyReplicas * (connectionsByComponent.get(name) ?? 0);
    return {
      ...eachScalar(() => notThere),
      leadsPerDay: known(Math.round(this.#day.sum), now),
      leadsPerMinute: known(this.#perMinute, now),
      leadsTotal: known(Math.round(this.#total), now),
      apiCallsPerHour: known(this.#calls.sum, now),
      databaseSize: known(this.#facts.databaseSize + this.#total * BYTES_PER_LEAD, now),
      databaseConnections: known({ used: ours, allowed: this.#facts.connectionsAllowed }, now),
      responseTime: known(this.#responseMs, now),
      queues,
    };
  }

  #lineOf(queue: string): Line {
    let line = this.#lines.get(queue);
    if (line === undefined) this.#lines.set(queue, (line = new Line()));
    return line;
  }

  #queue(queue: string, now: Instant): QueueReading {
    const ready = Math.round(this.#ready.get(queue) ?? 0);
    const cameAt = this.#lineOf(queue).firstOf(this.#ready.get(queue) ?? 0);
    return {
      ready,
      inFlight: Math.round(this.#busy.get(queue) ?? 0),
      delayed: 0,
      ...(ready > 0 && cameAt !== undefined && { oldestAgeSeconds: (now - cameAt) / 1_000 }),
    };
  }

  /** Puts a decision into effect. */
  apply({ components }: Decision): void {
    this.#components = components.map(({ name, replicas }) => ({
      name,
      desiredReplicas: replicas,
      readyReplicas: replicas,
    }));
  }
}
