/** Days or months in virtual time: the same decisions as in a cluster, against a made-up world. */
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import { decide, emptyHistory } from '../decide/decide.ts';
import type { Decision, History } from '../model/decision.ts';
import type { Instant } from '../model/reading.ts';
import type { Bucket } from './trace.ts';
import { Simulator, type SimulatorFacts } from './simulator.ts';

export interface SimulateOptions {
  readonly spec: LeadPlatformSpec;
  /** In the order of time. A bucket reaches to the next one, but no further than the first one did. */
  readonly traffic: Iterable<Bucket>;
  /** Milliseconds between two decisions. Default: a minute, or a quarter of the scale-down window where that is less. */
  readonly step?: number;
  /** Capabilities that were confirmed. */
  readonly confirmed?: ReadonlySet<string>;
  readonly simulator?: Partial<SimulatorFacts>;
  readonly history?: History;
}

/** One step of a simulation. */
export interface Moment {
  readonly at: Instant;
  readonly leadsPerDay: number;
  readonly backlog: number;
  readonly decision: Decision;
}

/** Yields every moment; the caller keeps what it wants to see. */
export function* simulate(options: SimulateOptions): Generator<Moment> {
  const { traffic, confirmed = new Set<string>() } = options;
  const step = options.step ?? Math.max(1, Math.min(60_000, options.spec.scaling.scaleDown.window / 4));
  const spec = lookingEach(step, options.spec);
  const simulator = new Simulator(spec, options.simulator);
  let history = options.history ?? emptyHistory();
  let length: number | undefined;

  function* during({ at, leads }: Bucket, until: Instant): Generator<Moment> {
    const whole = until - at;
    const spread = Math.min(whole, length ?? whole);
    for (let offset = 0; offset < whole; offset += step) {
      const ms = Math.min(step, whole - offset);
      const within = Math.max(0, Math.min(ms, spread - offset));
      const now = at + offset + ms;
      simulator.pass(now, ms, spread > 0 ? (leads * within) / spread : 0);
      const decision = decide(
        { spec, readings: simulator.readings(now), components: simulator.components, confirmed },
        history,
        now,
      );
      history = decision.history;
      simulator.apply(decision);
      yield { at: now, leadsPerDay: simulator.leadsPerDay, backlog: simulator.backlog, decision };
    }
  }

  let bucket: Bucket | undefined;
  for (const next of traffic) {
    if (bucket !== undefined) {
      length ??= next.at - bucket.at;
      yield* during(bucket, next.at);
    }
    bucket = next;
  }
  if (bucket !== undefined) yield* during(bucket, bucket.at + (length ?? step));
}

/** Workers are sized for how soon a change is seen, and here none is before the next step. */
function lookingEach(step: number, spec: LeadPlatformSpec): LeadPlatformSpec {
  const { redis = { prefix: '', clusterNames: false, interval: 0 }, ...others } = spec.signals.queueDepth;
  const queueDepth = { ...others, redis: { ...redis, interval: Math.max(step, redis.interval) } };
  return { ...spec, signals: { ...spec.signals, queueDepth } };
}
