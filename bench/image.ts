/** What bundling gives: size of the image, time of a cold start to the first reconcile, resident memory. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isTestbedUnavailable } from '../testbed/errors.ts';
import { projectFolder } from '../testbed/folders.ts';
import { kubectl } from '../testbed/kubectl.ts';
import type { Log } from '../testbed/progress.ts';
import { DeploymentWatch } from './deployments.ts';
import { type ImageSize, sizeOfImage, sizeOfNodeModules } from './image-size.ts';
import { machine } from './machine.ts';
import { buildOperator, bundledProgram, startOperator } from './operator.ts';
import { cpuSecondsOf, memoryOf } from './process-usage.ts';
import type { Figure, Section } from './results.ts';
import { spreadOf } from './statistics.ts';
import { startWorld, type World } from './world.ts';

const ROUNDS = 5;
/** After the first reconcile, until garbage of the start is collected and nothing is left to do. */
const SETTLE_MS = 5_000;
const GIVE_UP_MS = 60_000;
const MB = 1e6;

/** From a checkout: every module a file of its own, types stripped as they are read. */
const UNBUNDLED = join(projectFolder, 'controller', 'main.ts');

interface Start {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly resident: number;
  readonly peak: number;
}

export async function benchImage(log: Log): Promise<Section> {
  const before = machine();
  await using stack = new AsyncDisposableStack();
  const image = await builtImage(log);
  const world = await startWorld(stack, log);
  await buildOperator(world);
  const watch = new DeploymentWatch(world.kube.client());
  stack.defer(() => watch.stop());
  await watch.start();
  const starts: Record<'bundled' | 'unbundled', Start[]> = { bundled: [], unbundled: [] };
  // The first of each reads files that nobody has read yet, and is left out: a node has them in memory or not.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [kind, program] of [
      ['bundled', bundledProgram],
      ['unbundled', UNBUNDLED],
    ] as const) {
      const start = await oneStart(world, watch, program, `${kind}-${round}`);
      if (round > 0) starts[kind].push(start);
      log(`${kind}: ${start.seconds.toFixed(2)} s, ${(start.resident / MB).toFixed(0)} MB`);
    }
  }
  const sizes = { image, nodeModules: await sizeOfNodeModules() };
  return section(starts, sizes, { ...before, kubernetes: world.kubernetes });
}

async function builtImage(log: Log): Promise<ImageSize | undefined> {
  try {
    return await sizeOfImage(log);
  } catch (error) {
    if (!isTestbedUnavailable(error)) throw error;
    log(`the size of the image is not measured: ${error.message}`);
    return undefined;
  }
}

/** A platform is there before the operator is; its first reconcile has been when its Deployment appears. */
async function oneStart(world: World, watch: DeploymentWatch, program: string, name: string): Promise<Start> {
  const namespace = ['--namespace=default'];
  const manifest = {
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name, namespace: 'default' },
    spec: { image: 'registry.example/brain:1.4.0' },
  };
  await kubectl(world.controlPlane, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify(manifest),
  });
  const began = performance.now();
  const operator = await startOperator(world, { program, waitUntilReady: false });
  try {
    const written = await watch.until(`default/${name}-all-in-one`, () => true, GIVE_UP_MS);
    if (written === undefined) {
      throw new Error(`the operator wrote no Deployment within a minute; its log is ${operator.logFile}`);
    }
    const cpuSeconds = await cpuSecondsOf(operator.process.pid);
    await delay(SETTLE_MS);
    const { now: resident, peak } = await memoryOf(operator.process.pid);
    return { seconds: (written.at - began) / 1_000, cpuSeconds, resident, peak };
  } finally {
    // In order, so that it gives its lease back: the next one does not wait for it to run out.
    await operator.stop();
    await rm(operator.logFile, { force: true });
    await kubectl(world.controlPlane, ['delete', `leadplatform/${name}`, ...namespace]);
  }
}

const medianOf = (starts: readonly Start[], of: keyof Start) => spreadOf(starts.map((one) => one[of])).median;

function section(
  { bundled, unbundled }: Record<'bundled' | 'unbundled', readonly Start[]>,
  { image, nodeModules }: { image: ImageSize | undefined; nodeModules: number },
  at: Section['machine'],
): Section {
  const both = (name: string, of: keyof Start, unit: string, scale = 1): Figure => ({
    name,
    value: medianOf(bundled, of) / scale,
    unit,
    peers: [medianOf(unbundled, of) / scale],
  });
  const size = (of: keyof ImageSize) => (image === undefined ? undefined : image[of] / MB);
  return {
    bench: 'image',
    title: 'The image, and what bundling gives',
    method: [
      `The image is the one of the Dockerfile, built with buildah on the stand-in for \`node:24-slim\` of the test bed (a minimal Debian with Node and npm). Sizes are those of its layers, unpacked; compressed is what a registry sends. A start runs from the start of the process until a watch of the API server shows the Deployment of a platform that was there before, without stores: import, election, caches, and the first reconcile. Medians of ${ROUNDS} starts each, in turn, with the flags of the image; files were in memory. Resident memory is VmRSS ${SETTLE_MS / 1_000} s later.`,
      'Beside it is the same operator run from a checkout: `node controller/main.ts`, with its modules one by one, out of `node_modules`.',
    ],
    figures: [
      {
        name: 'what the image adds to its base',
        value: size('added'),
        unit: 'MB',
        peers: [nodeModules / MB],
      },
      { name: 'the same, compressed', value: size('addedCompressed'), unit: 'MB' },
      { name: 'image with its base', value: size('total'), unit: 'MB' },
      both('cold start to the first reconcile', 'seconds', 's'),
      both('CPU until then', 'cpuSeconds', 's'),
      both('resident memory', 'resident', 'MB', MB),
      both('resident memory, the most since the start', 'peak', 'MB', MB),
    ],
    peers: ['from node_modules'],
    remarks: [
      'What stands beside the size is the folder of the production dependencies alone.',
      "V8's compile cache, made with the image, would save some 50 ms of CPU at a start, where the processor has the same features as the one that built it. It is not there.",
    ],
    machine: at,
  };
}
