/** The types of object that the operator reads and writes. */
import { API_GROUP, API_VERSION, KIND } from '../../src/api/names.ts';
import type { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import type { ChildKind } from '../../src/kube/object.ts';
import type { KubeObject, ResourceType } from '../runtime/resources.ts';
import { resourceType } from '../runtime/resources.ts';

/** The name under which the operator owns fields. One, for all that it writes. */
export const FIELD_MANAGER = 'leadplatform-operator';

/** What every child carries, and what the watches of children select by. */
export const MANAGED_BY_SELECTOR = `app.kubernetes.io/managed-by=${FIELD_MANAGER}`;

export interface LeadPlatformObject extends KubeObject {
  /** As a person wrote it: whatever the API server let through, so it is admitted before it is used. */
  spec?: unknown;
  status?: LeadPlatformStatus;
}

export const LEAD_PLATFORMS = resourceType<LeadPlatformObject>({
  group: API_GROUP,
  version: API_VERSION,
  plural: 'leadplatforms',
  kind: KIND,
});

/** What installs the definition of LeadPlatforms, as a line that can be pasted in a checkout. */
export const installCommand = (kubectlOptions: string): string =>
  `${kubectl(kubectlOptions)} apply --server-side -f crds/`;

/** @param options Those by which kubectl finds the cluster. */
export const kubectl = (options: string): string => `kubectl ${options}`.trimEnd();

export const CHILD_TYPES: Readonly<Record<ChildKind, ResourceType>> = {
  ServiceAccount: resourceType({
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
  }),
  ConfigMap: resourceType({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' }),
  Deployment: resourceType({ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' }),
  Service: resourceType({ group: '', version: 'v1', plural: 'services', kind: 'Service' }),
  PodDisruptionBudget: resourceType({
    group: 'policy',
    version: 'v1',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
  }),
  CronJob: resourceType({ group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob' }),
  StatefulSet: resourceType({ group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet' }),
  Job: resourceType({ group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job' }),
  Ingress: resourceType({ group: 'networking.k8s.io', version: 'v1', plural: 'ingresses', kind: 'Ingress' }),
  HTTPRoute: resourceType({
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    plural: 'httproutes',
    kind: 'HTTPRoute',
  }),
  Cluster: resourceType({ group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters', kind: 'Cluster' }),
  RabbitmqCluster: resourceType({
    group: 'rabbitmq.com',
    version: 'v1beta1',
    plural: 'rabbitmqclusters',
    kind: 'RabbitmqCluster',
  }),
  Elasticsearch: resourceType({
    group: 'elasticsearch.k8s.elastic.co',
    version: 'v1',
    plural: 'elasticsearches',
    kind: 'Elasticsearch',
  }),
};

export interface SecretObject extends KubeObject {
  data?: Record<string, string>;
}
export const SECRETS = resourceType<SecretObject>({
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
});

/** Listed when a component does not come up, to tell why, and beside nodes; never watched. */
export const PODS = resourceType({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

/** Listed before the first step of a transition where that is wished for; never watched. */
export const NODES = resourceType({
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
});

/** Listed before the first step of a transition; never watched. */
export const RESOURCE_QUOTAS = resourceType({
  group: '',
  version: 'v1',
  plural: 'resourcequotas',
  kind: 'ResourceQuota',
});

/** Listed beside quotas, for what it gives containers counts towards them; never watched. */
export const LIMIT_RANGES = resourceType({
  group: '',
  version: 'v1',
  plural: 'limitranges',
  kind: 'LimitRange',
});

export interface HorizontalPodAutoscaler extends KubeObject {
  spec?: { scaleTargetRef?: { kind?: string; name?: string } };
}
export const AUTOSCALERS = resourceType<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
});

export interface ScaledObject extends KubeObject {
  spec?: { scaleTargetRef?: { kind?: string; name?: string } };
}
/** KEDA's; absent from most clusters. */
export const SCALED_OBJECTS = resourceType<ScaledObject>({
  group: 'keda.sh',
  version: 'v1alpha1',
  plural: 'scaledobjects',
  kind: 'ScaledObject',
});

export interface PodMetrics extends KubeObject {
  timestamp?: string;
  containers?: { name: string; usage?: { cpu?: string; memory?: string } }[];
}
/** Of the metrics API; absent where no metrics-server runs. */
export const POD_METRICS = resourceType<PodMetrics>({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural: 'pods',
  kind: 'PodMetrics',
});
