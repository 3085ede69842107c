/**
 * The metrics, in Prometheus' own manner: base units in the names, counters that only rise. What is known of each
 * platform is read at the moment of a scrape, so that a platform that is gone leaves nothing behind.
 */
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import type { Decision, SignalView } from '../../src/model/decision.ts';
import { KubeError } from '../runtime/errors.ts';
import type { RequestSample } from '../runtime/client.ts';
import type { WorkQueueMetrics } from '../runtime/work-queue.ts';
import type { Operator } from '../leadplatform/operator.ts';
import type { PassMetrics } from '../leadplatform/pass-metrics.ts';
import { expositionOf, type ReadMetric } from './read-metric.ts';

const PLATFORM = ['namespace', 'name'] as const;
const BANDS = ['green', 'yellow', 'red'] as const;

/** What a scrape looks at. */
type Observed = Pick<
  Operator,
  'isLeading' | 'platforms' | 'platform' | 'readyReplicas' | 'queueDepth' | 'watchEvents' | 'sourceStats'
>;

/** Prometheus counts time in seconds and shares as ratios. */
function inBaseUnit({ value = Number.NaN, unit }: SignalView): number {
  if (unit === 'ms') return value / 1_000;
  return unit === '%' ? value / 100 : value;
}

export class OperatorMetrics implements PassMetrics {
  readonly #registry = new Registry();
  readonly queue: WorkQueueMetrics;
  readonly #read: ReadMetric<string>[] = [];
  readonly #decisions: Counter<'rule'>;
  readonly #errors: Counter<'reason'>;
  readonly #requests: Histogram<'method' | 'code'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#decisions = new Counter({
      name: 'leadplatform_decisions_total',
      help: 'Decisions, by the rule that settled the tier.',
      labelNames: ['rule'],
      registers,
    });
    this.#errors = new Counter({
      name: 'leadplatform_reconcile_errors_total',
      help: 'Passes that failed, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#requests = new Histogram({
      name: 'leadplatform_kube_request_duration_seconds',
      help: 'Requests to the API server, watches left out; code 0 is no answer.',
      labelNames: ['method', 'code'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.queue = queueMetrics(registers);
  }

  decided({ tier }: Decision): void {
    this.#decisions.inc({ rule: tier.rule });
  }

  failed(error: unknown): void {
    this.#errors.inc({
      reason: error instanceof KubeError ? error.reason : error instanceof Error ? error.name : 'Error',
    });
  }

  requested({ method, status, durationSeconds }: RequestSample): void {
    this.#requests.observe({ method, code: String(status) }, durationSeconds);
  }

  /** Of {@link exposition}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The answer to a scrape, a metric at a time. */
  async *exposition(): AsyncGenerator<string | Buffer> {
    for (const { name } of this.#registry.getMetricsAsArray())
      yield `${await this.#registry.getSingleMetricAsString(name)}\n`;
    for (const metric of this.#read) yield* expositionOf(metric);
  }

  /** Adds what is read from the operator at each scrape. */
  observe(operator: Observed): void {
    const add =
      (type: ReadMetric<string>['type']) =>
      <L extends string>(
        name: string,
        help: string,
        labels: readonly L[],
        read: ReadMetric<L>['read'],
      ): void =>
        void this.#read.push({ name, help, type, labels, read });
    const gauge = add('gauge');
    /** What somebody else counts. */
    const counter = add('counter');
    const perPlatform = (
      read: (decision: Decision, labels: { namespace: string; name: string }) => void,
    ): void => {
      for (const [key, { decision }] of operator.platforms()) {
        const [namespace = '', name = ''] = key.split('/');
        if (decision !== undefined) read(decision, { namespace, name });
      }
    };

    gauge('leadplatform_leader', '1 where this process leads.', [], (set) =>
      set({}, operator.isLeading() ? 1 : 0),
    );
    gauge('leadplatform_workqueue_depth', 'Platforms that wait for a pass.', [], (set) =>
      set({}, operator.queueDepth()),
    );
    gauge(
      'leadplatform_watch_last_event_timestamp_seconds',
      'When the API server last said anything about a type.',
      ['resource'],
      (set) => {
        for (const [resource, at] of operator.watchEvents()) set({ resource }, at / 1_000);
      },
    );
    const perStatus = (
      read: (status: LeadPlatformStatus, labels: { namespace: string; name: string }) => void,
    ): void => {
      for (const [key] of operator.platforms()) {
        const { metadata, status } = operator.platform(key)?.object ?? {};
        const { namespace = '', name = '' } = metadata ?? {};
        if (status !== undefined) read(status, { namespace, name });
      }
    };
    // Of the status: what was decided is in force once its parts run, and in mode Recommend never.
    gauge('leadplatform_tier', '1 for the tier that a platform stands on.', [...PLATFORM, 'tier'], (set) =>
      perStatus(({ tier }, labels) => {
        if (tier !== undefined) set({ ...labels, tier }, 1);
      }),
    );
    gauge(
      'leadplatform_condition',
      '1 for what each condition of the status says now.',
      [...PLATFORM, 'type', 'status', 'reason'],
      (set) =>
        perStatus(({ conditions = [] }, labels) => {
          for (const { type, status, reason } of conditions) set({ ...labels, type, status, reason }, 1);
        }),
    );
    gauge(
      'leadplatform_transition_step_start_timestamp_seconds',
      'When the step began that a transition between tiers is in. Absent while there is no transition.',
      [...PLATFORM, 'from', 'to', 'step'],
      (set) =>
        perStatus(({ transition }, labels) => {
          if (transition === undefined) return;
          const { from, to, step, since } = transition;
          set({ ...labels, from, to, step }, Date.parse(since) / 1_000);
        }),
    );
    gauge(
      'leadplatform_required_capability_missing',
      '1 for each capability that the load requires and that is not in place.',
      [...PLATFORM, 'capability', 'state'],
      (set) =>
        perStatus(({ capabilities = [] }, labels) => {
          for (const { name, state, required } of capabilities) {
            if (required && state !== 'Ready' && state !== 'External')
              set({ ...labels, capability: name, state }, 1);
          }
        }),
    );
    gauge(
      'leadplatform_decided_tier',
      '1 for the tier that was decided: where the platform stands, or moves to.',
      [...PLATFORM, 'tier'],
      (set) => perPlatform(({ tier }, labels) => set({ ...labels, tier: tier.to }, 1)),
    );
    gauge(
      'leadplatform_target_tier',
      '1 for the tier that sustained load points to.',
      [...PLATFORM, 'tier'],
      (set) => perPlatform(({ tier }, labels) => set({ ...labels, tier: tier.target }, 1)),
    );
    gauge(
      'leadplatform_replicas_wanted',
      'Replicas that were decided, by component.',
      [...PLATFORM, 'component'],
      (set) =>
        perPlatform(({ components }, labels) => {
          for (const component of components)
            set({ ...labels, component: component.name }, component.replicas);
        }),
    );
    gauge(
      'leadplatform_replicas_ready',
      'Replicas that are ready, by component.',
      [...PLATFORM, 'component'],
      (set) => {
        for (const { namespace, name, component, ready } of operator.readyReplicas())
          set({ namespace, name, component }, ready);
      },
    );
    const signals = (name: string, help: string, value: (signal: SignalView) => number | undefined): void =>
      gauge(name, help, [...PLATFORM, 'signal'], (set) =>
        perPlatform((decision, labels) => {
          for (const signal of decision.signals) {
            const number = value(signal);
            if (number !== undefined) set({ ...labels, signal: signal.name }, number);
          }
        }),
      );
    signals(
      'leadplatform_signal_value',
      'A signal in base units: counts, seconds, bytes, ratios. Absent while unknown.',
      (signal) => (signal.value === undefined ? undefined : inBaseUnit(signal)),
    );
    signals(
      'leadplatform_signal_observed_timestamp_seconds',
      'When the value of a signal was observed.',
      ({ at }) => (at === undefined ? undefined : at / 1_000),
    );
    signals(
      'leadplatform_signal_band',
      'The health band of a signal: 0 green, 1 yellow, 2 red. Absent while unknown.',
      ({ band }) => (band === undefined ? undefined : BANDS.indexOf(band)),
    );
    gauge(
      'leadplatform_source_last_success_timestamp_seconds',
      'When a kind of source last answered.',
      ['source'],
      (set) => {
        for (const [source, { lastSuccessAt }] of Object.entries(operator.sourceStats().bySource)) {
          if (lastSuccessAt !== undefined) set({ source }, lastSuccessAt / 1_000);
        }
      },
    );
    counter('leadplatform_source_polls_total', 'Polls of a kind of source.', ['source'], (set) => {
      for (const [source, { polls }] of Object.entries(operator.sourceStats().bySource))
        set({ source }, polls);
    });
    counter(
      'leadplatform_source_failures_total',
      'Polls that failed, by reason.',
      ['source', 'reason'],
      (set) => {
        for (const [source, { failures }] of Object.entries(operator.sourceStats().bySource)) {
          for (const [reason, count] of Object.entries(failures)) set({ source, reason }, count);
        }
      },
    );
  }
}

function queueMetrics(registers: Registry[]): WorkQueueMetrics {
  const adds = new Counter({
    name: 'leadplatform_workqueue_adds_total',
    help: 'Platforms put into the queue.',
    registers,
  });
  const retries = new Counter({
    name: 'leadplatform_workqueue_retries_total',
    help: 'Platforms put back after a failure.',
    registers,
  });
  const waited = new Histogram({
    name: 'leadplatform_workqueue_wait_duration_seconds',
    help: 'How long a platform waited for its pass.',
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 15, 60],
    registers,
  });
  const duration = new Histogram({
    name: 'leadplatform_reconcile_duration_seconds',
    help: 'How long a pass took, by outcome.',
    labelNames: ['outcome'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  return {
    onAdd: () => adds.inc(),
    onRetry: () => retries.inc(),
    onStart: (seconds) => waited.observe(seconds),
    onDone: (seconds, outcome) => duration.observe({ outcome }, seconds),
  };
}
