/** What a Redis says of itself, and of Laravel's queues in it: all of a queue, jobs that come due later included. */
import type { RedisProbe, RedisFacts } from '../../probes/probe.ts';
import type { Instant } from '../../model/reading.ts';
import type { Redis } from 'ioredis';
import type { SourceDeps } from '../deps.ts';
import type { RedisConnection } from '../redis/connection.ts';
import { areElsewhere, jobsElsewhere } from '../redis/elsewhere.ts';
import { evidenceFor, wrongPrefix } from '../redis/prefix.ts';
import { queueKeys } from '../redis/keys.ts';
import { countIn, textIn, textsIn } from '../redis/replies.ts';
import { redisAccess } from '../redis/access.ts';
import type { OpenProbe } from './open-probe.ts';

/** How long what shows that a prefix is right is good for. */
const EVIDENCE_MS = 1_000;

export function probeRedis(
  { store, field, queues }: RedisProbe,
  deps: SourceDeps,
  now: () => number,
): OpenProbe {
  const access = redisAccess(store, store.database, deps, field);
  return {
    put: () =>
      access.with((connection) =>
        connection.with(async (client): Promise<RedisFacts> => {
          await client.ping();
          const info = await orUndefined(client.info('server').then(textIn));
          const policy = await orUndefined(client.config('GET', 'maxmemory-policy'));
          const persistence = await orUndefined(client.info('persistence').then(textIn));
          const save = await orUndefined(client.config('GET', 'save'));
          const found: [string, RedisFacts['queues'][string]][] = [];
          for (const name of queues?.names ?? []) {
            const { list, delayed, reserved } = queueKeys(
              queues?.prefix ?? '',
              queues?.clusterNames ?? false,
              name,
            );
            const at = Math.floor(now() / 1_000);
            const [ready, late, later, due, inFlight, last] = await Promise.all([
              client.llen(list).then(countIn),
              client.zcount(delayed, '-inf', at).then(countIn),
              client.zcount(delayed, `(${at}`, '+inf').then(countIn),
              client.zcount(reserved, '-inf', at).then(countIn),
              client.zcount(reserved, `(${at}`, '+inf').then(countIn),
              client.zrevrange(delayed, 0, 0, 'WITHSCORES').then(textsIn),
            ]);
            const latest = Number(last[1]);
            found.push([
              name,
              {
                ready: ready + late + due,
                inFlight,
                delayed: later,
                ...(Number.isFinite(latest) && { latest: latest * 1_000 }),
              },
            ]);
          }
          const isEmpty = found.every(([, { ready, inFlight, delayed }]) => ready + inFlight + delayed === 0);
          const doubt =
            queues !== undefined && isEmpty ? await doubtOf(connection, client, queues, now()) : undefined;
          const evictionPolicy = pairValue(policy);
          const isPersistent =
            persistence === undefined
              ? undefined
              : /^aof_enabled:1/m.test(persistence) || (pairValue(save) ?? '') !== '';
          return {
            version: /^redis_version:(\S{1,40})/m.exec(info ?? '')?.[1] ?? 'unknown',
            ...(evictionPolicy !== undefined && { evictionPolicy }),
            ...(isPersistent !== undefined && { isPersistent }),
            queues: Object.fromEntries(found),
            ...(doubt !== undefined && { doubt }),
          };
        }),
      ),
    close: access.join(),
  };
}

/** Redis keeps no empty queue: one that was drained, one whose prefix is misspelt, and one that has moved look the same. */
async function doubtOf(
  connection: RedisConnection,
  client: Redis,
  queues: NonNullable<RedisProbe['queues']>,
  now: Instant,
): Promise<string | undefined> {
  const found = await jobsElsewhere(connection, client, queues, queues.names, now, EVIDENCE_MS);
  if (found !== undefined) return areElsewhere(queues, found).message;
  const evidence = await evidenceFor(connection, client, queues, now, EVIDENCE_MS);
  return evidence.is === 'Nothing' ? wrongPrefix(queues.prefix, evidence).message : undefined;
}

/** INFO and CONFIG are rights that a user need not have: without them that fact is not known, and the rest is. */
async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /NOPERM|unknown command|permission/i.test(error.message)) return undefined;
    throw error;
  }
}

/** The value of an answer to CONFIG GET: name and value by turns, or a map. */
function pairValue(answer: unknown): string | undefined {
  if (Array.isArray(answer)) return typeof answer[1] === 'string' ? answer[1] : undefined;
  if (typeof answer !== 'object' || answer === null) return undefined;
  const [value] = Object.values(answer);
  return typeof value === 'string' ? value : undefined;
}
