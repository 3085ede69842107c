import {
  RAISED_BY_ANNOTATION as BY,
  RAISED_FROM_ANNOTATION as FROM,
  RAISED_TO_ANNOTATION as TO,
  REMOVAL_ANNOTATION,
} from '../api/names.ts';
import { formatDuration } from '../api/quantity.ts';
import { capabilityMetadata } from '../kube/labels.ts';
import type { Adjustment } from '../kube/adjustment.ts';
import type { KubeObject } from '../kube/object.ts';
import type { PostgresProbe } from '../probes/probe.ts';
import type { Capability } from './contract/capability.ts';
import {
  blocked,
  type PartialContribution,
  external,
  gated,
  leaving,
  ready,
  type Step,
} from './contract/contribution.ts';
import type { EnvVar } from '../workloads/pod-shape.ts';
import { type Lag, lagProbe, lagOf } from './database/lag.ts';
import { named, overriddenBy, rolledOut } from './environment.ts';
import { asksFor, overridden, componentsWithout } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

export const readReplica: Capability = {
  name: 'read-replica',
  prerequisites: [
    'a Postgres that can be replicated: a Cluster of CloudNativePG, or a copy that you run',
    'DB read and write hosts set apart in the application',
  ],
  summary: 'Sends reports and pages to a copy of the database.',
  manual: {
    fields: ['spec.capabilities.readReplica', 'spec.stores.postgres', 'spec.capabilities.environment'],
    how: 'The instances of `cluster` are raised to `instances`, never lowered. Once the copy is ready and the primary says that it is near, every pod gets `DB_REPORTS_HOST`, the address of a Service that sends to copies. Whenever a copy is further behind than `maxLag`, or that is not known, that Service sends to the primary, and back at half of it: no pod restarts. With `reads: General` pods get `DB_READ_HOST` and `DB_STICKY=true` as well: name them in `config/database.php` as `read.host` and `sticky`, so that a request which has written reads what it wrote. A copy of your own (`host`) is asked whether it answers; its lag is not watched, and its address stays.',
    costs:
      'An instance of Postgres with a volume as large as the first. The first copy reads the whole database once. One rolling update.',
    touches:
      'Of your Cluster `spec.instances` and three annotations (`leadplatform.io/raised-by`, `-to`, `-from`), nothing else. A tool that sets `instances` back (a GitOps repository that names it) is overwritten, with growing pauses: leave the field to the operator, or write there what you want. Service `<platform>-reports`; the environment of every pod. `stores.postgres` must be the primary (`<cluster>-rw`), and its role a member of `pg_monitor`.',
    undo: 'Set the policy of `read-replica` to `Never`: the variables are removed, then the Service. The instances stay until you confirm that the volumes of the copies may go (`leadplatform.io/confirm-removal: read-replica`); then they are as many as you had. If you have changed them since, they stay as they are. Take the capability back before you take `cluster` out of the settings.',
  },
  build: (context) => {
    const { cluster, host } = context.spec.capabilities.readReplica;
    if (!context.wanted) return withdrawn(context);
    if (host !== undefined) return ofTheUser(context, host);
    if (cluster !== undefined) return ofCluster(context, cluster);
    return blocked(
      'NotConfigured',
      'spec.capabilities.readReplica names no database. Set cluster (a Cluster of CloudNativePG) or host (a copy of your own).',
    );
  },
};

const PORT = 5432;
const ROLE = 'cnpg.io/instanceRole';

const serviceName = ({ platform }: CapabilityContext): string => `${platform.name}-reports`;

function variables(context: CapabilityContext): readonly EnvVar[] {
  const { host, port, reads } = context.spec.capabilities.readReplica;
  const at = host ?? serviceName(context);
  const addressed = (prefix: string): readonly EnvVar[] => [
    { name: `${prefix}HOST`, value: at },
    ...(host === undefined || port === PORT ? [] : [{ name: `${prefix}PORT`, value: String(port) }]),
  ];
  return named(context.spec, [
    ...addressed('DB_REPORTS_'),
    ...(reads === 'General' ? [...addressed('DB_READ_'), { name: 'DB_STICKY', value: 'true' }] : []),
  ]);
}

function ofTheUser(context: CapabilityContext, host: string): PartialContribution {
  const { stores, capabilities } = context.spec;
  if (stores.postgres === undefined) return NO_STORE;
  const env = variables(context);
  const taken = overridden(context, env);
  if (taken.length > 0) return { ...overriddenBy(taken), env };
  const probe: PostgresProbe = {
    id: 'read-replica/host',
    kind: 'postgres',
    store: { ...stores.postgres, host, port: capabilities.readReplica.port },
    query: 'SELECT pg_is_in_recovery() AS copy',
  };
  const answer = context.probeResult(probe);
  const answers = answer !== undefined && 'facts' in answer;
  const why =
    answer !== undefined && 'unknown' in answer ? ` (${answer.unknown}): ${answer.message}` : ' yet';
  return {
    ...gated(
      [
        { name: 'CopyAnswers', done: answers, waits: `the copy at ${host} does not answer${why}` },
        rolledOut(componentsWithout(context, env)),
      ],
      external(`Reads that may be a little old go to ${host}, which is yours.`),
    ),
    ...((answers || isBegun(context, env)) && { env }),
    probes: [probe],
  };
}

const NO_STORE = blocked(
  'NotConfigured',
  'spec.stores.postgres is not set. Set it: its primary says how far a copy is behind.',
);

function ofCluster(context: CapabilityContext, cluster: string): PartialContribution {
  const { serves, other, spec, platform } = context;
  const { instances, maxLag } = spec.capabilities.readReplica;
  const { postgres: store } = spec.stores;
  if (store === undefined) return NO_STORE;
  if (!serves('Cluster')) {
    return blocked(
      'CloudNativePGMissing',
      'The cluster has no CloudNativePG (postgresql.cnpg.io/v1, Cluster); install it, or give capabilities.readReplica.host.',
    );
  }
  const live = other('Cluster', cluster);
  if (live === undefined) {
    return blocked(
      'ClusterMissing',
      `There is no Cluster/${cluster} in this namespace; correct capabilities.readReplica.cluster.`,
    );
  }
  const by = live.metadata.annotations?.[BY];
  const isLow = instancesOf(live) < instances;
  if (isLow && by !== undefined && by !== platform.name) {
    return blocked(
      'RaisedByOther',
      `Cluster/${cluster} was raised by the LeadPlatform ${by}, to fewer instances; ask for as many there, or name another Cluster.`,
    );
  }
  const env = variables(context);
  const probe = lagProbe(store, cluster, maxLag);
  const lag = lagOf(context.probeResult(probe));
  const isUp = readyOf(live) >= Math.max(2, Math.min(instances, instancesOf(live)));
  const role = isUp ? roleOf(context, lag) : 'primary';
  const shared = {
    objects: [reports(context, cluster, role)],
    probes: [probe],
    ...(isLow && { patches: [raised(context, live, instances)] }),
  };
  const taken = overridden(context, env);
  if (taken.length > 0) return { ...overriddenBy(taken), ...shared, env };
  const service = context.live('Service', serviceName(context));
  const steps: readonly Step[] = [
    {
      name: 'ReplicaReady',
      done: !isLow && isUp,
      waits: `Cluster/${cluster} does not have ${instances} ready instances yet`,
      onTimeout: 'wait',
    },
    {
      name: 'CaughtUp',
      done: role === 'replica' && service !== undefined && presentRole(context) === 'replica',
      waits: `${whyPrimary(lag, cluster, maxLag)}; until then reads go to the primary`,
      onTimeout: 'wait',
    },
  ];
  const near = steps.every(({ done }) => done);
  return {
    ...gated(
      [...steps, rolledOut(componentsWithout(context, env))],
      ready(
        `Reads that may be a little old go to copies of Cluster/${cluster}, by Service/${serviceName(context)}.`,
      ),
    ),
    ...shared,
    // The Service has an answer for whoever asks, so what has begun is not taken back while the copy is away.
    ...((near || isBegun(context, env)) && { env }),
  };
}

function whyPrimary(lag: Lag, cluster: string, maxLag: number): string {
  switch (lag.is) {
    case 'unasked':
      return 'the database has not been asked yet how far its copies are';
    case 'unknown':
      return `it is not known how far the copies of Cluster/${cluster} are behind (${lag.why})`;
    case 'behind':
      return `a copy of Cluster/${cluster} is more than ${formatDuration(maxLag)} behind`;
    default:
      return `a copy of Cluster/${cluster} is not within half of ${formatDuration(maxLag)} yet`;
  }
}

type Role = 'replica' | 'primary';

/** To the primary as soon as there is doubt; back only when the copy is near. What is not known yet changes nothing. */
function roleOf(context: CapabilityContext, { is }: Lag): Role {
  if (is === 'near') return 'replica';
  const stays = is === 'fair' || is === 'unasked';
  return stays && presentRole(context) === 'replica' ? 'replica' : 'primary';
}

function presentRole(context: CapabilityContext): string | undefined {
  const { selector } = (context.live('Service', serviceName(context))?.['spec'] ?? {}) as {
    selector?: Readonly<Record<string, string>>;
  };
  return selector?.[ROLE];
}

function reports(context: CapabilityContext, cluster: string, role: Role): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: capabilityMetadata(context.platform, serviceName(context), 'read-replica'),
    spec: {
      selector: { 'cnpg.io/cluster': cluster, [ROLE]: role },
      ports: [{ name: 'postgres', port: PORT, targetPort: PORT, protocol: 'TCP' }],
    },
  };
}

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const instancesOf = ({ spec }: KubeObject): number =>
  number((spec as { instances?: unknown } | undefined)?.instances, 1);
const readyOf = ({ status }: KubeObject): number =>
  number((status as { readyInstances?: unknown } | undefined)?.readyInstances, 0);
const isBegun = (context: CapabilityContext, env: readonly EnvVar[]): boolean =>
  context.transitionState.wanted.some(({ live }) => live !== undefined && asksFor(live.object, env, true));

/** How many there were is remembered on the Cluster itself; where somebody has changed them since, they are theirs. */
function raised({ platform }: CapabilityContext, live: KubeObject, to: number): Adjustment {
  const { annotations = {} } = live.metadata;
  const now = instancesOf(live);
  const isOurs = annotations[BY] === platform.name && annotations[TO] === String(now);
  const from = isOurs ? (annotations[FROM] ?? String(now)) : String(now);
  return {
    live,
    annotations: { [BY]: platform.name, [TO]: String(to), [FROM]: from },
    spec: { instances: to },
    why: `it has ${now} instances, and is to have ${to}`,
  };
}

function withdrawn(context: CapabilityContext): PartialContribution {
  const { other, platform, spec, mayLoseData } = context;
  const { cluster, host } = spec.capabilities.readReplica;
  const late = componentsWithout(context, variables(context), false);
  const gone = rolledOut(late);
  if (cluster === undefined || host !== undefined) return leaving([gone]);
  const live = other('Cluster', cluster);
  const { annotations = {} } = live?.metadata ?? {};
  const isOurs = live !== undefined && annotations[BY] === platform.name;
  const now = live === undefined ? 0 : instancesOf(live);
  const from = Number(annotations[FROM]);
  const lowers =
    isOurs && annotations[TO] === String(now) && Number.isInteger(from) && from >= 1 && from < now;
  const service = context.live('Service', serviceName(context));
  const keepsService = late.length > 0 && service !== undefined;
  const mayGo = isOurs && late.length === 0 && (!lowers || mayLoseData);
  return {
    ...leaving([
      gone,
      {
        name: 'ServiceRemoved',
        done: service === undefined,
        waits: `removing Service/${serviceName(context)}`,
      },
      {
        name: lowers && !mayLoseData ? 'RemovalUnconfirmed' : 'InstancesLowered',
        done: !isOurs,
        waits: lowers
          ? `Cluster/${cluster} has ${now} instances and had ${from}; the volumes of the others are lost when it goes back${mayLoseData ? '' : `, so add read-replica to the annotation ${REMOVAL_ANNOTATION} of the LeadPlatform to let them go`}`
          : `taking the marks off Cluster/${cluster}`,
        ...(lowers && !mayLoseData ? { waitsFor: 'person' } : { onTimeout: 'wait' }),
      },
    ]),
    ...(keepsService && { objects: [reports(context, cluster, 'primary')] }),
    ...(mayGo && {
      patches: [
        {
          live,
          annotations: { [BY]: null, [TO]: null, [FROM]: null },
          ...(lowers && { spec: { instances: from } }),
          why: lowers ? `it goes back to the ${from} instances that it had` : 'the platform has left it',
        },
      ],
    }),
  };
}
