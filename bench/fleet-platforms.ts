/** A thousand LeadPlatforms in twenty namespaces, and what the API server tells of them. */
import type { KubeClient } from '../controller/runtime/client.ts';
import { ListWatch } from '../controller/runtime/list-watch.ts';
import type { KubeObject, Resources } from '../controller/runtime/resources.ts';
import { keyOf, resourceType } from '../controller/runtime/resources.ts';
import { type Credential, databaseOf, tableOf } from './fleet-stores.ts';

export const NAMESPACES = 20;
const AT_ONCE = 24;

const CORE = { group: '', version: 'v1' };
const SECRETS = resourceType({ ...CORE, plural: 'secrets', kind: 'Secret' });
const NAMESPACE_TYPE = resourceType({ ...CORE, plural: 'namespaces', kind: 'Namespace', namespaced: false });

interface Platform extends KubeObject {
  spec?: object;
  status?: PlatformStatus;
}

export interface PlatformStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}
const PLATFORMS = resourceType<Platform>({
  group: 'leadplatform.io',
  version: 'v1alpha1',
  plural: 'leadplatforms',
  kind: 'LeadPlatform',
});

export const namespaceOf = (platform: number): string =>
  `fleet-${String(platform % NAMESPACES).padStart(2, '0')}`;
export const nameOf = (platform: number): string => `brain-${String(platform).padStart(4, '0')}`;
export const prefixOf = (platform: number): string => `${nameOf(platform)}-database-`;
/** Whether a platform runs its parts apart, so that a spike on its queue has workers to add. */
export const isSeparate = (platform: number): boolean => platform % 10 === 0;
/** The Deployment of the workers of the queue `default`. */
export const workersOf = (platform: number): string =>
  `${namespaceOf(platform)}/${nameOf(platform)}-queue-default`;

export interface Stores {
  readonly postgres: { readonly host: string; readonly port: number };
  readonly redis: { readonly host: string; readonly port: number };
  readonly credentials: readonly Credential[];
}

function platformObject(platform: number, { postgres, redis, credentials }: Stores): Platform {
  const { database = '' } = credentials[databaseOf(platform)] ?? {};
  return {
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name: nameOf(platform), namespace: namespaceOf(platform) },
    spec: {
      image: 'registry.example/brain:1.4.0',
      // Most stand where a quiet platform stands, in one pod; every tenth has its parts as Deployments of their own, and up
      // to ten workers a queue.
      ...(isSeparate(platform) && { minTier: 'separated' }),
      stores: {
        postgres: {
          host: postgres.host,
          port: postgres.port,
          database,
          secretRef: { name: secretOf(database) },
          tls: { mode: 'Disable' },
        },
        redis: { host: redis.host, port: redis.port },
      },
      signals: {
        leadsPerDay: { postgres: { table: tableOf(platform) } },
        queueDepth: { redis: { prefix: prefixOf(platform) } },
      },
      // A thousand jobs at seven minutes past would be Kubernetes' work in the middle of the measuring.
      callLogSync: { hourly: { schedule: '0 3 1 1 *' }, nightly: { schedule: '0 2 1 1 *' } },
    },
  };
}

const secretOf = (database: string): string => `${database.replace('_', '-')}-measure`;

export async function createPlatforms(resources: Resources, count: number, stores: Stores): Promise<void> {
  const options = { fieldManager: 'bench' };
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => namespaceOf(index));
  for (const name of namespaces)
    await resources.create(
      NAMESPACE_TYPE,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      options,
    );
  await inParallel(
    namespaces.flatMap((namespace) => stores.credentials.map((credential) => ({ namespace, ...credential }))),
    ({ namespace, database, username, password }) => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secretOf(database), namespace },
        stringData: { username, password },
      };
      return resources.create(SECRETS, secret, options);
    },
  );
  await inParallel(Array.from({ length: count }).keys(), (platform) =>
    resources.create(PLATFORMS, platformObject(platform, stores), options),
  );
}

async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** How many platforms have been observed: their generation is in the status, and whether they are Ready is known. */
export class PlatformWatch {
  readonly #watch: ListWatch<Platform>;
  readonly #observed = new Set<string>();
  readonly #ready = new Set<string>();
  /** When the set of observed ones last grew, in ms since the epoch. */
  lastObservedAt = 0;

  constructor(client: KubeClient) {
    this.#watch = new ListWatch<Platform>({
      client,
      type: PLATFORMS,
      transform: ({ apiVersion, kind, metadata, status }) => ({
        apiVersion,
        kind,
        metadata: {
          name: metadata.name ?? '',
          namespace: metadata.namespace ?? '',
          resourceVersion: metadata.resourceVersion ?? '',
          generation: metadata.generation ?? 0,
        },
        ...(status && { status }),
      }),
    });
    this.#watch.onChange(({ object }) => this.#look(object));
  }

  #look(object: Platform): void {
    const key = keyOf(object);
    const { observedGeneration, conditions = [] } = object.status ?? {};
    const ready = conditions.find(({ type }) => type === 'Ready')?.status;
    if (ready === 'True') this.#ready.add(key);
    else this.#ready.delete(key);
    const isObserved =
      observedGeneration === object.metadata.generation && ready !== undefined && ready !== 'Unknown';
    if (!isObserved || this.#observed.has(key)) return;
    this.#observed.add(key);
    this.lastObservedAt = Date.now();
  }

  async start(): Promise<void> {
    this.#watch.start();
    await this.#watch.waitForSync();
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  get observed(): number {
    return this.#observed.size;
  }

  get ready(): number {
    return this.#ready.size;
  }

  /** As they were last seen, by `namespace/name`. */
  statuses(): ReadonlyMap<string, PlatformStatus> {
    return new Map(this.#watch.list().map((object) => [keyOf(object), object.status ?? {}]));
  }
}
