/** Plays a workload on a control plane: each autoscaler sizes the workers of a queue of its own, and all get the same jobs. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startOperator } from '../../../bench/operator.ts';
import type { World } from '../../../bench/world.ts';
import type { Workload } from '../../../src/simulate/queue/workload.ts';
import { LaravelQueue } from '../../../testbed/demo/jobs.ts';
import { kubectl } from '../../../testbed/kubectl.ts';
import { waitUntilReady } from '../../../testbed/processes.ts';
import { startPostgres } from '../../../testbed/postgres.ts';
import { Arrivals } from './arrivals.ts';
import type { Played } from './compared.ts';
import { AUTOSCALERS, prefixOf, QUEUE, type Autoscaler } from './autoscalers.ts';
import { serveNumbers } from './numbers.ts';
import { PodWorkers } from './pod-workers.ts';
import { ReplicaLog } from './replica-log.ts';

const TABLE = 'leads';
const SECRET = 'postgres';
const ROLE = 'measure';
const SAY_SECONDS = 60;

export interface PlayedBy extends Played {
  readonly name: Autoscaler['name'];
  /** Seconds that each job waited, of those that were taken. */
  readonly waits: readonly number[];
}

interface AtWork {
  readonly autoscaler: Autoscaler;
  readonly queue: LaravelQueue;
  readonly log: ReplicaLog;
  readonly workers: PodWorkers;
}

export async function play(
  world: World,
  stack: AsyncDisposableStack,
  workload: Workload,
  { log, signal }: { readonly log: (line: string) => void; readonly signal: AbortSignal },
): Promise<readonly PlayedBy[]> {
  const postgres = await startPostgres({ log });
  stack.defer(() => postgres.stop());
  const client = new Client(postgres.url);
  await client.connect();
  stack.defer(() => client.end());
  const password = randomBytes(12).toString('hex');
  await createTable(client, password);

  const pushedAt = new Float64Array(workload.arrivals.length);
  const atWork = AUTOSCALERS.map((autoscaler) => atWorkFor(autoscaler, world, workload, pushedAt));
  let said = 0;
  const arrivals = new Arrivals({
    ...{ workload, client, table: TABLE, pushedAt, signal },
    queues: atWork.map(({ queue }) => queue),
    progress: (seconds) => {
      if (seconds < said + SAY_SECONDS) return;
      said = seconds;
      const sizes = atWork.map((each) => `${each.autoscaler.name} ${each.log.replicas}`).join(', ');
      log(`${Math.round(seconds / 60)} of ${Math.ceil(workload.seconds / 60)} minutes: ${sizes}`);
    },
  });
  const byRate = atWork.find(({ autoscaler }) => autoscaler.name === 'keda-rate')!;
  const numbers = await serveNumbers(byRate.queue, () => arrivals.arrived);
  stack.defer(numbers.stop);

  const items = atWork.flatMap(({ autoscaler }) => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: autoscaler.name } },
    secret(autoscaler.name, password),
    ...autoscaler.manifests({
      redis: { host: world.redisServer.host, port: world.redisServer.port },
      postgres: { host: postgres.host, port: postgres.port, database: 'leads' },
      ...{ secret: SECRET, table: TABLE, numbers: numbers.url },
    }),
  ]);
  await kubectl(world.controlPlane, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
  const operator = await startOperator(world);
  stack.defer(operator.stop);
  for (const each of atWork) {
    await each.log.start();
    stack.defer(() => each.log.stop());
    await each.workers.start();
    // A failure while it is stopped after another one would hide that one.
    stack.defer(() => each.workers.stop().catch(() => undefined));
  }
  await waitUntilReady(
    'every autoscaler has one Pod',
    [],
    async () => atWork.every((each) => each.log.replicas === 1 && each.workers.ready === 1),
    180_000,
  );
  await waitUntilReady('the autoscalers are active', [], () => areActive(world), 180_000);
  log('it begins');
  for (const each of atWork) each.log.begin();
  await arrivals.play();
  const played = atWork.map(({ autoscaler: { name }, log: { sizes }, workers: { waits, drainSeconds } }) => ({
    ...{ name, sizes: [...sizes], waits: [...waits], drainSeconds },
  }));
  await Promise.all(atWork.map(({ workers }) => workers.stop()));
  return played;
}

function atWorkFor(autoscaler: Autoscaler, world: World, workload: Workload, pushedAt: Float64Array): AtWork {
  const { name, deployment } = autoscaler;
  const queue = new LaravelQueue({
    ...{ redis: world.redis, prefix: prefixOf(name), name: QUEUE, jobClass: 'App\\Jobs\\ProcessLead' },
  });
  const client = world.kube.client();
  const { services } = workload;
  return {
    autoscaler,
    queue,
    log: new ReplicaLog(client, name, deployment),
    workers: new PodWorkers({ client, namespace: name, deployment, queue, services, pushedAt }),
  };
}

async function createTable(client: Client, password: string): Promise<void> {
  await client.query(`
    CREATE TABLE ${TABLE} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_at timestamptz NOT NULL);
    CREATE INDEX ON ${TABLE} (created_at);
    CREATE ROLE ${ROLE} LOGIN PASSWORD '${password}' IN ROLE pg_monitor;
    GRANT SELECT ON ${TABLE} TO ${ROLE};
  `);
}

const secret = (namespace: string, password: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: SECRET, namespace },
  stringData: { username: ROLE, password },
});

/** An autoscaler that has not measured yet does nothing. */
async function areActive({ controlPlane }: World): Promise<boolean> {
  const path = '{range .items[*]}{.status.conditions[?(@.type=="ScalingActive")].status}{" "}{end}';
  const active = await kubectl(controlPlane, ['get', 'hpa', '--all-namespaces', `--output=jsonpath=${path}`]);
  return active.split(' ').filter((status) => status === 'True').length === AUTOSCALERS.length - 1;
}
