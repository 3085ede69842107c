/**
 * What `leadplatform simulate` says of the operator and of KEDA is what they do: both run on a control plane, with the real
 * autoscaler of Kubernetes, on the jobs that are simulated, with every time divided by five.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOperator } from '../../bench/operator.ts';
import { startWorld } from '../../bench/world.ts';
import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';
import { runQueue } from '../../src/simulate/queue/run.ts';
import type { Workload } from '../../src/simulate/queue/workload.ts';
import { temporaryFolder } from '../../testbed/folders.ts';
import { makeKedaCertificates, obtainKeda, startKeda } from '../../testbed/keda.ts';
import {
  compared,
  isClose,
  overTime,
  WANTED,
  type Comparison,
  type Moment,
  type Simulated,
} from './peers/compared.ts';
import { AUTOSCALERS, type Autoscaler } from './peers/autoscalers.ts';
import { play, type PlayedBy } from './peers/play.ts';
import type { Size } from './peers/replica-log.ts';
import { FACTOR, morning, SETTING } from './peers/setting.ts';

/** Hours of leads. Fewer are for whoever works on the proof; they prove nothing. */
const ALL_HOURS = 4;
const HOURS = Number(process.env['LEADPLATFORM_PEERS_HOURS'] ?? ALL_HOURS);
/** Of the life that is played, to a row of replicas over time. */
const ROW_MINUTES = 10;

export const proof: Proof = {
  name: 'peers',
  what: `The operator, and KEDA with a real autoscaler, do on ${ALL_HOURS} hours of leads what simulate says of them.`,
  run,
};

interface Result {
  readonly name: Autoscaler['name'];
  readonly played: readonly Size[];
  readonly simulated: readonly Size[];
  readonly comparison: Comparison;
  /** Of all minutes, the part in which two simulations are close. */
  readonly chance: number;
  readonly moments: readonly Moment[];
  readonly longestWaitSeconds: number;
  readonly simulatedLongestWaitSeconds: number;
}

async function run({ seed, log, folder, signal, resume }: ProofContext): Promise<ProofResult> {
  if (resume) log('one measurement cannot be cut in two: it starts from the beginning');
  const workload = morning(seed, HOURS);
  log(`${workload.arrivals.length} jobs in ${Math.ceil(workload.seconds / 60)} minutes`);
  const binaries = await obtainKeda(log);
  const played = await playedOn(binaries, workload, { log, signal });
  const results = played.map((each) => resultOf(each, workload));
  // For whoever asks why the two differ: every change of size, in seconds as they were played.
  const sizes = results.map(({ name, played: ours, simulated }) => ({ name, played: ours, simulated }));
  await writeFile(join(folder, 'sizes.json'), JSON.stringify(sizes));
  return {
    passed: HOURS >= ALL_HOURS && results.every(({ comparison, chance }) => isClose(comparison, chance)),
    markdown: report(workload, results, binaries.version),
  };
}

/** Both on a control plane of their own, which is gone afterwards. */
async function playedOn(
  binaries: Awaited<ReturnType<typeof obtainKeda>>,
  workload: Workload,
  { log, signal }: Pick<ProofContext, 'log' | 'signal'>,
): Promise<readonly PlayedBy[]> {
  await using stack = new AsyncDisposableStack();
  const temporary = await temporaryFolder('keda');
  stack.defer(() => temporary.remove());
  const certificateFolder = join(temporary.path, 'certificates');
  await mkdir(certificateFolder, { mode: 0o700 });
  const certificates = await makeKedaCertificates(certificateFolder, log);
  const world = await startWorld(stack, log, {
    apiServerArgs: certificates.apiServerArgs,
    managerArgs: [`--horizontal-pod-autoscaler-sync-period=${SETTING.syncSeconds}s`],
  });
  await buildOperator(world);
  const keda = await startKeda(world.controlPlane, binaries, certificates);
  stack.defer(keda.stop);
  return await play(world, stack, workload, { log, signal });
}

function resultOf(played: PlayedBy, workload: Workload): Result {
  const { name } = played;
  const simulated = simulate(name, workload);
  return {
    name,
    played: played.sizes,
    simulated: simulated.sizes,
    chance: chanceOf(name, simulated, workload),
    comparison: compared(played, simulated, workload.seconds, FACTOR),
    moments: overTime(played, simulated, workload.seconds, FACTOR, ROW_MINUTES),
    longestWaitSeconds: Math.max(0, ...played.waits) * FACTOR,
    simulatedLongestWaitSeconds: simulated.maxPickupSeconds * FACTOR,
  };
}

function simulate(name: Autoscaler['name'], workload: Workload) {
  const policy = AUTOSCALERS.find((autoscaler) => autoscaler.name === name)!.policy(workload);
  const sizes: Size[] = [{ at: 0, replicas: 1 }];
  const { podHours, maxPickupSeconds } = runQueue(workload, policy, {
    objectiveSeconds: SETTING.objectiveSeconds,
    podStartSeconds: SETTING.podStartSeconds,
    watch: ({ now, wanted }) => {
      if (wanted !== sizes.at(-1)!.replicas) sizes.push({ at: now, replicas: wanted });
    },
  });
  return { sizes, podHours, maxPickupSeconds };
}

/** How close to it the furthest of nine other simulations is, in which the same jobs come tenths of a second later. */
function chanceOf(name: Autoscaler['name'], simulated: Simulated, workload: Workload): number {
  const close = Array.from({ length: 9 }, (_, tenth) => {
    const arrivals = workload.arrivals.map((at) => at + (tenth + 1) / 10);
    const other = { ...simulate(name, { ...workload, arrivals }), drainSeconds: 0 };
    return compared(other, simulated, workload.seconds, FACTOR).closeMinutes;
  });
  return Math.min(...close);
}

function report(workload: Workload, results: readonly Result[], keda: string): string {
  const number = (value: number) => value.toFixed(1);
  const rows = results.map(
    ({ name, comparison, chance, longestWaitSeconds, simulatedLongestWaitSeconds }) =>
      `| ${name} | ${number(comparison.podHours)} · ${number(comparison.simulatedPodHours)} | ${number(100 * comparison.podHoursError)} % | ${number(100 * comparison.closeMinutes)} % | ${number(100 * chance)} % | ${comparison.scaleEvents} · ${comparison.simulatedScaleEvents} | ${number(longestWaitSeconds)} · ${number(simulatedLongestWaitSeconds)} s | ${isClose(comparison, chance) ? 'met' : 'not met'} |`,
  );
  return `${workload.arrivals.length.toLocaleString('en')} jobs of ${HOURS} hours of a morning that rises, has its peak and falls, from the project's own generator. Every time is divided by ${FACTOR}: those between jobs and of jobs, the objective, and the start of a Pod. So are KEDA's polling, the autoscaler's sync, window and policies, and the window of the operator. What cannot be divided is the second between two of the operator's looks at a queue, and the minute over which it counts leads; both are the same in the simulation.

On the left what the cluster did, on the right what was simulated, in times of life. Wanted are Pod-hours within ${100 * WANTED.podHoursError} %, and at most ${WANTED.replicas} replicas between the two in ${100 * WANTED.closeMinutes} % of the minutes, or in as many as two simulations are: the column beside has the furthest of nine, in which the same jobs come tenths of a second later, so that looks fall at other moments.

| | Pod-hours | error | minutes within ${WANTED.replicas} replicas | of two simulations | changes of size | longest wait | |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}

- operator: the bundled operator, on one tier with separate workers, reads Redis and Postgres.
- keda-list: KEDA ${keda} with a Redis list of ${SETTING.jobsPerPod} jobs a Pod. keda-rate: by the rate of arrivals over ${SETTING.rateSeconds * FACTOR} s at ${SETTING.utilisation} of a Pod's time, and what waits within ${SETTING.backlogSeconds * FACTOR} s, both by \`metrics-api\`.
- Pods, their starts and their ends are the cluster's; their containers are simulated: each Ready Pod takes a job from Redis, holds it for as long as it takes, and finishes it when it is deleted.

## Replicas over time

The mean of each ${ROW_MINUTES} minutes of life, the cluster's and the simulation's.

| until minute | ${results.map(({ name }) => name).join(' | ')} |
| ---: | ${results.map(() => '---:').join(' | ')} |
${replicasOverTime(results)}
`;
}

function replicasOverTime(results: readonly Result[]): string {
  const [first] = results;
  return first!.moments
    .map(({ minutes }, row) => {
      const cells = results.map(({ moments }) => {
        const { replicas, simulatedReplicas } = moments[row]!;
        return `${replicas.toFixed(1)} · ${simulatedReplicas.toFixed(1)}`;
      });
      return `| ${minutes} | ${cells.join(' | ')} |`;
    })
    .join('\n');
}
