/** Ways to install the chart, and mistakes in its values with what is said of them. */

export interface Way {
  readonly name: string;
  readonly values: object;
  /** Kinds that it has beside those of the defaults, or lacks. */
  readonly adds?: readonly string[];
  readonly lacks?: readonly string[];
}

export const WAYS: readonly Way[] = [
  { name: 'with nothing said', values: {} },
  {
    name: 'for the whole cluster',
    values: { watch: { clusterWide: true } },
  },
  {
    name: 'for one namespace, with a look at nodes',
    values: { preflight: { nodes: true } },
  },
  { name: 'for two namespaces', values: { watch: { namespaces: ['default', 'kube-public'] } } },
  {
    name: 'with servers on loopback',
    values: { authors: { allowAddresses: ['127.0.0.0/8', '::1'] } },
  },
  {
    name: 'beside another release of the cluster',
    values: { crds: { install: false }, userRoles: { create: false } },
    lacks: ['CustomResourceDefinition'],
  },
  {
    name: 'with no right on the cluster',
    values: {
      ...{ crds: { install: false }, userRoles: { create: false }, rbac: { reviews: false } },
      authors: { checkSecrets: false },
    },
    lacks: [
      ...['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding'],
      ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
    ],
  },
  {
    name: 'without a check of who may name a Secret',
    values: { authors: { checkSecrets: false } },
    lacks: ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  },
  {
    name: 'with rights and an account of one’s own',
    values: { rbac: { create: false }, serviceAccount: { create: false, name: 'mine' } },
    lacks: ['RoleBinding', 'ServiceAccount'],
  },
  {
    name: 'with Secrets by name and readers of live numbers',
    values: {
      rbac: { secretNames: ['brain-postgres', 'brain-redis'] },
      userRoles: { statusReaders: [{ kind: 'Group', name: 'ops', apiGroup: 'rbac.authorization.k8s.io' }] },
    },
  },
  {
    name: 'with everything for Prometheus and Grafana',
    values: {
      metrics: {
        service: { annotations: { a: 'b' } },
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
        prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
        dashboard: { enabled: true, annotations: { folder: 'apps' } },
      },
    },
    adds: ['ServiceMonitor', 'PrometheusRule', 'ConfigMap'],
  },
  {
    name: 'with a NetworkPolicy of peers and sources',
    values: {
      networkPolicy: {
        enabled: true,
        ingress: { from: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }] },
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
      },
    },
  },
  {
    name: 'without a NetworkPolicy',
    values: { networkPolicy: { enabled: false } },
    lacks: ['NetworkPolicy'],
  },
  {
    name: 'with priority classes for the parts of platforms',
    values: { priorityClasses: { create: true, lowest: 50, preemptionPolicy: 'Never' } },
    adds: ['PriorityClass'],
  },
  {
    name: 'with one replica, which has no budget',
    values: { replicas: 1 },
    lacks: ['PodDisruptionBudget'],
  },
  {
    name: 'with all that a pod may have',
    values: {
      image: { repository: 'localhost:5000/a/b', digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      authors: {
        ...{ allowPrivileged: true, allowHostPaths: true, allowServiceAccounts: true },
        allowPriorityClasses: ['leadplatform-*'],
        allowTolerations: ['dedicated', 'example.com/pool'],
        allowHostnames: ['leads.example.com', 'localhost'],
        allowIngressAnnotations: ['cert-manager.io/*'],
        allowPodAnnotations: ['*'],
      },
      crds: { keep: false, annotations: { a: 'b' } },
      serviceAccount: { name: 'other', annotations: { a: 'b' } },
      podDisruptionBudget: { maxUnavailable: '50%' },
      log: { level: 'debug' },
      concurrency: 64,
      extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }],
      extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
      extraVolumeMounts: [{ name: 'ca', mountPath: '/ca' }],
      resources: { limits: { cpu: 1 } },
      podSecurityContext: { runAsUser: null, fsGroup: 1 },
      commonLabels: { team: 'leads' },
      podLabels: { sidecar: 'none' },
      podAnnotations: { a: 'b' },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ operator: 'Exists' }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
          },
        },
      },
      topologySpreadConstraints: [],
      priorityClassName: 'system-cluster-critical',
      terminationGracePeriodSeconds: 60,
      nameOverride: 'lpo',
      fullnameOverride: 'platforms',
    },
  },
];

/** Refused, each with words that say where and what. */
export const MISTAKES: readonly {
  readonly name: string;
  readonly values: object;
  readonly says: readonly string[];
}[] = [
  { name: 'a section that there is not', values: { metric: {} }, says: ["'metric'", 'not allowed'] },
  {
    name: 'a field with a letter too many',
    values: { watch: { namespace: ['a'] } },
    says: ['/watch', "'namespace'"],
  },
  {
    name: 'a word where there are two',
    values: { crds: { install: 'yes' } },
    says: ['/crds/install', 'boolean'],
  },
  {
    name: 'a number of nodes in place of whether they are looked at',
    values: { preflight: { nodes: 3 } },
    says: ['/preflight/nodes', 'boolean'],
  },
  {
    name: 'a star before a domain, which stands for all below it anyway',
    values: { authors: { allowHostnames: ['*.example.com'] } },
    says: ['/authors/allowHostnames/0'],
  },
  {
    name: 'a star in the middle of a key',
    values: { authors: { allowIngressAnnotations: ['cert-manager.io/*/a'] } },
    says: ['/authors/allowIngressAnnotations/0'],
  },
  { name: 'one taint in place of a list', values: { authors: { allowTolerations: '*' } }, says: ['array'] },
  { name: 'a number in words', values: { replicas: 'two' }, says: ['/replicas', 'integer'] },
  { name: 'a count below nothing', values: { replicas: -1 }, says: ['/replicas', '0'] },
  { name: 'one namespace in place of a list', values: { watch: { namespaces: 'a' } }, says: ['array'] },
  { name: 'a namespace that no one can have', values: { watch: { namespaces: ['Leads'] } }, says: ['Leads'] },
  { name: 'a level that there is not', values: { log: { level: 'loud' } }, says: ['/log/level', 'debug'] },
  { name: 'a policy in small letters', values: { image: { pullPolicy: 'always' } }, says: ['Always'] },
  { name: 'a tag inside the repository', values: { image: { repository: 'a/b:1' } }, says: ['repository'] },
  { name: 'half of a digest', values: { image: { digest: 'sha256:abc' } }, says: ['/image/digest'] },
  { name: 'reviews in words', values: { rbac: { reviews: 'yes' } }, says: ['/rbac/reviews', 'boolean'] },
  { name: 'a Secret as an object', values: { rbac: { secretNames: [{ name: 'a' }] } }, says: ['string'] },
  { name: 'a label that is a number', values: { commonLabels: { a: 1 } }, says: ['/commonLabels/a'] },
  {
    name: 'an interval without a unit',
    values: { metrics: { serviceMonitor: { interval: '30' } } },
    says: ['/metrics/serviceMonitor/interval'],
  },
  {
    name: 'a reader who is a pod',
    values: { userRoles: { statusReaders: [{ kind: 'Pod', name: 'a' }] } },
    says: ['Group'],
  },
  {
    name: 'a priority that Kubernetes keeps for itself',
    values: { priorityClasses: { lowest: 2_000_000_000 } },
    says: ['/priorityClasses/lowest'],
  },
  { name: 'more concurrency than there is', values: { concurrency: 2000 }, says: ['/concurrency', '1,000'] },
  {
    name: 'more than all of them',
    values: { podDisruptionBudget: { maxUnavailable: '101%' } },
    says: ['maxUnavailable'],
  },
  {
    name: 'the whole cluster and two namespaces of it',
    values: { watch: { clusterWide: true, namespaces: ['a', 'b'] } },
    says: ['watch.clusterWide and watch.namespaces exclude each other: leave one out'],
  },
  {
    name: 'an account that nobody creates',
    values: { serviceAccount: { create: false } },
    says: ['serviceAccount.create is false: say in serviceAccount.name which one the operator runs as'],
  },
];
