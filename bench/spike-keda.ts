/** The same spike for KEDA: a ScaledObject on a Redis list, everything at its defaults. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import { temporaryFolder } from '../testbed/folders.ts';
import { makeKedaCertificates, obtainKeda, startKeda } from '../testbed/keda.ts';
import { kubectl } from '../testbed/kubectl.ts';
import { waitUntilReady } from '../testbed/processes.ts';
import type { Log } from '../testbed/progress.ts';
import { DeploymentWatch } from './deployments.ts';
import { pushJobs } from './jobs.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { startWorld, type World } from './world.ts';

export interface KedaSpikes {
  readonly name: string;
  readonly method: readonly string[];
  readonly firstStep: Spread;
  readonly firstStepTo: number;
  readonly all: Spread;
}

/** Each takes more than a minute on the way up, and minutes on the way down: so each has an object of its own. */
const SPIKES = 3;
const JOBS = 5_000;
const MOST = 50;
const NAMESPACE = 'spike-keda';
const HPA_LOOP_MS = 15_000;
const GIVE_UP_MS = 300_000;

const workers = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'worker', image: 'registry.example/brain:1.4.0' }] },
    },
  },
});

const scaledObject = (name: string, address: string) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { name },
    minReplicaCount: 1,
    maxReplicaCount: MOST,
    triggers: [{ type: 'redis', metadata: { address, listName: name, listLength: '100' } }],
  },
});

interface Climb {
  /** Seconds from the push. */
  readonly firstStep: number;
  readonly firstStepTo: number;
  readonly all: number;
}

async function oneSpike(world: World, watch: DeploymentWatch, name: string, log: Log): Promise<Climb> {
  const key = `${NAMESPACE}/${name}`;
  await delay(HPA_LOOP_MS * Math.random());
  await pushJobs(world.redis, name, JOBS);
  const pushed = performance.now();
  const seconds = (at = performance.now()) => (at - pushed) / 1_000;
  const step = await watch.until(key, ({ replicas }) => replicas > 1, GIVE_UP_MS);
  const large = await watch.until(key, ({ replicas }) => replicas >= MOST, GIVE_UP_MS);
  const steps = watch
    .resizes(key, pushed)
    .map(({ at, replicas }) => `${seconds(at).toFixed(0)} s ${replicas}`);
  log(`KEDA: ${name}: ${steps.join(', ')}`);
  return { firstStep: seconds(step?.at), firstStepTo: step?.replicas ?? 1, all: seconds(large?.at) };
}

export async function kedaSpikes(log: Log): Promise<KedaSpikes> {
  const binaries = await obtainKeda(log);
  await using stack = new AsyncDisposableStack();
  const folder = await temporaryFolder('keda');
  stack.defer(() => folder.remove());
  const certificateFolder = join(folder.path, 'certificates');
  await mkdir(certificateFolder, { mode: 0o700 });
  const certificates = await makeKedaCertificates(certificateFolder, log);
  const world = await startWorld(stack, log, { apiServerArgs: certificates.apiServerArgs });
  const { controlPlane, redisServer } = world;
  const keda = await startKeda(controlPlane, binaries, certificates);
  stack.defer(keda.stop);
  log(`KEDA ${binaries.version} runs`);
  await kubectl(controlPlane, ['create', 'namespace', NAMESPACE]);
  const watch = new DeploymentWatch(world.kube.client());
  stack.defer(() => watch.stop());
  await watch.start();

  const names = Array.from({ length: SPIKES }, (_, index) => `workers-${index + 1}`);
  const address = `${redisServer.host}:${redisServer.port}`;
  const items = names.flatMap((name) => [workers(name), scaledObject(name, address)]);
  await kubectl(controlPlane, ['create', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
  for (const name of names) {
    // The HPA must have measured once and found one to be right.
    const active = '--for=jsonpath={.status.conditions[?(@.type=="ScalingActive")].status}=True';
    await waitUntilReady(`the HPA of ${name} is there`, [keda.operator, keda.adapter], async () => {
      await kubectl(controlPlane, ['get', `hpa/keda-hpa-${name}`, `--namespace=${NAMESPACE}`]);
      return true;
    });
    await kubectl(
      controlPlane,
      ['wait', `hpa/keda-hpa-${name}`, `--namespace=${NAMESPACE}`, active, '--timeout=120s'],
      { timeoutMs: 130_000 },
    );
  }
  const climbs = await Promise.all(names.map((name) => oneSpike(world, watch, name, log)));
  return {
    name: `KEDA ${binaries.version}`,
    method: [
      `KEDA ${binaries.version} (operator and metrics adapter as local processes) on a control plane started in the same way, in the same run: a ScaledObject with a Redis list trigger, \`listLength: 100\`, at least 1 and at most 50 replicas, everything else at its defaults. Its way down takes the five minutes of the HPA's window, so there are ${SPIKES} spikes in place of 20, each on an object of its own and at a random moment of the HPA's 15 s.`,
    ],
    firstStep: spreadOf(climbs.map(({ firstStep }) => firstStep)),
    firstStepTo: spreadOf(climbs.map(({ firstStepTo }) => firstStepTo)).median,
    all: spreadOf(climbs.map(({ all }) => all)),
  };
}
