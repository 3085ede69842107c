/** 5,000 jobs at once on a queue whose right size goes from 1 to 50: how long until the Deployment asks for all 50. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { kubectl } from '../testbed/kubectl.ts';
import type { Log } from '../testbed/progress.ts';
import { DeploymentWatch } from './deployments.ts';
import { pushJobs, queueKey } from './jobs.ts';
import { machine } from './machine.ts';
import { buildOperator, startOperator } from './operator.ts';
import type { Options } from './options.ts';
import type { Figure, Section } from './results.ts';
import { kedaSpikes, type KedaSpikes } from './spike-keda.ts';
import { spreadOf } from './statistics.ts';
import { startWorld, type World } from './world.ts';

export const JOBS = 5_000;
export const MOST = 50;
const NAMESPACE = 'spike';
const DEPLOYMENT = `${NAMESPACE}/brain-queue-default`;
const PREFIX = 'laravel-database-';
/** A spike that took this long is not waited for any more. */
const GIVE_UP_MS = 60_000;

const manifest = ({ redisServer }: World) => ({
  apiVersion: 'leadplatform.io/v1alpha1',
  kind: 'LeadPlatform',
  metadata: { name: 'brain', namespace: NAMESPACE },
  spec: {
    image: 'registry.example/brain:1.4.0',
    // The tier that allows a queue 50 workers.
    minTier: 'balanced',
    maxTier: 'balanced',
    components: {
      // The tier asks for five workers over all queues; with four here the queue may be as small as one.
      sync: { replicas: { min: 4 } },
      queues: [{ name: 'default', pickupTime: '60s', capacity: { jobsPerMinute: 100 } }],
    },
    budgets: { viciApiCallsPerHour: 1_000_000 },
    stores: { redis: { host: redisServer.host, port: redisServer.port } },
    // So that each spike starts at one; the way up knows no window.
    scaling: { scaleDown: { window: '5s' } },
  },
});

export async function benchSpike({ spikes, peer }: Options, log: Log): Promise<Section> {
  const before = machine();
  await using stack = new AsyncDisposableStack();
  const world = await startWorld(stack, log);
  await buildOperator(world);
  const watch = new DeploymentWatch(world.kube.client());
  stack.defer(() => watch.stop());
  await watch.start();
  await kubectl(world.controlPlane, ['create', 'namespace', NAMESPACE]);
  const operator = await startOperator(world);
  stack.defer(operator.stop);
  await kubectl(world.controlPlane, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify(manifest(world)),
  });
  const seconds: number[] = [];
  let inOneStep = 0;
  for (let spike = 1; spike <= spikes; spike++) {
    const took = await oneSpike(world, watch);
    seconds.push(took.seconds);
    if (took.steps === 1) inOneStep += 1;
    log(`spike ${spike} of ${spikes}: ${took.seconds.toFixed(2)} s, ${took.steps} step(s)`);
  }
  await operator.stop();
  await rm(operator.logFile, { force: true });
  const keda = peer === 'keda' ? await kedaSpikes(log) : undefined;
  return section(seconds, inOneStep, keda, { ...before, kubernetes: world.kubernetes });
}

/** From one to fifty, once; and before it, back to one. */
async function oneSpike(world: World, watch: DeploymentWatch) {
  const key = queueKey(PREFIX, 'default');
  await world.redis.del(key);
  const small = await watch.until(DEPLOYMENT, ({ replicas }) => replicas === 1, 120_000);
  if (small === undefined) {
    throw new Error(
      `${DEPLOYMENT} did not come down to one replica; it asks for ${watch.replicas(DEPLOYMENT)}`,
    );
  }
  // At any moment between two polls, and with all sources of the operator at rest.
  await delay(1_000 + 2_000 * Math.random());
  await pushJobs(world.redis, key, JOBS);
  const pushed = performance.now();
  const large = await watch.until(DEPLOYMENT, ({ replicas }) => replicas >= MOST, GIVE_UP_MS);
  return {
    // One that was given up counts as what was waited for it.
    seconds: ((large?.at ?? performance.now()) - pushed) / 1_000,
    steps: watch.resizes(DEPLOYMENT, pushed).length,
  };
}

function section(
  seconds: readonly number[],
  inOneStep: number,
  keda: KedaSpikes | undefined,
  at: Section['machine'],
): Section {
  const { min, median, max } = spreadOf(seconds);
  const figures: Figure[] = [
    { name: 'all 50, fastest', value: min, unit: 's', ...(keda && { peers: [keda.all.min] }) },
    { name: 'all 50, median', value: median, unit: 's', ...(keda && { peers: [keda.all.median] }) },
    {
      name: `all 50, slowest of ${seconds.length}`,
      value: max,
      unit: 's',
      target: { atMost: 2 },
      ...(keda && { peers: [keda.all.max] }),
    },
    {
      name: `spikes answered in one step, of ${seconds.length}`,
      value: inOneStep,
      unit: '',
      ...(keda && {
        peers: [`first step after ${keda.firstStep.median.toFixed(1)} s, to ${keda.firstStepTo}`],
      }),
    },
  ];
  return {
    bench: 'spike',
    title: '5,000 jobs at once',
    method: [
      "A queue with a pick-up objective of 60 s and workers of 100 jobs a minute stands at one worker. 5,000 jobs are pushed into Redis, and so 50 workers are the right size. The time runs from Redis' answer to the last push until a watch of the API server shows `spec.replicas` of at least 50. The operator is a process of its own, polls at its default of 1 s, and each spike begins at a random moment between two polls. In between, the queue is emptied and a scale-down window of 5 s brings it back to one.",
      ...(keda?.method ?? []),
    ],
    figures,
    ...(keda && { peers: [keda.name] }),
    remarks: [],
    machine: at,
  };
}
