/** The same spike for KEDA: a ScaledObject on a Redis list, everything at its defaults. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import { temporaryFolder } from '../testbed/folders.ts';
import { makeKedaCertificates, obtainKeda, startKeda } from '../testbed/keda.ts';
import { kubectl } from '../testbed/kubectl.ts';
import type { Log } from '../testbed/progress.ts';
import { DeploymentWatch } from './deployments.ts';
import { pushJobs } from './jobs.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { withUndos } from './undos.ts';
import { startWorld } from './world.ts';

export interface KedaSpikes {
  readonly name: string;
  readonly method: readonly string[];
  readonly firstStep: Spread;
  readonly firstStepTo: number;
  readonly all: Spread;
}

/** Each takes more than a minute on the way up, and minutes on the way down. */
const SPIKES = 3;
const JOBS = 5_000;
const MOST = 50;
const NAMESPACE = 'spike-keda';
const DEPLOYMENT = `${NAMESPACE}/workers`;
const GIVE_UP_MS = 300_000;

const workers = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'workers', namespace: NAMESPACE },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'workers' } },
    template: {
      metadata: { labels: { app: 'workers' } },
      spec: { containers: [{ name: 'worker', image: 'registry.example/brain:1.4.0' }] },
    },
  },
};

/** A list of its own for each spike, so that nothing of the one before is left in anybody's window. */
const scaledObject = (address: string, list: string) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'workers', namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { name: 'workers' },
    minReplicaCount: 1,
    maxReplicaCount: MOST,
    triggers: [{ type: 'redis', metadata: { address, listName: list, listLength: '100' } }],
  },
});

export async function kedaSpikes(log: Log): Promise<KedaSpikes> {
  const binaries = await obtainKeda(log);
  return withUndos(async (undos) => {
    const folder = await temporaryFolder('keda');
    undos.add(() => folder.remove());
    const certificateFolder = join(folder.path, 'certificates');
    await mkdir(certificateFolder, { mode: 0o700 });
    const certificates = await makeKedaCertificates(certificateFolder, log);
    const world = await startWorld(undos, log, { apiServerArgs: certificates.apiServerArgs });
    const { controlPlane, redis, redisServer } = world;
    const keda = await startKeda(controlPlane, binaries, certificates);
    undos.add(keda.stop);
    log(`KEDA ${binaries.version} runs`);
    await kubectl(controlPlane, ['create', 'namespace', NAMESPACE]);
    const watch = new DeploymentWatch(world.kube.client());
    undos.add(() => watch.stop());
    await watch.start();

    const [first, all, firstTo]: [number[], number[], number[]] = [[], [], []];
    for (let spike = 1; spike <= SPIKES; spike++) {
      const list = `jobs-${spike}`;
      const object = JSON.stringify(scaledObject(`${redisServer.host}:${redisServer.port}`, list));
      await kubectl(controlPlane, ['apply', '--filename=-'], { input: JSON.stringify(workers) });
      await kubectl(controlPlane, ['apply', '--filename=-'], { input: object });
      const within = `--namespace=${NAMESPACE}`;
      await kubectl(controlPlane, [
        'wait',
        'scaledobject/workers',
        within,
        '--for=condition=Ready',
        '--timeout=60s',
      ]);
      // The HPA must have measured once and found one to be right.
      const active = '--for=jsonpath={.status.conditions[?(@.type=="ScalingActive")].status}=True';
      await kubectl(controlPlane, ['wait', 'hpa/keda-hpa-workers', within, active, '--timeout=90s'], {
        timeoutMs: 100_000,
      });
      await watch.until(DEPLOYMENT, ({ replicas }) => replicas === 1, 60_000);
      await delay(15_000 * Math.random());
      await pushJobs(redis, list, JOBS);
      const pushed = performance.now();
      const step = await watch.until(DEPLOYMENT, ({ replicas }) => replicas > 1, GIVE_UP_MS);
      const large = await watch.until(DEPLOYMENT, ({ replicas }) => replicas >= MOST, GIVE_UP_MS);
      const seconds = (at: number | undefined) => ((at ?? performance.now()) - pushed) / 1_000;
      first.push(seconds(step?.at));
      firstTo.push(step?.replicas ?? 1);
      all.push(seconds(large?.at));
      const steps = watch
        .resizes(DEPLOYMENT, pushed)
        .map(({ at, replicas }) => `${seconds(at).toFixed(0)} s ${replicas}`);
      log(`KEDA: spike ${spike} of ${SPIKES}: ${steps.join(', ')}`);
      // Its way down takes the HPA's five minutes: taken away and made anew instead.
      await kubectl(controlPlane, ['delete', 'scaledobject/workers', 'deployment/workers', within], {
        timeoutMs: 120_000,
      });
    }
    return {
      name: `KEDA ${binaries.version}`,
      method: [
        `KEDA ${binaries.version} (operator and metrics adapter as local processes) on a control plane started in the same way, in the same run: a ScaledObject with a Redis list trigger, \`listLength: 100\`, at least 1 and at most 50 replicas, everything else at its defaults. ${SPIKES} spikes, each at a random moment of the 15 s loop of the HPA; in between, the Deployment and its ScaledObject are made anew, for its own way down takes five minutes.`,
      ],
      firstStep: spreadOf(first),
      firstStepTo: Math.round(spreadOf(firstTo).median),
      all: spreadOf(all),
    };
  });
}
