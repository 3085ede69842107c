/**
 * Why the operator has each right: the part of a platform's life that needs it. `life.ts` lets a platform live with the
 * rights of the chart, and the audit log of the API server says what was asked for. A right that is not in this table, or
 * that nothing asks for, fails a test; so does a request that was forbidden.
 */

export interface Need {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly need: string;
  /** Where it is met, when not in the life of a platform: a test, by its file and its name. */
  readonly elsewhere?: readonly [file: string, test: string];
}

const CHILDREN = [
  ['', 'configmaps'],
  ['', 'serviceaccounts'],
  ['', 'services'],
  ['apps', 'deployments'],
  ['policy', 'poddisruptionbudgets'],
  ['batch', 'cronjobs'],
] as const;
/** Those that go while the platform stays, without any capability. */
const PASSING = CHILDREN.slice(3);
/** Those that only capabilities add. */
const ADDED = [
  ['apps', 'statefulsets'],
  ['batch', 'jobs'],
  ['networking.k8s.io', 'ingresses'],
  ['gateway.networking.k8s.io', 'httproutes'],
  ['postgresql.cnpg.io', 'clusters'],
  ['rabbitmq.com', 'rabbitmqclusters'],
  ['elasticsearch.k8s.elastic.co', 'elasticsearches'],
] as const;

const KINDS = 'test/integration/capabilities/kinds.test.ts';
const MADE = [KINDS, 'is made once, and changed once where something else is wanted'] as const;
const TAKEN = [KINDS, 'is left alone where somebody else has its name'] as const;
const REMOVED = [KINDS, 'is removed once nothing calls for it'] as const;

export const NEEDS: readonly Need[] = [
  {
    group: 'leadplatform.io',
    resource: 'leadplatforms',
    verb: 'list',
    need: 'finds the platforms that are there',
  },
  { group: 'leadplatform.io', resource: 'leadplatforms', verb: 'watch', need: 'hears of a new platform' },
  {
    group: 'leadplatform.io',
    resource: 'leadplatforms/status',
    verb: 'patch',
    need: 'says how a platform is',
  },
  ...CHILDREN.flatMap(([group, resource]): Need[] => [
    { group, resource, verb: 'list', need: 'finds the children that are there' },
    { group, resource, verb: 'watch', need: 'hears that a child has changed' },
    { group, resource, verb: 'create', need: 'makes the children of a platform' },
    {
      group,
      resource,
      verb: 'patch',
      need: 'changes a child that drifted, or of which something else is wanted',
    },
    { group, resource, verb: 'get', need: 'looks whose an object is that has the name of a child' },
  ]),
  ...PASSING.map(([group, resource]): Need => ({
    group,
    resource,
    verb: 'delete',
    need: 'removes what is no longer wanted',
  })),
  ...ADDED.flatMap(([group, resource]): Need[] => [
    { group, resource, verb: 'list', need: 'finds what capabilities have added' },
    { group, resource, verb: 'watch', need: 'hears that such an object has changed' },
    { group, resource, verb: 'create', need: 'puts a capability in place', elsewhere: MADE },
    { group, resource, verb: 'patch', need: 'changes what a capability has added', elsewhere: MADE },
    { group, resource, verb: 'get', need: 'looks whose an object is', elsewhere: TAKEN },
  ]),
  ...[...ADDED, ['', 'services'], ['', 'configmaps']].map(([group = '', resource = '']): Need => ({
    group,
    resource,
    verb: 'delete',
    need: 'removes what a capability had added',
    elsewhere: REMOVED,
  })),
  {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    verb: 'list',
    need: 'leaves replicas to an autoscaler',
  },
  {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    verb: 'watch',
    need: 'hears of a new autoscaler',
  },
  { group: 'keda.sh', resource: 'scaledobjects', verb: 'list', need: 'leaves replicas to KEDA' },
  { group: 'keda.sh', resource: 'scaledobjects', verb: 'watch', need: 'hears of a new ScaledObject' },
  { group: '', resource: 'pods', verb: 'list', need: 'says why a part does not come up' },
  { group: '', resource: 'resourcequotas', verb: 'list', need: 'sees whether a transition has room' },
  { group: '', resource: 'limitranges', verb: 'list', need: 'sees what is counted towards a quota' },
  { group: 'metrics.k8s.io', resource: 'pods', verb: 'list', need: 'measures CPU and memory' },
  { group: '', resource: 'secrets', verb: 'get', need: 'reads the credentials of a store' },
  { group: '', resource: 'events', verb: 'create', need: 'says what it did' },
  {
    group: '',
    resource: 'events',
    verb: 'patch',
    need: 'counts what it says again, minutes later',
    elsewhere: [
      'test/integration/runtime/events.test.ts',
      'that is said a hundred times is written twice, and counted',
    ],
  },
];

/** Where what is free on nodes is looked at. With a ClusterRole for all the rest the pods are in that one. */
export const NODE_NEEDS: readonly Need[] = [
  { group: '', resource: 'nodes', verb: 'list', need: 'tells where pods to be made fit on no node' },
];

export const LEASE_NEEDS: readonly Need[] = [
  { group: 'coordination.k8s.io', resource: 'leases', verb: 'create', need: 'leads first' },
  { group: 'coordination.k8s.io', resource: 'leases', verb: 'get', need: 'looks who leads' },
  { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', need: 'goes on leading' },
];
