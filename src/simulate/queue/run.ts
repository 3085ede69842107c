/** One queue under one policy, event by event. */
import { NO_FAULTS, type Faults } from './faults.ts';
import type { Policy } from './policy.ts';
import { Pods } from './pods.ts';
import type { Workload } from './workload.ts';

export interface RunOptions {
  /** Seconds that a job may wait before a Pod takes it. */
  readonly objectiveSeconds: number;
  /** Seconds from when a Pod is wanted until it is ready. */
  readonly podStartSeconds: number;
  /** Default: nothing goes wrong. */
  readonly faults?: Faults | undefined;
  /** Pods at the beginning, ready. Default: 1. */
  readonly initial?: number;
  /** Called at every look of the policy, once it has decided. */
  readonly watch?: (moment: RunMoment) => void;
}

export interface RunMoment {
  readonly now: number;
  readonly ready: number;
  readonly wanted: number;
  readonly readyPods: number;
}

export interface Outcome {
  /** Minutes in which a job came that waited for longer than the objective, as minutes since the trace began. */
  readonly violatedMinutes: readonly number[];
  /** Hours of all Pods, each from when it was wanted until it was gone. */
  readonly podHours: number;
  /** How often the number of Pods was changed. */
  readonly scaleEvents: number;
  readonly podStarts: number;
  /** Seconds from when a job came until a Pod took it. */
  readonly p50PickupSeconds: number;
  readonly p95PickupSeconds: number;
  readonly p99PickupSeconds: number;
  readonly maxPickupSeconds: number;
  /** Jobs that waited at once. */
  readonly maxQueueDepth: number;
  /** Jobs that were late and still waited when the trace ended. */
  readonly unservedJobs: number;
}

const MINUTE = 60;

/** Runs until the trace ends; a job that still waits then has waited until then. */
export function runQueue(workload: Workload, policy: Policy, options: RunOptions): Outcome {
  const { arrivals, services, seconds } = workload;
  const { objectiveSeconds, podStartSeconds, faults = NO_FAULTS, initial = 1, watch } = options;
  const pods = new Pods(
    (wantedAt) => faults.readyAt(wantedAt, podStartSeconds),
    faults.paceOf(meanOf(services)),
  );
  pods.scale(initial, -podStartSeconds);
  const waits = new Float64Array(arrivals.length);
  let [arrived, started, scaleEvents, maxQueueDepth] = [0, 0, 0, 0];
  let startedAt = 0;

  const startWhatCan = (now: number): void => {
    while (started < arrived && pods.take(now, services[started]!)) {
      waits[started] = now - arrivals[started]!;
      started += 1;
      startedAt = now;
    }
  };
  const passUntil = (until: number): void => {
    for (;;) {
      const now = Math.min(arrivals[arrived] ?? Infinity, pods.nextAt);
      if (now > until) return;
      pods.pass(now);
      while (arrived < arrivals.length && arrivals[arrived]! <= now) arrived += 1;
      startWhatCan(now);
      maxQueueDepth = Math.max(maxQueueDepth, arrived - started);
    }
  };

  for (let now = 0; now < seconds; now += policy.interval) {
    passUntil(now);
    const ready = arrived - started;
    const wanted = policy.next(
      faults.told({
        now,
        ready,
        inFlight: pods.busy,
        oldestAgeSeconds: ready > 0 ? now - arrivals[started]! : 0,
        firstForSeconds: ready > 0 ? now - Math.max(startedAt, arrivals[started]!) : 0,
        arrived,
        wanted: pods.wanted,
        readyPods: pods.ready,
        silent: [],
      }),
    );
    if (wanted !== pods.wanted) {
      scaleEvents += 1;
      pods.scale(wanted, now);
    }
    watch?.({ now, ready, wanted, readyPods: pods.ready });
  }
  passUntil(seconds);
  let unserved = 0;
  for (let job = started; job < arrived; job += 1) {
    waits[job] = seconds - arrivals[job]!;
    if (waits[job]! > objectiveSeconds) unserved += 1;
  }

  return {
    violatedMinutes: violatedMinutesIn(arrivals, waits, objectiveSeconds),
    podHours: (pods.secondsUntil(seconds) - initial * podStartSeconds) / 3_600,
    scaleEvents,
    podStarts: pods.started - initial,
    ...pickupsIn(waits),
    maxQueueDepth,
    unservedJobs: unserved,
  };
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function violatedMinutesIn(
  arrivals: Float64Array,
  waits: Float64Array,
  objectiveSeconds: number,
): readonly number[] {
  const minutes: number[] = [];
  for (const [job, wait] of waits.entries()) {
    if (wait <= objectiveSeconds) continue;
    const minute = Math.floor(arrivals[job]! / MINUTE);
    if (minute !== minutes.at(-1)) minutes.push(minute);
  }
  return minutes;
}

function pickupsIn(waits: Float64Array) {
  const sorted = waits.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return {
    p50PickupSeconds: at(0.5),
    p95PickupSeconds: at(0.95),
    p99PickupSeconds: at(0.99),
    maxPickupSeconds: sorted.at(-1) ?? 0,
  };
}
