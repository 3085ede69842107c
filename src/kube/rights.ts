/**
 * What the operator must do on the API server, what it may do, and what it may never do: the one table that the chart's roles are
 * tested against, both ways, and that `docs/reference/rights.md` is made from.
 *
 * | level | granted                          | tested                                                                    |
 * |-------|----------------------------------|---------------------------------------------------------------------------|
 * | must  | always                           | by a life in which everything happens: the audit log shows each was used |
 * | may   | unless a value of the chart says no | the same; without it everything else works                            |
 * | never | by no role                       | by SubjectAccessReviews of the operator's account                        |
 *
 * A right that is not here fails a test, and so does one that is here and that nothing asks for.
 */
import { API_GROUP } from '../api/names.ts';

/** A request as RBAC knows it. */
export interface Access {
  /** `''` for the core group. */
  readonly group: string;
  /** Plural, with its subresource, like `leadplatforms/status`. */
  readonly resource: string;
  readonly verb: string;
}

/**
 * The role that has it: `main` where it watches, `lease` in its own namespace, `nodes` and `reviews` in the cluster, whatever is
 * watched.
 */
export type RightRole = 'main' | 'lease' | 'nodes' | 'reviews';

export interface Right extends Access {
  readonly role: RightRole;
  readonly level: 'must' | 'may';
  /** What needs it, after "the operator": `finds the platforms that are there`. */
  readonly need: string;
  /** Where it is met, when not in the life of a platform: a test, by its file and its name. */
  readonly test?: readonly [file: string, name: string];
  /** Of this object alone. */
  readonly only?: string;
  /** Not beside a `main` role of the whole cluster, which has it already. */
  readonly unlessClusterWide?: boolean;
}

export interface Forbidden {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Why not, as a sentence. */
  readonly because: string;
}

/** How the chart was installed, as far as it changes the rights. */
export interface Installation {
  readonly clusterWide: boolean;
  /** `preflight.nodes` */
  readonly nodes: boolean;
  /** `rbac.reviews` */
  readonly reviews: boolean;
}

/** The value of the chart that takes a role with what may be done away. */
export const SWITCHES = { nodes: 'preflight.nodes', reviews: 'rbac.reviews' } as const;

const main = (
  group: string,
  resource: string,
  needs: Readonly<Record<string, string>>,
  test?: readonly [file: string, name: string],
): readonly Right[] =>
  Object.entries(needs).map(([verb, need]) => ({
    group,
    resource,
    verb,
    need,
    role: 'main',
    level: 'must',
    ...(test && { test }),
  }));

const KINDS = 'test/integration/capabilities/kinds.test.ts';
const MADE = [KINDS, 'is made once, and changed once where something else is wanted'] as const;
const TAKEN = [KINDS, 'is left alone where another owner has its name'] as const;
const REMOVED = [KINDS, 'is removed once nothing needs it'] as const;

/** Of every platform. */
const child = (group: string, resource: string): readonly Right[] =>
  main(group, resource, {
    list: 'finds the children that are there',
    watch: 'hears that a child has changed',
    create: 'makes the children of a platform',
    patch: 'changes a child that drifted, or of which something else is wanted',
    get: 'looks whose an object is that has the name of a child',
  });

/** Only of capabilities. */
const added = (group: string, resource: string): readonly Right[] => [
  ...main(group, resource, {
    list: 'finds what capabilities have added',
    watch: 'hears that such an object has changed',
  }),
  ...main(
    group,
    resource,
    { create: 'puts a capability in place', patch: 'changes what a capability has added' },
    MADE,
  ),
  ...main(group, resource, { get: 'looks whose an object is' }, TAKEN),
  ...removedWithCapability(group, resource),
];

/** Of every platform, and gone while it stays, without any capability. */
const passing = (group: string, resource: string): readonly Right[] => [
  ...child(group, resource),
  ...main(group, resource, { delete: 'removes what is no longer wanted' }),
];

function removedWithCapability(group: string, resource: string): readonly Right[] {
  return main(group, resource, { delete: 'removes what a capability had added' }, REMOVED);
}

const MAIN: readonly Right[] = [
  ...main(API_GROUP, 'leadplatforms', {
    list: 'finds the platforms that are there',
    watch: 'hears of a new platform',
  }),
  ...main(API_GROUP, 'leadplatforms/status', { patch: 'says how a platform is' }),
  ...child('', 'configmaps'),
  ...removedWithCapability('', 'configmaps'),
  // Never removed: it goes with its platform.
  ...child('', 'serviceaccounts'),
  ...child('', 'services'),
  ...removedWithCapability('', 'services'),
  ...passing('apps', 'deployments'),
  ...passing('policy', 'poddisruptionbudgets'),
  ...passing('batch', 'cronjobs'),
  ...added('apps', 'statefulsets'),
  ...added('batch', 'jobs'),
  ...added('networking.k8s.io', 'ingresses'),
  ...added('gateway.networking.k8s.io', 'httproutes'),
  ...added('postgresql.cnpg.io', 'clusters'),
  ...added('rabbitmq.com', 'rabbitmqclusters'),
  ...added('elasticsearch.k8s.elastic.co', 'elasticsearches'),
  ...main('autoscaling', 'horizontalpodautoscalers', {
    list: 'leaves replicas to an autoscaler',
    watch: 'hears of a new autoscaler',
  }),
  ...main('keda.sh', 'scaledobjects', {
    list: 'leaves replicas to KEDA',
    watch: 'hears of a new ScaledObject',
  }),
  ...main('', 'pods', { list: 'says why a component does not come up' }),
  ...main('', 'resourcequotas', { list: 'sees whether a transition has room' }),
  ...main('', 'limitranges', { list: 'sees what is counted towards a quota' }),
  ...main('metrics.k8s.io', 'pods', { list: 'measures CPU and memory' }),
  ...main('', 'secrets', { get: 'reads the credentials of a store' }),
  ...main('', 'events', { create: 'says what it did' }),
  ...main('', 'events', { patch: 'counts what it says again, minutes later' }, [
    'test/integration/runtime/events.test.ts',
    'that is said a hundred times is written twice, and counted',
  ]),
];

const LEASES = { group: 'coordination.k8s.io', resource: 'leases', role: 'lease', level: 'must' } as const;
const LEASE: readonly Right[] = [
  // A name cannot be asked for where nothing exists yet.
  { ...LEASES, verb: 'create', need: 'leads first' },
  { ...LEASES, verb: 'get', need: 'looks who leads', only: 'leadplatform-operator' },
  { ...LEASES, verb: 'update', need: 'goes on leading', only: 'leadplatform-operator' },
];

const NODES: readonly Right[] = [
  {
    ...{ group: '', resource: 'nodes', verb: 'list', role: 'nodes', level: 'may' },
    need: 'tells where Pods to be made fit on no Node',
  },
  {
    ...{ group: '', resource: 'pods', verb: 'list', role: 'nodes', level: 'may' },
    need: 'counts what the Pods of other namespaces take of a Node',
    unlessClusterWide: true,
  },
];

const REVIEWS: readonly Right[] = [
  {
    ...{ group: 'authentication.k8s.io', resource: 'tokenreviews', verb: 'create' },
    ...{ role: 'reviews', level: 'may' },
    need: 'asks whose token it was shown, before it shows live numbers',
  },
  {
    ...{ group: 'authorization.k8s.io', resource: 'subjectaccessreviews', verb: 'create' },
    ...{ role: 'reviews', level: 'may' },
    need: 'asks whether that user may get the LeadPlatform',
  },
];

/** What must be done and what may be done. */
export const RIGHTS: readonly Right[] = [...MAIN, ...LEASE, ...NODES, ...REVIEWS];

/** What the roles of an installation grant: these, and nothing else. */
export function rightsOf({ clusterWide, nodes, reviews }: Installation): readonly Right[] {
  return RIGHTS.filter(
    ({ role, unlessClusterWide = false }) =>
      !(role === 'nodes' && !nodes) &&
      !(role === 'reviews' && !reviews) &&
      !(unlessClusterWide && clusterWide),
  );
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;
const SPEC_IS_THE_AUTHORS = 'The spec is its author’s; the operator writes the status alone.';
const NOT_INTO_PODS = 'In a Pod are its credentials.';
const RBAC = 'rbac.authorization.k8s.io';
const NO_RIGHTS_FROM_ITSELF = 'It gives no rights, neither to itself nor to others.';
const NO_ADMISSION = 'It decides about no object of others.';

/** What no role of the chart grants, at no value. */
export const NEVER: readonly Forbidden[] = [
  { group: API_GROUP, resource: 'leadplatforms', verbs: WRITES, because: SPEC_IS_THE_AUTHORS },
  {
    group: API_GROUP,
    resource: 'leadplatforms/finalizers',
    verbs: ['update', 'patch'],
    because: 'A LeadPlatform can be deleted when the operator is gone.',
  },
  {
    group: '',
    resource: 'secrets',
    verbs: ['list', 'watch', ...WRITES],
    because: 'A Secret is read by the name that a LeadPlatform gives, and never written.',
  },
  {
    group: '',
    resource: 'pods',
    verbs: WRITES,
    because: 'Pods are made by Deployments, StatefulSets and Jobs, where quotas and admission see them.',
  },
  {
    group: '',
    resource: 'pods',
    verbs: ['get', 'watch'],
    because: 'Pods are listed where a component does not come up, and not held in memory.',
  },
  ...['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers'].map((name) => ({
    group: '',
    resource: `pods/${name}`,
    verbs: ['get', 'create', 'update', 'patch'],
    because: NOT_INTO_PODS,
  })),
  { group: '', resource: 'pods/log', verbs: ['get'], because: 'Logs of an application hold personal data.' },
  {
    group: '',
    resource: 'pods/resize',
    verbs: ['update', 'patch'],
    because: 'A Pod is as its Deployment says.',
  },
  {
    group: '',
    resource: 'pods/eviction',
    verbs: ['create'],
    because: 'It takes Pods away by replicas alone, with their grace.',
  },
  {
    group: '',
    resource: 'serviceaccounts',
    verbs: ['delete', 'deletecollection', 'impersonate'],
    because: 'An account goes with its platform; it acts as no one else.',
  },
  {
    group: '',
    resource: 'serviceaccounts/token',
    verbs: ['create'],
    because: 'It makes no credentials.',
  },
  ...[
    ['', 'users'],
    ['', 'groups'],
    ['authentication.k8s.io', 'uids'],
    ['authentication.k8s.io', 'userextras'],
  ].map(([group = '', resource = '']) => ({
    group,
    resource,
    verbs: ['impersonate'],
    because: 'It acts as no one else.',
  })),
  {
    group: '',
    resource: 'persistentvolumeclaims',
    verbs: WRITES,
    because: 'Data outlives the resource: what holds it is made and removed by engines and people.',
  },
  {
    group: '',
    resource: 'persistentvolumes',
    verbs: WRITES,
    because: 'Data outlives the resource.',
  },
  { group: '', resource: 'namespaces', verbs: WRITES, because: 'Namespaces are their administrators’.' },
  { group: '', resource: 'nodes', verbs: WRITES, because: 'Nodes are looked at, at most.' },
  ...['proxy', 'log', 'stats', 'metrics', 'pods', 'configz'].map((name) => ({
    group: '',
    resource: `nodes/${name}`,
    verbs: ['get', 'create'],
    because: NOT_INTO_PODS,
  })),
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['list', 'watch', 'patch', 'delete', 'deletecollection'],
    because: 'It leads by one Lease, and ends the lead of no other.',
  },
  ...['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map((resource) => ({
    group: RBAC,
    resource,
    verbs: [...WRITES, 'bind', 'escalate'],
    because: NO_RIGHTS_FROM_ITSELF,
  })),
  {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests/approval',
    verbs: ['update', 'patch'],
    because: 'It makes no credentials.',
  },
  {
    group: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    verbs: WRITES,
    because: 'The definition is installed by the chart, not by the process.',
  },
  ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'validatingadmissionpolicies'].map(
    (resource) => ({ group: 'admissionregistration.k8s.io', resource, verbs: WRITES, because: NO_ADMISSION }),
  ),
  {
    group: 'networking.k8s.io',
    resource: 'networkpolicies',
    verbs: WRITES,
    because: 'Who may reach a platform is its namespace’s to say.',
  },
];
