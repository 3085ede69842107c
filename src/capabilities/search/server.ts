/** The search server: the one that the user gives, or an Elasticsearch that Elastic's operator (ECK) runs. */
import type { SearchStore } from '../../api/schema/stores.ts';
import { shortHash } from '../../kube/hash.ts';
import { keptMetadata } from '../../kube/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { HttpProbe } from '../../probes/probe.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { Step } from '../contract/contribution.ts';
import { named } from '../environment.ts';
import type { CapabilityContext } from '../contract/context.ts';

const CAPABILITY = 'search';
const USER = 'elastic';
const PORT = 9200;
/** Elastic's operator refuses a longer name, for it makes other names of it. */
const LONGEST_NAME = 36;

export interface SearchServer {
  /** The name of the Elasticsearch; undefined where it is the user's. */
  readonly managed: string | undefined;
  readonly probe: HttpProbe;
  readonly env: readonly EnvVar[];
  readonly objects: readonly KubeObject[];
}

/** Made by Elastic's operator before it says that the server is there. */
export const secretsOfElasticsearch = (name: string) => ({
  password: `${name}-es-elastic-user`,
  ca: `${name}-es-http-certs-public`,
});

export function searchServer(context: CapabilityContext): SearchServer {
  const { spec, platform } = context;
  const { driver, tls } = spec.capabilities.search;
  const scout: EnvVar = { name: 'SCOUT_DRIVER', value: driver };
  const { search: store } = spec.stores;
  if (store !== undefined) {
    return { managed: undefined, probe: probeOf(store), env: named(spec, [scout]), objects: [] };
  }
  const name = elasticsearchName(platform.name);
  const url = `${tls ? 'https' : 'http'}://${name}-es-http.${platform.namespace}.svc:${PORT}`;
  const secrets = secretsOfElasticsearch(name);
  const password = { name: secrets.password, key: USER };
  const ca = { name: secrets.ca, key: 'ca.crt' };
  return {
    managed: name,
    probe: {
      kind: 'http',
      id: `${CAPABILITY}/server`,
      url: `${url}/_cluster/health`,
      basicAuth: { secret: password.name, user: USER, passwordKey: password.key },
      ...(tls ? { ca: { secret: ca.name, key: ca.key } } : { mayBeInClear: true }),
    },
    env: named(spec, [
      scout,
      { name: 'ELASTICSEARCH_HOST', value: url },
      { name: 'ELASTICSEARCH_USERNAME', value: USER },
      { name: 'ELASTICSEARCH_PASSWORD', secret: password },
      ...(tls ? [{ name: 'ELASTICSEARCH_CA', secret: ca }] : []),
    ]),
    objects: [elasticsearch(context)],
  };
}

/** `<platform>-search`, or its beginning and a hash where that is too long. */
export function elasticsearchName(platform: string): string {
  const name = `${platform}-search`;
  if (name.length <= LONGEST_NAME) return name;
  const end = `-${shortHash(platform)}-search`;
  return `${platform.slice(0, LONGEST_NAME - end.length).replace(/-+$/, '')}${end}`;
}

function probeOf({ url, secretRef, caSecretRef, tls }: SearchStore): HttpProbe {
  return {
    kind: 'http',
    id: `${CAPABILITY}/server`,
    url: `${url.replace(/\/+$/, '')}/_cluster/health`,
    ...(secretRef !== undefined && {
      basicAuth: {
        secret: secretRef.name,
        userKey: secretRef.userKey,
        passwordKey: secretRef.passwordKey,
      },
    }),
    ...(tls?.mode === 'Disable' && { mayBeInClear: true }),
    ...(caSecretRef !== undefined && { ca: { secret: caSecretRef.name, key: caSecretRef.key } }),
  };
}

export function elasticsearch({ platform, spec }: CapabilityContext): KubeObject {
  const name = elasticsearchName(platform.name);
  const { version, nodes, storage, storageClassName, resources, tls } = spec.capabilities.search;
  return {
    apiVersion: 'elasticsearch.k8s.elastic.co/v1',
    kind: 'Elasticsearch',
    metadata: keptMetadata(platform, spec, name, CAPABILITY),
    spec: {
      version,
      // The volumes outlive the cluster, as those of other servers do.
      ...(spec.deletionPolicy === 'Retain' && { volumeClaimDeletePolicy: 'DeleteOnScaledownOnly' }),
      ...(!tls && { http: { tls: { selfSignedCertificate: { disabled: true } } } }),
      nodeSets: [
        {
          name: 'default',
          count: nodes,
          // Memory maps want a setting of the node's kernel, which only a privileged container may change.
          config: { 'node.store.allow_mmap': false },
          ...(resources !== undefined && {
            podTemplate: { spec: { containers: [{ name: 'elasticsearch', resources }] } },
          }),
          volumeClaimTemplates: [
            {
              metadata: { name: 'elasticsearch-data' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage } },
                ...(storageClassName !== undefined && { storageClassName }),
              },
            },
          ],
        },
      ],
    },
  };
}

interface Health {
  readonly health?: string;
  readonly phase?: string;
  readonly observedGeneration?: number;
}

/** Yellow lacks copies, and answers every question. */
const answers = (health: unknown): boolean => health === 'green' || health === 'yellow';

/** The gate: its operator says that it is well, and so does the server itself. */
export function searchReady(context: CapabilityContext, { managed, probe }: SearchServer): Step {
  const what = managed === undefined ? 'the server of stores.search' : `Elasticsearch/${managed}`;
  // Kept, however late: pods that search in it go on doing so, and a cluster takes its time to come up.
  const step = (waits: string): Step => ({
    name: 'ServerReady',
    done: waits === '',
    waits,
    onTimeout: 'block',
  });
  if (managed !== undefined) {
    const live = context.live('Elasticsearch', managed);
    const { health, phase, observedGeneration = 0 } = (live?.['status'] ?? {}) as Health;
    if (phase === 'Invalid') return step(`${what} is refused by its operator; its events say why`);
    const isCurrent = observedGeneration >= (live?.metadata.generation ?? 0);
    if (phase !== 'Ready' || !answers(health) || !isCurrent) {
      return step(
        `${what} is not ready yet (${phase ?? 'its operator has said nothing'}, ${health ?? 'unknown'})`,
      );
    }
  }
  const answer = context.probeResult(probe);
  if (answer === undefined) return step(`${what} has not been asked yet`);
  if ('unknown' in answer) return step(`${what} does not answer (${answer.unknown}): ${answer.message}`);
  const { body } = answer.facts;
  const status = typeof body === 'object' && body !== null && 'status' in body ? body.status : undefined;
  // Not what it says: an answer is somebody else's text.
  return step(answers(status) ? '' : `${what} does not say that its health is green or yellow`);
}
