/**
 * Brings a platform into the middle of something: by the recording of an earlier version, or by that version itself, from the
 * folder that `LEADPLATFORM_UPGRADE_FROM` names. `npm run prove -- upgrade` does that.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { OPEN_LOOPBACK } from '../../../testbed/loopback.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { ADDRESSES, OperatorProcess } from '../operator/operator-process.ts';
import { eventually } from '../operator/rig.ts';
import { kubectl, testbed } from '../support.ts';
import { keep, kept, PLATFORM, record, type Recording, restore } from './recording.ts';
import { EARLIER, type Scene, stepIn } from './scenes.ts';
import { Seen } from './seen.ts';

/** The checkout of the earlier version, where it is to be run. */
export const FROM = process.env['LEADPLATFORM_UPGRADE_FROM'];

export interface Place {
  readonly namespace: string;
  readonly servers: readonly { readonly host: string; readonly port: number; readonly client: Redis }[];
}

const KEY = 'laravel-database-queues:default';
/** One job that is due, and one that is due in an hour. */
const fill = async (client: Redis | undefined): Promise<void> => {
  const now = Math.floor(Date.now() / 1_000);
  const job = (id: string) => JSON.stringify({ id, pushedAt: String(now) });
  await client?.rpush(KEY, job('1'));
  await client?.zadd(`${KEY}:delayed`, now + 3_600, job('2'));
};
export const empty = async ({ servers: [first] }: Place): Promise<void> => {
  await first?.client.del(KEY, `${KEY}:delayed`);
};

export const platformIn = async ({ namespace }: Place): Promise<LeadPlatformObject> => {
  const found = await objectsOf(testbed().cluster).find<LeadPlatformObject>(
    'leadplatform',
    PLATFORM,
    namespace,
  );
  if (found === undefined) throw new Error(`There is no LeadPlatform ${namespace}/${PLATFORM}`);
  return found;
};

/** An operator of today, or of the checkout in `folder`. */
export const startOperator = (namespaces: readonly string[], folder = '.'): Promise<OperatorProcess> =>
  OperatorProcess.start(
    testbed().cluster.kubeconfigPath,
    [
      'run',
      ...namespaces.map((namespace) => `--namespace=${namespace}`),
      `--lease-namespace=${namespaces[0]}`,
    ],
    [join(folder, 'bin', 'leadplatform.js')],
    // One of before knew no addresses that have to be opened.
    existsSync(join(folder, 'src', 'sources', 'address')) ? OPEN_LOOPBACK : [],
    // The earlier one has live numbers beside its metrics.
    folder === '.' ? {} : { addresses: ADDRESSES.filter((option) => option !== '--live-address') },
  );

/** Back when the platform is in the middle, and no operator runs; with what had been told by then. */
export async function bring(scene: Scene, place: Place): Promise<Recording> {
  if (FROM !== undefined) return run(scene, place, FROM);
  const recording = await kept(scene.name);
  if (scene.capability !== undefined && scene.emptiedAt === undefined) await fill(place.servers[0]?.client);
  await restore(
    recording,
    place.namespace,
    place.servers.map(({ port }) => port),
  );
  return recording;
}

async function run(scene: Scene, place: Place, folder: string): Promise<Recording> {
  const { namespace, servers } = place;
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', join(folder, 'crds')]);
  const operator = await startOperator([namespace], folder);
  let seen: Seen | undefined;
  try {
    await apply(place, scene.first(servers));
    await eventually(
      `it stands on ${scene.tier}`,
      async () => {
        const { status } = await platformIn(place);
        const moves = status?.conditions?.find(({ type }) => type === 'Reconciling')?.status !== 'False';
        if (status?.tier === scene.tier && !moves) return true;
        throw new Error(JSON.stringify(status));
      },
      120_000,
    );
    seen = await Seen.of(namespace);
    if (scene.capability !== undefined) await fill(servers[0]?.client);
    let isReached = false;
    seen.onStatus = (status) => {
      const step = stepIn(scene, status)?.step;
      if (scene.emptiedAt !== undefined && step === scene.emptiedAt) void empty(place);
      const isDone = scene.hook === undefined || status.hooks?.some(({ state }) => state === scene.hook);
      if (step !== scene.step || isDone !== true) return;
      operator.child.kill('SIGKILL');
      isReached = true;
    };
    await apply(place, scene.next(servers));
    await eventually(`it is at ${scene.step}`, async () => isReached, 120_000);
  } finally {
    seen?.end();
    await operator.end('SIGKILL');
  }
  const at = new Date().toISOString();
  const recording = await record(namespace, { commit: EARLIER, at, ports: servers.map(({ port }) => port) });
  // One of another version is replaced; delete it to have it recorded again.
  const before = await kept(scene.name).catch(() => undefined);
  if (before?.commit !== EARLIER) await keep(scene.name, recording);
  // So that the next operator does not wait for it to expire.
  await kubectl(['delete', 'lease', '--all', '-n', namespace]);
  return recording;
}

const apply = ({ namespace }: Place, spec: object) =>
  kubectl(['apply', '--server-side', '--field-manager=user', '-n', namespace, '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: PLATFORM },
      spec: { image: 'registry.example/brain:1.4.0', ...spec },
    }),
  });
