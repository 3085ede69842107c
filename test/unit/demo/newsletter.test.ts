import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { WorkerComponent } from '../../../src/api/components.ts';
import type { Scaling } from '../../../src/api/schema/ladder.ts';
import type { PodStarts, QueueFlow } from '../../../src/model/queue-history.ts';
import { isWanted } from '../../../src/scaling/demand.ts';
import { observeFlow } from '../../../src/scaling/queue/flow.ts';
import { observeStarts } from '../../../src/scaling/queue/pod-starts.ts';
import { jobsOf, jobsPerSecond, workerDemandsOf } from '../../../src/scaling/workers.ts';
import { known } from '../../../src/model/reading.ts';
import { uniform } from '../../../src/simulate/random.ts';
import { climbAndDescent, type JobBurst } from '../../../testbed/demo/plan.ts';
import { fitSample, type Manifest, SAMPLE_FILE } from '../../../testbed/demo/sample.ts';

const SCALING = { scaleDown: { window: 300_000 } } as Scaling;
const LOOK_MS = 500;
const TICK_MS = 50;
/** The jobs of 40,000 leads a day of 5 s, two for ten thousand. */
const ARRIVALS_PER_SECOND = 1.6;
const BURST_AT_MS = 30_000;
/** The newsletter, and until it is worked through. */
const SPAN_MS = 120_000;

let mail: WorkerComponent;
let newsletter: JobBurst;
beforeAll(async () => {
  const { workers } = fitSample(parse(await readFile(SAMPLE_FILE, 'utf8')) as Manifest, {
    namespace: 'demo',
    postgres: { host: '127.0.0.1', port: 1 },
    redis: { host: '127.0.0.1', port: 1 },
    speed: 1,
  });
  [newsletter] = climbAndDescent(1).jobBursts as [JobBurst];
  mail = workers.find(({ queue }) => queue === newsletter.queue)!;
});

/** The numbers of workers that were asked for from the newsletter on, where those that are new work after `startMs`. */
function asked(startMs: number, seed: number): number[] {
  const random = uniform(seed);
  const serviceMs = 1_000 / jobsPerSecond(mail);
  const waiting: number[] = [];
  let busy: number[] = [];
  let starting: { at: number; size: number }[] = [];
  let ready = 2;
  let most = ready;
  let due = 0;
  let flow: QueueFlow | undefined;
  let pods: PodStarts | undefined;
  const steps: number[] = [];
  for (let now = 0; now < SPAN_MS; now += TICK_MS) {
    for (due += (ARRIVALS_PER_SECOND * TICK_MS) / 1_000; due >= 1; due -= 1) waiting.push(now);
    if (now === BURST_AT_MS) waiting.push(...Array.from({ length: newsletter.jobs }, () => now));
    for (const { at, size } of starting) if (at <= now) ready = Math.max(ready, size);
    starting = starting.filter(({ at }) => at > now);
    busy = busy.filter((until) => until > now);
    while (busy.length < ready && waiting.length > 0) {
      waiting.shift();
      busy.push(now + serviceMs * (0.75 + 0.5 * random()));
    }
    if (now % LOOK_MS !== 0) continue;
    const oldest = waiting[0];
    const reading = known(
      {
        ready: waiting.length,
        inFlight: busy.length,
        delayed: 0,
        ...(oldest !== undefined && { oldestAgeSeconds: (now - oldest) / 1_000 }),
      },
      now,
    );
    flow = observeFlow(flow, reading, jobsOf(mail, SCALING));
    pods = observeStarts(pods, { name: mail.name, desiredReplicas: most, readyReplicas: ready }, now);
    const seen = { detectionSeconds: LOOK_MS / 1_000 + 1, witness: undefined, leads: undefined };
    const need = workerDemandsOf({ component: mail, reading, flow, pods, now, ...seen })[0]!;
    if (!isWanted(need) || need.wanted <= most) continue;
    most = need.wanted;
    starting.push({ at: now + startMs, size: most });
    if (now >= BURST_AT_MS) steps.push(most);
  }
  return steps;
}

// Beyond a tenth of the objective, 3 s, what waits for workers that start becomes late, and that is worth a worker.
it.each([
  [500, 0],
  [1_000, 0],
  [2_000, 0],
  [3_000, 1],
])(
  'goes to the workers of a newsletter in one step, where a worker takes %i ms to start, give or take %i',
  (startMs, more) => {
    for (const seed of [1, 2, 3]) {
      const steps = asked(startMs, seed);
      expect(steps[0]).toBeGreaterThan(25);
      expect(steps.at(-1)! - steps[0]!, steps.join(', ')).toBeLessThanOrEqual(more);
    }
  },
);
