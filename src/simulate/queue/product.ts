/** The operator's own `decide()`, over what its sources would have read, at their intervals. */
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { decide, emptyHistory } from '../../decide/decide.ts';
import type { History, ObservedPart } from '../../decide/types.ts';
import { castOf } from '../../scaling/roles.ts';
import { known, unknown, type Instant, type Reading } from '../../signals/reading.ts';
import type { QueueReading, Readings } from '../../signals/readings.ts';
import type { Policy, View } from './policy.ts';
import type { Workload } from './workload.ts';

const MINUTE = 60;
const DAY = 86_400;

const NOTHING_CONFIRMED: ReadonlySet<string> = new Set();
const ABSENT: Reading<never> = unknown('NotConfigured', 'the simulated platform does not have it');

export interface ProductSettings {
  readonly spec: LeadPlatformSpec;
  /** As the application writes it; the other queues of the spec are empty. */
  readonly queue: string;
  readonly workload: Pick<Workload, 'from' | 'jobsPerLead'>;
  /** Leads of each day before the trace, which the sources would still count. Default: none, and the past is not known. */
  readonly leadsBefore?: number;
}

export interface ProductPolicy extends Policy {
  /** The rung that it stands on; undefined before its first decision. */
  readonly tier: string | undefined;
  /** How often it went to another one. */
  readonly tierChanges: number;
}

/** A source of leads that came in a trailing span, which looks now and then. */
class Lately {
  readonly #span: number;
  readonly #interval: number;
  readonly #before: number;
  readonly #looks: { readonly at: number; readonly leads: number }[] = [];
  #reading: Reading = ABSENT;

  /** Seconds, and the leads of the span before second 0, evenly spread. */
  constructor(span: number, interval: number, before = 0) {
    this.#span = span;
    this.#interval = interval;
    this.#before = before;
  }

  read(second: number, leads: number, now: Instant): Reading {
    const looks = this.#looks;
    if (second - (looks.at(-1)?.at ?? -Infinity) < this.#interval) return this.#reading;
    looks.push({ at: second, leads });
    while ((looks[1]?.at ?? Infinity) <= second - this.#span) looks.shift();
    const before = this.#before * Math.max(0, 1 - second / this.#span);
    this.#reading = known(Math.round(leads - (looks[0]?.leads ?? leads) + before), now);
    return this.#reading;
  }
}

/** Seconds between two looks, by the spec. */
function intervalsOf({ signals }: LeadPlatformSpec) {
  const { queueDepth, leadsPerMinute, leadsPerDay } = signals;
  return {
    queue: Math.max(1, (queueDepth.redis?.interval ?? 1_000) / 1_000),
    minute: (leadsPerMinute.postgres?.interval ?? 15_000) / 1_000,
    day: (leadsPerDay.postgres?.interval ?? 300_000) / 1_000,
  };
}

/** What the sources tell of the past at the start: every day was like the last one. */
function historyBefore({ scaling }: LeadPlatformSpec, leads: number, now: Instant): History {
  if (leads === 0) return emptyHistory();
  const { promote, demote } = scaling;
  const start = now - Math.max(promote.sustainedFor, demote.lookback) - DAY * 1_000;
  return { ...emptyHistory(), load: [{ start, until: now, low: leads, high: leads }] };
}

/** @throws Error where the spec has no such queue */
export function productPolicy({ spec, queue, workload, leadsBefore = 0 }: ProductSettings): ProductPolicy {
  const { workers } = castOf(spec);
  const own = workers.find((part) => part.queue === queue);
  if (own === undefined) throw new Error(`the spec has no queue ${queue}`);
  const every = intervalsOf(spec);
  const lastMinute = new Lately(MINUTE, every.minute);
  const lastDay = new Lately(DAY, every.day, leadsBefore);
  const names = new Set([own.name, 'all-in-one']);
  let history = historyBefore(spec, leadsBefore, workload.from);
  let parts: readonly ObservedPart[] = [];
  let tierChanges = 0;

  const readingsOf = (view: View, now: Instant): Readings => {
    const leads = view.arrived / workload.jobsPerLead;
    const { ready, inFlight, oldestAgeSeconds } = view;
    const empty: QueueReading = { ready: 0, inFlight: 0, delayed: 0 };
    const ours = { ready, inFlight, delayed: 0, ...(ready > 0 && { oldestAgeSeconds }) };
    return {
      leadsPerDay: lastDay.read(view.now, leads, now),
      leadsPerMinute: lastMinute.read(view.now, leads, now),
      leadsTotal: ABSENT,
      activeLeads: ABSENT,
      apiCallsPerHour: ABSENT,
      databaseSize: ABSENT,
      databaseConnections: ABSENT,
      responseTime: ABSENT,
      cpu: ABSENT,
      memory: ABSENT,
      agents: ABSENT,
      queues: Object.fromEntries(
        workers.map((part) => [part.queue, known(part === own ? ours : empty, now)]),
      ),
    };
  };

  return {
    name: 'leadplatform',
    settings: {},
    interval: every.queue,
    get tier() {
      return history.tier;
    },
    get tierChanges() {
      return tierChanges;
    },
    next: (view) => {
      const now = workload.from + view.now * 1_000;
      const seen = parts.map((part) =>
        names.has(part.name)
          ? { ...part, desiredReplicas: view.wanted, readyReplicas: view.readyPods }
          : part,
      );
      const input = { spec, parts: seen, readings: readingsOf(view, now), confirmed: NOTHING_CONFIRMED };
      const decision = decide(input, history, now);
      if (history.tier !== undefined && history.tier !== decision.tier.to) tierChanges += 1;
      history = decision.history;
      parts = decision.parts.map(({ name, replicas }) => ({
        name,
        desiredReplicas: replicas,
        readyReplicas: replicas,
      }));
      return parts.find(({ name }) => names.has(name))?.desiredReplicas ?? view.wanted;
    },
  };
}
