/**
 * The servers that queues can be on, from the plainest to the grandest. Which of them a pod works with stands in its own
 * template, so that a move can be read off what runs.
 */
import type { CapabilityName } from '../../api/names.ts';
import type { RedisStore } from '../../api/schema/stores.ts';
import type { Probe, RedisFacts } from '../../probes/probe.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { SignalStores, Step } from '../contract/contribution.ts';
import { rabbitmqReady, rabbitmqServer, type RabbitmqServer } from '../rabbitmq/server.ts';
import { addressOf, faultOf, type RedisServer, redisServer, serverReady } from '../redis/server.ts';
import type { CapabilityContext } from '../contract/context.ts';

export const SERVERS = [
  'application',
  'external-redis',
  'redis',
  'external-redis-queue',
  'redis-queue',
  'external-rabbitmq',
  'rabbitmq',
] as const;
export type ServerName = (typeof SERVERS)[number];

/** Those that bring one, from the plainest to the grandest. */
export const QUEUE_CAPABILITIES = [
  'queue-system',
  'dedicated-queue-server',
  'message-queue',
] as const satisfies readonly CapabilityName[];

/** Which server the queues of a pod are on. */
export const SERVER_VARIABLE = 'LEADPLATFORM_QUEUE_SERVER';

export interface QueueServer {
  readonly name: ServerName;
  /** The capability that brings it. */
  readonly capability: CapabilityName | undefined;
  /** The connection that a worker's command may name. */
  readonly connection: string | undefined;
  /** What makes the application use it. */
  readonly env: readonly EnvVar[];
  readonly ready: Step;
  /** What it would lose jobs by, and what to set. */
  readonly fault: string | undefined;
  /** What is in its queues; undefined where nobody can tell now. */
  readonly backlog: Backlog | undefined;
  /** Why nobody can tell, as the end of a sentence. */
  readonly doubt: string | undefined;
  /** What it is asked; undefined where it cannot be looked into. */
  readonly probe: Probe | undefined;
  /** Read by the operator once workers are there. */
  readonly signalStores: SignalStores;
}

export interface Backlog {
  readonly at: number;
  /** Over all queues: ready, in flight and delayed. */
  readonly jobs: number;
  /** When the last delayed job comes due. */
  readonly latest: number | undefined;
}

/** Where the application has its queues before a capability brings a server. */
export const homeOf = ({ spec }: CapabilityContext): ServerName =>
  spec.stores.redis === undefined ? 'application' : 'external-redis';

/** The server that a capability brings, by what the spec gives. */
export function serverOf(
  { spec, serves }: Pick<CapabilityContext, 'spec' | 'serves'>,
  capability: CapabilityName,
): ServerName | undefined {
  if (capability === 'message-queue') {
    if (spec.stores.rabbitmq !== undefined) return 'external-rabbitmq';
    return serves('RabbitmqCluster') ? 'rabbitmq' : undefined;
  }
  if (capability === 'queue-system') return spec.stores.redis === undefined ? 'redis' : 'external-redis';
  if (capability !== 'dedicated-queue-server') return undefined;
  return spec.capabilities.dedicatedQueueServer.redis === undefined ? 'redis-queue' : 'external-redis-queue';
}

/** The Redis that the platform begins with: that of the user, or (`null`: in any case) ours. */
export const firstRedis = (
  context: CapabilityContext,
  external: RedisStore | null | undefined = context.spec.stores.redis,
) =>
  redisServer(context, {
    external: external ?? undefined,
    managed: context.spec.capabilities.redis,
    suffix: 'redis',
    capability: 'redis-cache',
  });

/** A Redis for queues alone. */
export const secondRedis = (
  context: CapabilityContext,
  external: RedisStore | null | undefined = context.spec.capabilities.dedicatedQueueServer.redis,
) =>
  redisServer(context, {
    external: external ?? undefined,
    managed: context.spec.capabilities.dedicatedQueueServer.managed,
    suffix: 'redis-queue',
    capability: 'dedicated-queue-server',
  });

export function queueServer(context: CapabilityContext, name: ServerName): QueueServer {
  const here: EnvVar = { name: SERVER_VARIABLE, value: name };
  const { stores, capabilities } = context.spec;
  const { managed, redis: second } = capabilities.dedicatedQueueServer;
  const connection: EnvVar = { name: 'QUEUE_CONNECTION', value: 'redis' };
  switch (name) {
    case 'application':
      return { ...NOWHERE, ready: { name: 'ServerReady', done: true, waits: '' } };
    case 'external-redis':
      if (stores.redis === undefined) return { ...NOWHERE, name };
      return {
        ...ofRedis(context, name, firstRedis(context)),
        capability: 'queue-system',
        env: [here, connection],
        signalStores: {},
      };
    case 'redis': {
      const server = firstRedis(context, null);
      return {
        ...ofRedis(context, name, server),
        capability: 'queue-system',
        env: [here, connection, ...addressOf(server, capabilities.redis, 'REDIS_')],
      };
    }
    case 'external-redis-queue':
      if (second === undefined) return { ...NOWHERE, name };
      return {
        ...ofRedis(context, name, secondRedis(context)),
        capability: 'dedicated-queue-server',
        env: [
          here,
          connection,
          ON_SECOND,
          ...(second.host === undefined
            ? []
            : [
                { name: 'REDIS_QUEUE_HOST', value: second.host },
                { name: 'REDIS_QUEUE_PORT', value: String(second.port) },
              ]),
        ],
        ...sameAs(stores.redis, second),
      };
    case 'redis-queue': {
      const server = secondRedis(context, null);
      return {
        ...ofRedis(context, name, server),
        capability: 'dedicated-queue-server',
        env: [here, connection, ON_SECOND, ...addressOf(server, managed, 'REDIS_QUEUE_')],
      };
    }
    case 'external-rabbitmq':
      if (stores.rabbitmq === undefined) return { ...NOWHERE, name };
      return ofRabbitmq(context, name, rabbitmqServer(context, stores.rabbitmq));
    case 'rabbitmq':
      return ofRabbitmq(context, name, rabbitmqServer(context, undefined));
  }
}

/** Of the connections in `config/database.php` the one that queues use: an application that lacks it says so at once. */
const ON_SECOND: EnvVar = { name: 'REDIS_QUEUE_CONNECTION', value: 'queue' };

const NOWHERE: QueueServer = {
  name: 'application',
  capability: undefined,
  connection: undefined,
  env: [],
  ready: { name: 'ServerReady', done: false, waits: 'the spec names no such server any more' },
  fault: undefined,
  backlog: undefined,
  doubt: undefined,
  probe: undefined,
  signalStores: {},
};

function ofRedis(context: CapabilityContext, name: ServerName, server: RedisServer): QueueServer {
  const answer = context.probeResult(server.probe);
  return {
    ...NOWHERE,
    name,
    connection: 'redis',
    ready: serverReady(context, server, true),
    fault: faultOf(context, server),
    ...backlogOf(answer),
    probe: server.probe,
    signalStores: { queues: { redis: server.store } },
  };
}

function ofRabbitmq(context: CapabilityContext, name: ServerName, server: RabbitmqServer): QueueServer {
  return {
    ...NOWHERE,
    name,
    capability: 'message-queue',
    connection: 'rabbitmq',
    env: [
      { name: SERVER_VARIABLE, value: name },
      { name: 'QUEUE_CONNECTION', value: 'rabbitmq' },
      ...server.env,
    ],
    ready: rabbitmqReady(context, server),
    ...backlogOf(context.probeResult(server.probe)),
    probe: server.probe,
    signalStores: { queues: { rabbitmq: server.store } },
  };
}

/** Two names of one database would be drained for ever. */
function sameAs(first: RedisStore | undefined, second: RedisStore): Partial<QueueServer> {
  const address = ({ host, port, database, sentinel }: RedisStore) =>
    JSON.stringify([host, sentinel === undefined ? port : [sentinel.master, sentinel.hosts], database]);
  if (first === undefined || address(first) !== address(second)) return {};
  const fault =
    'capabilities.dedicatedQueueServer.redis is the database of stores.redis; name another server, or leave it out';
  return { fault, ready: { name: 'ServerReady', done: false, waits: fault } };
}

function backlogOf(
  answer: ReturnType<CapabilityContext['probeResult']>,
): Pick<QueueServer, 'backlog' | 'doubt'> {
  if (answer === undefined) return { backlog: undefined, doubt: 'it has not been asked yet' };
  if ('unknown' in answer) return { backlog: undefined, doubt: answer.message };
  // A RabbitMQ tells no more than these, and not when a job comes due.
  const { queues, doubt } = answer.facts as Pick<RedisFacts, 'queues' | 'doubt'>;
  if (doubt !== undefined) return { backlog: undefined, doubt };
  const found = Object.values(queues);
  const latest = found.map((queue) => queue.latest).filter((at) => at !== undefined);
  return {
    backlog: {
      at: answer.at,
      jobs: found.reduce((sum, { ready, inFlight, delayed }) => sum + ready + inFlight + delayed, 0),
      latest: latest.length > 0 ? Math.max(...latest) : undefined,
    },
    doubt: undefined,
  };
}
