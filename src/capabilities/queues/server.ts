/**
 * The servers that queues can be on, from the plainest to the grandest. Which of them a pod works with stands in its own
 * template, so that a move can be read off what runs.
 */
import type { EnvVar, MeasuredStores, Step } from '../contribution.ts';
import type { RedisFacts } from '../asks.ts';
import { addressOf, redisServer, serverReady } from '../redis/server.ts';
import type { Site } from '../site.ts';

export const SERVERS = ['application', 'redis', 'redis-queue'] as const;
export type ServerName = (typeof SERVERS)[number];

/** Which server the queues of a pod are on. */
export const SERVER_VARIABLE = 'LEADPLATFORM_QUEUE_SERVER';

export interface QueueServer {
  readonly name: ServerName;
  /** What makes the application use it. */
  readonly env: readonly EnvVar[];
  readonly ready: Step;
  /** What is in its queues; undefined where nobody can tell. */
  readonly backlog: Backlog | undefined;
  /** Read by the operator once workers are there. */
  readonly measures: MeasuredStores;
}

export interface Backlog {
  readonly at: number;
  /** By queue: ready, in flight and delayed. */
  readonly jobs: number;
  /** When the last delayed job comes due. */
  readonly latest: number | undefined;
}

const NOBODY_SAYS: Step = { name: 'ServerReady', done: true, waits: '' };

/** The Redis that the platform begins with. */
export const firstRedis = (site: Site) =>
  redisServer(site, {
    external: site.spec.stores.redis,
    managed: site.spec.capabilities.redis,
    suffix: 'redis',
    capability: 'redis-cache',
  });

/** A Redis for queues alone. */
export const secondRedis = (site: Site) =>
  redisServer(site, {
    external: site.spec.capabilities.dedicatedQueueServer.redis,
    managed: site.spec.capabilities.dedicatedQueueServer.managed,
    suffix: 'redis-queue',
    capability: 'dedicated-queue-server',
  });

export function queueServer(site: Site, name: ServerName): QueueServer {
  const here: EnvVar = { name: SERVER_VARIABLE, value: name };
  switch (name) {
    case 'application':
      return { name, env: [], ready: NOBODY_SAYS, backlog: undefined, measures: {} };
    case 'redis': {
      const server = firstRedis(site);
      return {
        name,
        env: [
          here,
          { name: 'QUEUE_CONNECTION', value: 'redis' },
          ...addressOf(server, site.spec.capabilities.redis, 'REDIS_'),
        ],
        ready: serverReady(site, server, true),
        backlog: backlogOf(site.answer(server.ask)),
        measures: server.managed === undefined ? {} : { redis: server.store },
      };
    }
    case 'redis-queue': {
      const server = secondRedis(site);
      const { managed, redis: external } = site.spec.capabilities.dedicatedQueueServer;
      return {
        name,
        env: [
          here,
          { name: 'QUEUE_CONNECTION', value: 'redis' },
          ...(external === undefined
            ? addressOf(server, managed, 'REDIS_QUEUE_')
            : [
                { name: 'REDIS_QUEUE_HOST', value: external.host ?? '' },
                { name: 'REDIS_QUEUE_PORT', value: String(external.port) },
              ]),
        ],
        ready: serverReady(site, server, true),
        backlog: backlogOf(site.answer(server.ask)),
        measures: { redis: server.store },
      };
    }
  }
}

function backlogOf(answer: ReturnType<Site['answer']>): Backlog | undefined {
  if (answer === undefined || 'unknown' in answer) return undefined;
  const queues = Object.values((answer.facts as RedisFacts).queues);
  const latest = queues.map((queue) => queue.latest).filter((at) => at !== undefined);
  return {
    at: answer.at,
    jobs: queues.reduce((sum, { ready, inFlight, delayed }) => sum + ready + inFlight + delayed, 0),
    latest: latest.length > 0 ? Math.max(...latest) : undefined,
  };
}
