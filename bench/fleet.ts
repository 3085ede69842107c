/** 1,000 platforms on one operator: cold start, memory, silence, connections, and a spike on any of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { RunningOperator } from '../testbed/operator-process.ts';
import { startPostgres } from '../testbed/postgres.ts';
import type { Log } from '../testbed/progress.ts';
import { countedText, type Request, writesOf } from './audit.ts';
import { DeploymentWatch } from './deployments.ts';
import { type ColdStart, coldStart } from './fleet-cold.ts';
import {
  createPlatforms,
  isSeparate,
  NAMESPACES,
  PlatformWatch,
  prefixOf,
  workersOf,
} from './fleet-platforms.ts';
import { isNews, whatWasWritten } from './fleet-news.ts';
import { type Restart, restartOf } from './fleet-restart.ts';
import { createDatabases, DATABASES, mostConnections } from './fleet-stores.ts';
import { pushJobs, queueKey } from './jobs.ts';
import { machine } from './machine.ts';
import { scrape } from './metrics.ts';
import { buildOperator } from './operator.ts';
import type { Options } from './options.ts';
import { cpuSecondsOf, memoryOf } from './process-usage.ts';
import type { Figure, Section } from './results.ts';
import { spreadOf } from './statistics.ts';
import { OPERATOR_USER, startWorld, type World } from './world.ts';

const MINUTE = 60_000;
const GIVE_UP_MS = 8 * MINUTE;
const SPIKES = 20;
const JOBS = 1_000;
/** What the tier `separated` allows a queue, and 1,000 jobs ask for. */
const MOST = 10;
const MB = 1e6;

export async function benchFleet({ platforms, cold: onlyCold }: Options, log: Log): Promise<Section> {
  const before = machine();
  await using stack = new AsyncDisposableStack();
  const world = await startWorld(stack, log, { pace: 'default' });
  await buildOperator(world);
  const fleet = await prepare(world, stack, platforms, log);
  const cold = await coldStart(world, stack, fleet, platforms, log);
  const at = { ...before, kubernetes: world.kubernetes };
  if (onlyCold) {
    const title = `${platforms.toLocaleString('en-US')} platforms: the cold start`;
    return {
      bench: 'fleet',
      title,
      method: [],
      figures: [...coldFigures(cold), peakFigure(cold.peak)],
      remarks: [],
      machine: at,
    };
  }
  const { operator } = cold;
  await silence(world, fleet.platforms, platforms, log);
  const constant = await constantMinute(world, operator, fleet, log);
  const spikes = await spikesOn(world, fleet.deployments, platforms, log);
  const peak = (await memoryOf(operator.process.pid)).peak;
  await operator.stop();
  log(`fleet: restart, with ${fleet.deployments.size} Deployments in place`);
  const restart = await restartOf(world, stack, fleet.platforms, platforms, log);
  return section({ platforms, cold, constant, spikes, peak, restart }, at);
}

interface Fleet {
  readonly postgresPid: number;
  /** As a superuser, for looking at connections. */
  readonly postgres: Client;
  readonly platforms: PlatformWatch;
  readonly deployments: DeploymentWatch;
}

async function prepare(world: World, stack: AsyncDisposableStack, count: number, log: Log): Promise<Fleet> {
  const server = await startPostgres({ log, maxConnections: 300 });
  stack.defer(() => server.stop());
  log(`fleet: ${DATABASES} databases, ${count} tables`);
  const credentials = await createDatabases(server, count);
  const postgres = new Client({ connectionString: server.url });
  await postgres.connect();
  stack.defer(() => postgres.end());
  const { redisServer, resources, kube } = world;
  // An application leaves keys, and a prefix without any would be taken for a wrong one.
  for (let platform = 0; platform < count; platform++) {
    await world.redis.set(`${prefixOf(platform)}illuminate:queue:restart`, '0');
  }
  log(`fleet: ${count} LeadPlatforms in ${NAMESPACES} namespaces`);
  await createPlatforms(resources, count, { postgres: server, redis: redisServer, credentials });
  const platforms = new PlatformWatch(kube.client());
  const deployments = new DeploymentWatch(kube.client());
  stack.defer(() => platforms.stop());
  stack.defer(() => deployments.stop());
  await Promise.all([platforms.start(), deployments.start()]);
  return { postgresPid: server.pid, postgres, platforms, deployments };
}

/** Waits until the operator has written nothing but its lease for ten seconds. */
async function quiet(world: World, log: Log): Promise<void> {
  const deadline = Date.now() + 3 * MINUTE;
  for (;;) {
    const recent = (await writesOf(world.auditLog, OPERATOR_USER, Date.now() - 10_000)).filter(isNews);
    if (recent.length === 0) return;
    if (Date.now() > deadline) {
      log(`fleet: still writing: ${countedText(recent)}`);
      return;
    }
    await delay(5_000);
  }
}

/** The pods of a fleet that has just started are Kubernetes' work for minutes; what follows is measured after it. */
async function silence(world: World, platforms: PlatformWatch, count: number, log: Log): Promise<void> {
  // Thousands of pods, at twenty requests a second, would take the better part of an hour.
  await world.controlPlane.changePace('hasty');
  const deadline = Date.now() + GIVE_UP_MS;
  while (platforms.ready < count && Date.now() < deadline) {
    await delay(10_000);
    log(`fleet: ${platforms.ready} of ${count} Ready`);
  }
  await quiet(world, log);
}

interface ConstantMinute {
  readonly writes: readonly Request[];
  readonly remarks: readonly string[];
  readonly leaseWrites: number;
  readonly rss: number;
  readonly cpuShare: number;
  readonly pollsPerSecond: number;
  readonly passesPerSecond: number;
  readonly postgresConnections: number;
  readonly redisConnections: number;
}

async function constantMinute(
  world: World,
  operator: RunningOperator,
  { postgres, platforms }: Fleet,
  log: Log,
): Promise<ConstantMinute> {
  log('fleet: a minute of constant readings');
  const { pid } = operator.process;
  const [first, cpuBefore, from] = [await scrape(operator.url), await cpuSecondsOf(pid), Date.now()];
  const before = platforms.statuses();
  const rss: number[] = [];
  let [postgresConnections, redisConnections] = [0, 0];
  while (Date.now() < from + MINUTE) {
    rss.push((await memoryOf(pid)).now);
    postgresConnections = Math.max(postgresConnections, await mostConnections(postgres));
    redisConnections = Math.max(redisConnections, await connectionsOfOthers(world));
    await delay(1_000);
  }
  const to = Date.now();
  const seconds = (to - from) / 1_000;
  const cpu = (await cpuSecondsOf(pid)) - cpuBefore;
  const last = await scrape(operator.url);
  const rate = (name: string) => (last.sum(name) - first.sum(name)) / seconds;
  const all = await writesOf(world.auditLog, OPERATOR_USER, from, to);
  const writes = all.filter(isNews);
  const { remarks } = await whatWasWritten('in the constant minute', world, platforms, {
    before,
    since: from,
    writes,
  });
  for (const remark of remarks) log(`fleet: ${remark}`);
  return {
    writes,
    remarks,
    leaseWrites: all.length - writes.length,
    rss: spreadOf(rss).median,
    cpuShare: cpu / seconds,
    pollsPerSecond: rate('leadplatform_source_polls_total'),
    passesPerSecond: rate('leadplatform_decisions_total'),
    postgresConnections,
    redisConnections,
  };
}

async function connectionsOfOthers({ redis }: World): Promise<number> {
  const own = await redis.client('ID');
  const lines = String(await redis.client('LIST'))
    .trim()
    .split('\n');
  return lines.filter((line) => !line.startsWith(`id=${own} `)).length;
}

/** On platforms drawn at random from those that have workers to add, one after another. Seconds, each. */
async function spikesOn(
  world: World,
  deployments: DeploymentWatch,
  count: number,
  log: Log,
): Promise<readonly number[]> {
  const seconds: number[] = [];
  const separate = Array.from({ length: count }, (_, platform) => platform).filter(isSeparate);
  const drawn = new Set<number>();
  while (drawn.size < Math.min(SPIKES, separate.length)) {
    drawn.add(separate[Math.floor(Math.random() * separate.length)]!);
  }
  for (const platform of drawn) {
    await delay(500 + 1_000 * Math.random());
    await pushJobs(world.redis, queueKey(prefixOf(platform), 'default'), JOBS);
    const pushed = performance.now();
    const large = await deployments.until(workersOf(platform), ({ replicas }) => replicas >= MOST, MINUTE);
    seconds.push(((large?.at ?? performance.now()) - pushed) / 1_000);
  }
  log(`fleet: spikes ${seconds.map((one) => one.toFixed(2)).join(' ')} s`);
  return seconds;
}

interface Measured {
  readonly platforms: number;
  readonly cold: ColdStart;
  readonly constant: ConstantMinute;
  readonly spikes: readonly number[];
  readonly peak: number;
  readonly restart: Restart;
}

function coldFigures(cold: ColdStart): readonly Figure[] {
  return [
    {
      name: 'cold start, every child written',
      value: cold.childrenBy,
      unit: 's',
      target: { atMost: 60 },
    },
    { name: 'cold start, every status observed', value: cold.observed, unit: 's', target: { atMost: 60 } },
    { name: 'children written', value: cold.children, unit: '' },
    { name: 'requests of the operator for that', value: cold.requests, unit: '' },
    { name: 'an answer of the API server to them, mean', value: cold.answerMs, unit: 'ms' },
    { name: 'CPU time of the API server meanwhile', value: cold.cpu['API server'], unit: 's' },
    { name: 'CPU time of the operator for that', value: cold.cpu.operator, unit: 's' },
    { name: 'CPU time of everything else meanwhile', value: restOf(cold), unit: 's' },
    { name: 'passes for that', value: cold.passes, unit: '' },
  ];
}

const peakFigure = (peak: number): Figure => ({
  name: 'resident memory, the most since its start',
  value: Math.round(peak / MB),
  unit: 'MB',
  target: { atMost: 256 },
});

/** Other than of the operator and of the API server. */
const restOf = ({ cpu }: ColdStart): number =>
  Object.values(cpu).reduce((sum, seconds) => sum + seconds, -cpu.operator - cpu['API server']);

function section(measured: Measured, at: Section['machine']): Section {
  const { platforms, cold, constant, spikes, peak, restart } = measured;
  const spike = spreadOf(spikes);
  const figures: Figure[] = [
    ...coldFigures(cold),
    peakFigure(peak),
    {
      name: 'resident memory, readings constant',
      value: Math.round(constant.rss / MB),
      unit: 'MB',
      target: { atMost: 256 },
    },
    {
      name: 'writes in a minute of constant readings, without the lease',
      value: constant.writes.length,
      unit: '',
      target: { atMost: 0 },
    },
    { name: 'renewals of the lease in that minute', value: constant.leaseWrites, unit: '' },
    {
      name: 'connections to one database with one credential',
      value: constant.postgresConnections,
      unit: '',
      target: { atMost: 10 },
    },
    {
      name: 'connections to Redis',
      value: constant.redisConnections,
      unit: '',
      target: { atMost: 10 },
    },
    { name: 'spike on one platform, median', value: spike.median, unit: 's' },
    {
      name: `spike on one platform, slowest of ${spikes.length}`,
      value: spike.max,
      unit: 's',
      target: { atMost: 2 },
    },
    { name: 'polls of stores', value: Math.round(constant.pollsPerSecond), unit: '/s' },
    { name: 'passes', value: constant.passesPerSecond, unit: '/s' },
    { name: 'CPU of the operator, readings constant', value: 100 * constant.cpuShare, unit: '% of a core' },
    { name: 'restart with everything in place, all decided about', value: restart.seconds, unit: 's' },
    { name: 'writes after that restart that say more than which Pod leads', value: restart.news, unit: '' },
    {
      name: 'resident memory, the most after that restart',
      value: Math.round(restart.peak / MB),
      unit: 'MB',
    },
  ];
  return {
    bench: 'fleet',
    title: `${platforms.toLocaleString('en-US')} platforms on one operator`,
    method: [
      `${platforms.toLocaleString('en-US')} LeadPlatforms in ${NAMESPACES} namespaces, nine of ten on the lowest tier, in one pod, every tenth with ingest, sync and one queue as Deployments of their own (\`minTier: separated\`), and all with both stores: a table of its own in one of ${DATABASES} databases of one Postgres, each database with a credential of its own, and queues of its own prefix in one Redis. Everything else is left at its default. They exist before the operator's process starts, and the times run from that start. API server, etcd, controllers, scheduler, kwok, Postgres and Redis share the machine with it. Controllers and scheduler run at Kubernetes' default rates (20 and 50 requests a second) during the cold start; then they are let loose, and what follows is measured once every platform is Ready.`,
      "Writes are counted in the API server's audit log, by the operator's own ServiceAccount. A spike is 1,000 jobs on the queue of a platform drawn at random from those with components of their own, which asks for the ten workers that its tier allows; the time is taken as above. Memory is VmHWM and VmRSS of the process.",
    ],
    figures,
    remarks: [...constant.remarks, ...restart.remarks],
    machine: at,
  };
}
