/** The cold start of a fleet: when everything is written and observed, and whose CPU that takes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningOperator } from '../testbed/operator-process.ts';
import type { Log } from '../testbed/progress.ts';
import { countedText, type Request, requestsOf } from './audit.ts';
import type { DeploymentWatch } from './deployments.ts';
import type { PlatformWatch } from './fleet-platforms.ts';
import { scrape } from './metrics.ts';
import { startOperator } from './operator.ts';
import { cpuSecondsOf, memoryOf } from './process-usage.ts';
import { OPERATOR_USER, type World } from './world.ts';

const GIVE_UP_MS = 8 * 60_000;
const MB = 1e6;

export interface ColdStart {
  readonly operator: RunningOperator;
  /** Seconds from the start of the process until the last platform was observed, and the last child was there. */
  readonly observed: number;
  readonly children: number;
  readonly childrenBy: number;
  readonly requests: number;
  readonly passes: number;
  /** Milliseconds that an answer of the API server took, on average. */
  readonly answerMs: number;
  /** CPU seconds until the last platform was observed, each with the processes that it has made. */
  readonly cpu: Readonly<Record<Consumer, number>>;
  /** The most resident memory of the operator, in bytes. */
  readonly peak: number;
}

/** Who needs the cores meanwhile. The bench watches, and Kubernetes makes pods. */
const CONSUMERS = [
  'operator',
  'API server',
  'etcd',
  'controller manager',
  'scheduler',
  'kwok',
  'Postgres',
  'Redis',
  'bench',
] as const;
type Consumer = (typeof CONSUMERS)[number];

interface Watches {
  readonly platforms: PlatformWatch;
  readonly deployments: DeploymentWatch;
  /** Of the process that has all connections as its children. */
  readonly postgresPid: number;
}

export async function coldStart(
  world: World,
  stack: AsyncDisposableStack,
  { platforms, deployments, postgresPid }: Watches,
  count: number,
  log: Log,
): Promise<ColdStart> {
  const [etcd, apiServer, controllers, scheduler, kwok] = world.controlPlane.pids();
  const others = {
    'API server': apiServer,
    etcd,
    'controller manager': controllers,
    scheduler,
    kwok,
    Postgres: postgresPid,
    Redis: world.redisServer.pid,
    bench: process.pid,
  };
  const before = await cpuOf(others);
  const operator = await startOperator(world);
  stack.defer(operator.stop);
  const deadline = operator.startedAt + GIVE_UP_MS;
  while (platforms.observed < count && Date.now() < deadline) {
    await delay(1_000);
    const seconds = Math.round((Date.now() - operator.startedAt) / 1_000);
    const { now } = await memoryOf(operator.process.pid);
    if (seconds % 5 === 0) {
      log(
        `fleet: ${seconds} s, ${platforms.observed} observed, ${platforms.ready} Ready, ${deployments.size} Deployments, ${Math.round(now / MB)} MB`,
      );
    }
  }
  const after = await cpuOf({ ...others, operator: operator.process.pid });
  const cpu = Object.fromEntries(
    CONSUMERS.map((who) => [who, (after[who] ?? 0) - (before[who] ?? 0)]),
  ) as unknown as ColdStart['cpu'];
  log(`fleet: CPU seconds: ${CONSUMERS.map((who) => `${who} ${cpu[who].toFixed(1)}`).join(' · ')}`);
  const isGivenUp = platforms.observed < count;
  if (isGivenUp) log(`fleet: given up with ${platforms.observed} of ${count} observed`);
  const until = isGivenUp ? Date.now() : platforms.lastObservedAt;
  const observed = (until - operator.startedAt) / 1_000;
  log(`fleet: all observed after ${observed.toFixed(1)} s`);
  const metrics = await scrape(operator.url);
  const passes = metrics.sum('leadplatform_decisions_total');
  log(`fleet: ${passes} passes, ${metrics.sum('leadplatform_source_polls_total')} polls`);
  await delay(2_000);
  const requests = await requestsOf(world.auditLog, OPERATOR_USER, operator.startedAt);
  log(`fleet: asked of the API server: ${countedText(requests)}`);
  const inFlight = requests.reduce((sum, { seconds }) => sum + seconds, 0);
  const answerMs = (1_000 * inFlight) / requests.length;
  log(`fleet: an answer took ${answerMs.toFixed(0)} ms on average`);
  const created = requests.filter(isChild);
  const childrenBy = (Math.max(...created.map(({ at }) => at)) - operator.startedAt) / 1_000;
  log(`fleet: ${created.length} children, the last after ${childrenBy.toFixed(1)} s`);
  const { peak } = await memoryOf(operator.process.pid);
  log(`fleet: ${Math.round(peak / MB)} MB at the most`);
  return {
    operator,
    observed,
    children: created.length,
    childrenBy,
    requests: requests.length,
    passes,
    answerMs,
    cpu,
    peak,
  };
}

const isChild = ({ verb, resource, code }: Request): boolean =>
  verb === 'create' && code === 201 && resource !== 'events' && resource !== 'leases';

async function cpuOf(pids: Readonly<Record<string, number | undefined>>): Promise<Record<string, number>> {
  const seconds = Object.entries(pids).map(async ([who, pid]) => [
    who,
    pid === undefined ? 0 : await cpuSecondsOf(pid, who !== 'bench'),
  ]);
  return Object.fromEntries(await Promise.all(seconds)) as Record<string, number>;
}
