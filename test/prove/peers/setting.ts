/** What is compared: hours of leads, with every time in them and in the settings of all policies divided by the same number. */
import { traceOf } from '../../../src/simulate/trace.ts';
import { leadDays } from '../../../src/simulate/traffic.ts';
import { workloadOf, type Workload } from '../../../src/simulate/queue/workload.ts';

/** Times are a fifth of what they are in life: four hours take 48 minutes. */
export const FACTOR = 5;
export const scaled = (seconds: number): number => seconds / FACTOR;

const SERVICE_SECONDS = 20;
const HOUR_MS = 3_600_000;
/** An ordinary Monday; 1970 has no meaning, only the hours of the day have. */
const MONDAY = Date.UTC(2026, 0, 5);
/** From half past eight: the morning rises until eleven, and falls towards noon. */
const BEGIN_HOUR = 8.5;
const LEADS_PER_DAY = 40_000;

export const SETTING = {
  objectiveSeconds: scaled(60),
  podStartSeconds: scaled(20),
  serviceSeconds: scaled(SERVICE_SECONDS),
  /** Of the operator's `scaleDown.window`, and of the autoscaler's. */
  stabilisationSeconds: scaled(300),
  syncSeconds: scaled(15),
  pollingSeconds: scaled(30),
  cooldownSeconds: scaled(300),
  rateSeconds: scaled(120),
  backlogSeconds: scaled(30),
  utilisation: 0.9,
  jobsPerPod: 5,
  max: 1_000,
} as const;

/** Jobs of so many hours of the morning, at the pace at which they are played. */
export function morning(seed: number, hours: number): Workload {
  const from = MONDAY + BEGIN_HOUR * HOUR_MS;
  const trace = [
    ...leadDays({ seed, from: MONDAY, days: 1, leadsPerDay: () => LEADS_PER_DAY, bucket: 60_000 }),
  ];
  const life = workloadOf(traceOf(trace), {
    seed,
    serviceSeconds: SERVICE_SECONDS,
    from,
    until: from + hours * HOUR_MS,
  });
  return {
    ...life,
    seconds: scaled(life.seconds),
    arrivals: life.arrivals.map(scaled),
    services: life.services.map(scaled),
  };
}
