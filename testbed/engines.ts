/**
 * The CRDs of the engines that a platform can use, as their own projects publish them: of the versions that
 * `testbed/tools/engines/go.mod` pins, copied into the cache once. Their operators do not run here: what those would say
 * in a status is written by a test (`test/integration/capabilities/engine-driver.ts`).
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ToolSet } from './builder.ts';
import { definitionsServed } from './definitions.ts';
import { kubectl, type KubectlTarget } from './kubectl.ts';
import { copyFromModule, pinnedVersion } from './module-files.ts';
import { waitUntilReady } from './processes.ts';
import { type Log, logToStderr } from './progress.ts';

interface Source {
  readonly module: string;
  readonly folder: readonly string[];
  readonly file: string;
  /** The one definition of the file that a platform uses. */
  readonly definition: string;
  /** Where the API server answers once it knows the kind. */
  readonly path: string;
}

const SOURCES = {
  'cloudnative-pg': {
    module: 'github.com/cloudnative-pg/cloudnative-pg',
    folder: ['config', 'crd', 'bases'],
    file: 'postgresql.cnpg.io_clusters.yaml',
    definition: 'clusters.postgresql.cnpg.io',
    path: '/apis/postgresql.cnpg.io/v1/clusters',
  },
  rabbitmq: {
    module: 'github.com/rabbitmq/cluster-operator/v2',
    folder: ['config', 'crd', 'bases'],
    file: 'rabbitmq.com_rabbitmqclusters.yaml',
    definition: 'rabbitmqclusters.rabbitmq.com',
    path: '/apis/rabbitmq.com/v1beta1/rabbitmqclusters',
  },
  elasticsearch: {
    module: 'github.com/elastic/cloud-on-k8s/v3',
    folder: ['config', 'crds', 'v1'],
    // What is released: those of the folder beside it have not been through the project's own patches.
    file: 'all-crds.yaml',
    definition: 'elasticsearches.elasticsearch.k8s.elastic.co',
    path: '/apis/elasticsearch.k8s.elastic.co/v1/elasticsearches',
  },
  'gateway-api': {
    module: 'sigs.k8s.io/gateway-api',
    folder: ['config', 'crd', 'standard'],
    file: 'gateway.networking.k8s.io_httproutes.yaml',
    definition: 'httproutes.gateway.networking.k8s.io',
    path: '/apis/gateway.networking.k8s.io/v1/httproutes',
  },
} as const satisfies Readonly<Record<string, Source>>;

export type Engine = keyof typeof SOURCES;
export const ENGINES = Object.keys(SOURCES) as readonly Engine[];

const TOOL = 'engines';
const engineTools: ToolSet = {
  what: 'The CRDs of the engines',
  tools: [],
  duration: 'a minute',
  instead: 'Install Go 1.26 or later (https://go.dev/dl).',
};

/**
 * One CRD as YAML.
 * @throws TestbedUnavailable when it is not in the cache and Go is missing.
 */
export async function engineDefinition(engine: Engine, log: Log = logToStderr): Promise<string> {
  const { module, folder, file, definition } = SOURCES[engine];
  const version = await pinnedVersion(TOOL, module);
  const cached = join(homedir(), '.cache', 'leadplatform-operator', 'crds', `${engine}-${version}`);
  await copyFromModule(engineTools, TOOL, module, folder, cached, () =>
    log(`getting the CRDs of ${module} ${version}, once`),
  );
  const documents = (await readFile(join(cached, file), 'utf8')).split(/^---$/m);
  const found = documents.find((text) => text.split('\n').includes(`  name: ${definition}`));
  if (found === undefined) throw new Error(`${file} of ${module} ${version} defines no ${definition}`);
  return found;
}

/**
 * Makes a cluster know the kinds of these engines; back when it serves them. What it returns takes those away again that
 * were not there before, with all objects of the kind.
 */
export async function installEngines(
  target: KubectlTarget,
  engines: readonly Engine[] = ENGINES,
  log: Log = logToStderr,
): Promise<() => Promise<void>> {
  const before = new Set(await installed(target));
  const added = engines.filter((engine) => !before.has(SOURCES[engine].definition));
  for (const engine of added) {
    const input = await engineDefinition(engine, log);
    // Too large for the annotation that a client-side apply leaves.
    await kubectl(target, ['apply', '--server-side', '--filename=-'], { input });
  }
  await definitionsServed(
    target,
    engines.map((engine) => `crd/${SOURCES[engine].definition}`),
  );
  await waitUntilReady('the CRDs of the engines are served', [], async () => {
    // Established comes before every handler knows it.
    for (const engine of engines) await kubectl(target, ['get', `--raw=${SOURCES[engine].path}?limit=1`]);
    return true;
  });
  return async () => {
    if (added.length === 0) return;
    const names = added.map((engine) => `crd/${SOURCES[engine].definition}`);
    await kubectl(target, ['delete', '--ignore-not-found', '--timeout=60s', ...names]);
  };
}

async function installed(target: KubectlTarget): Promise<string[]> {
  const text = await kubectl(target, ['get', 'crd', '--output=jsonpath={.items[*].metadata.name}']);
  return text.split(' ');
}
