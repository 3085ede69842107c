/** The queues of the demo: what fills them, what empties them. */
import type { Redis } from 'ioredis';
import { uniform } from '../../src/simulate/random.ts';
import type { Look } from './look.ts';
import { LaravelQueue } from './jobs.ts';
import type { Sample } from './sample.ts';
import type { JobStream } from './traffic.ts';
import { SimulatedWorkers } from './workers.ts';

/** What a thousand leads bring, and as what job. Few: Redis is not what is tried here. */
const JOBS: Readonly<Record<string, { readonly perThousandLeads: number; readonly jobClass: string }>> = {
  'vici-updates': { perThousandLeads: 0.75, jobClass: 'App\\Jobs\\PushLeadToVici' },
  default: { perThousandLeads: 1.5, jobClass: 'App\\Jobs\\ProcessLead' },
  mail: { perThousandLeads: 0.2, jobClass: 'App\\Jobs\\SendMail' },
};

export interface QueueAtWork extends JobStream {
  /** The component whose replicas work it, once workers are separate. */
  readonly component: string;
  readonly workers: SimulatedWorkers;
}

export function queuesAtWork(
  { workers, redisPrefix }: Sample,
  redis: Redis,
  seed: number,
  onError: (error: unknown) => void,
): QueueAtWork[] {
  return workers.map(({ name: component, queue: name, settings }, index) => {
    const { perThousandLeads = 0, jobClass = 'App\\Jobs\\Job' } = JOBS[name] ?? {};
    const queue = new LaravelQueue({ redis, prefix: redisPrefix, name, jobClass });
    return {
      component,
      queue,
      jobsPerThousandLeads: perThousandLeads,
      workers: new SimulatedWorkers({
        queue,
        serviceMs: 60_000 / settings.capacity.jobsPerMinute,
        random: uniform(seed + index),
        onError,
      }),
    };
  });
}

/** Ready replicas that work a queue. A pod with everything in it has a worker of each queue, too. */
export function readyFor({ components }: Look, component: string): number {
  return components.reduce(
    (sum, { name, ready }) => (name === component || name === 'all-in-one' ? sum + ready : sum),
    0,
  );
}
