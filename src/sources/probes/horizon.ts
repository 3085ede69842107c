/**
 * What Laravel Horizon measured. Its keys have a prefix of their own: `measured_queues` is a set of what it measures;
 * `queue:{name}` counts jobs, and the mean of how long they ran, since the last snapshot, which deletes it; and
 * `snapshot:queue:{name}` holds the snapshots, of which two tell how many jobs that were in how much time.
 */
import type { HorizonProbe, HorizonFacts } from '../../probes/probe.ts';
import type { SourceDeps } from '../deps.ts';
import { countIn, textOrNoneIn, textsIn } from '../redis/replies.ts';
import { redisAccess } from '../redis/access.ts';
import type { OpenProbe } from './open-probe.ts';

type Figures = HorizonFacts['queues'][string];

export function probeHorizon({ store, database, prefix, queues }: HorizonProbe, deps: SourceDeps): OpenProbe {
  const access = redisAccess(store, database ?? store.database, deps);
  return {
    put: () =>
      access.with((connection) =>
        connection.with(async (client): Promise<HorizonFacts> => {
          const [measured, last, ...snapshots] = await Promise.all([
            client.scard(`${prefix}measured_queues`).then(countIn),
            client.get(`${prefix}last_snapshot_at`).then(textOrNoneIn),
            ...queues.map((queue) =>
              client.zrevrange(`${prefix}snapshot:queue:${queue}`, 0, 1).then(textsIn),
            ),
          ]);
          const lastSnapshotAt = amount(last);
          return {
            isFound: measured > 0 || last !== null,
            ...(lastSnapshotAt !== undefined && { lastSnapshotAt: lastSnapshotAt * 1_000 }),
            queues: Object.fromEntries(
              queues.flatMap((queue, index) => {
                const figures = figuresOf(snapshots[index] ?? []);
                return figures === undefined ? [] : [[queue, figures]];
              }),
            ),
          };
        }),
      ),
    close: access.join(),
  };
}

/** Of the last two snapshots, the newer first: jobs of the newer one in the time between them. */
function figuresOf([newer, older]: readonly string[]): Figures | undefined {
  const last = snapshotOf(newer);
  const before = snapshotOf(older);
  if (last === undefined || before === undefined || last.time <= before.time) return undefined;
  return {
    perMinute: (last.throughput * 60) / (last.time - before.time),
    ...(last.throughput > 0 && { runtime: last.runtime }),
  };
}

/** Numbers come as numbers or as text, and of a time without jobs as null or false. */
function snapshotOf(text: string | undefined) {
  if (text === undefined) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { throughput, runtime, time } = found as Readonly<Record<string, unknown>>;
  const at = amount(time);
  return at === undefined
    ? undefined
    : { throughput: amount(throughput) ?? 0, runtime: amount(runtime) ?? 0, time: at };
}

function amount(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
