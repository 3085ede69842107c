import { confirmedRemovals, movedData } from '../api/confirmed.ts';
import { DATA_MOVED_BACK_ANNOTATION } from '../api/names.ts';
import type { ServiceDatabase } from '../api/schema/capabilities/databases.ts';
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
import {
  clusterOf,
  clustersLeaving,
  clustersThere,
  databaseVariables,
  isHealthy,
  NO_CLOUDNATIVEPG,
  secretOf,
  variablesFrom,
} from './database/clusters.ts';
import {
  isInUse,
  isThere,
  type Move,
  movedBack,
  moveOf,
  componentsLate,
  switchingBack,
} from './database/moving.ts';
import { capitalised } from '../text/words.ts';
import { named, overriddenBy } from './environment.ts';
import { dueServices } from './services/declared.ts';
import { componentName } from '../api/declared-services.ts';
import { overridden } from './contract/rollout.ts';
import type { CapabilityContext } from './contract/context.ts';

const CAPABILITY = 'database-per-service';

export const databasePerService: Capability = {
  name: CAPABILITY,
  prerequisites: ['CloudNativePG, or databases of your own', 'an application that can move its tables'],
  summary: 'Gives each service a database of its own.',
  manual: {
    fields: ['spec.capabilities.databasePerService', 'spec.capabilities.environment'],
    how: 'Each service of `services` gets a Cluster of CloudNativePG (or the database whose Secret you name). Once it is healthy, its data must be moved, which only the application can do: by the Job of `move`, whose success counts, or by hand, and then you add `database-per-service/<service>` to the annotation `leadplatform.io/data-moved` of the LeadPlatform. Then the pods of the service, and of no other part, get `DB_HOST`, `DB_PORT`, `DB_DATABASE`, `DB_USERNAME` and `DB_PASSWORD` of it by a rolling update. For the time of that update pods of both databases run: stop writes meanwhile, or have the application write to both.',
    costs: 'For each service as many pods and volumes as it has instances; the time of the move.',
    touches:
      'Clusters `<platform>-db-<service>`, which outlive the LeadPlatform; the Secret `<platform>-db-<service>-app` that CloudNativePG makes, in the environment of the pods of the service; a Job `<platform>-move-…`. A `DB_HOST` in `spec.env` would win, and is told; have it in `spec.envFrom`.',
    undo: 'Set the policy of `database-per-service` to `Never`. Pods stay where their data is until you have moved it back and say so: add `database-per-service` to `leadplatform.io/data-moved-back`, and take its entries off `leadplatform.io/data-moved`. Then they go back to the first database; the Clusters stay until you confirm their loss (`leadplatform.io/confirm-removal: database-per-service`, which also stands for having moved everything back).',
  },
  build: (context) => (context.wanted ? split(context) : joined(context)),
};

interface Placed {
  readonly service: ServiceDatabase;
  readonly cluster: string | undefined;
  readonly components: readonly string[];
  readonly env: readonly EnvVar[];
  /** Pods run with it. */
  readonly isBegun: boolean;
  readonly isHealthy: boolean;
}

function placed(context: CapabilityContext, service: ServiceDatabase): Placed {
  const { name, secretName, parts: components = [`service-${name}`], instances } = service;
  const cluster = secretName === undefined ? `${context.platform.name}-db-${name}` : undefined;
  const secret = secretName ?? secretOf(cluster ?? '');
  const env = named(context.spec, databaseVariables(secret, 'DB_', components));
  return {
    service,
    cluster,
    components,
    env,
    isBegun: isInUse(context, components, env),
    isHealthy: cluster === undefined || isHealthy(context.live('Cluster', cluster), instances),
  };
}

/** The databases of all services: what of them is moved, and what keeps them from being used. */
interface Split {
  readonly all: readonly Placed[];
  /** The moves of those that are healthy and not used yet. */
  readonly moves: ReadonlyMap<Placed, Move>;
  /** Those that pods are to use. */
  readonly switched: readonly Placed[];
  readonly orphans: readonly Forgotten[];
}

function split(context: CapabilityContext): PartialContribution {
  const { services } = context.spec.capabilities.databasePerService;
  if (services.length === 0) {
    return blocked(
      'NotConfigured',
      'spec.capabilities.databasePerService.services is not set. Set it, or turn database-per-service off: spec.transitions.policies: [{capability: database-per-service, policy: Never}]',
    );
  }
  const all = services.map((service) => placed(context, service));
  if (all.some(({ cluster }) => cluster !== undefined) && !context.serves('Cluster'))
    return {
      ...NO_CLOUDNATIVEPG('or give each service the secretName of a database of your own'),
      env: all.filter(({ isBegun }) => isBegun).flatMap(({ env }) => env),
    };
  const moves = movesOf(context, all);
  const switched = all.filter((one) => one.isBegun || moves.get(one)?.isDone === true);
  const state: Split = { all, moves, switched, orphans: forgotten(context, all) };
  const clusters = all.flatMap(({ cluster, service }) =>
    cluster === undefined ? [] : [clusterOf(context, cluster, CAPABILITY, service)],
  );
  const names = services.map(({ name }) => name).join(', ');
  const isOurs = clusters.length > 0;
  return {
    ...(obstacle(context, state) ??
      gated(
        stepsOf(context, state),
        isOurs
          ? ready(`Each has a database of its own: ${names}.`)
          : external(`Each has a database of its own, which is yours: ${names}.`),
      )),
    objects: [...clusters, ...[...moves.values()].flatMap(({ job }) => job ?? [])],
    env: [...switched, ...state.orphans].flatMap(({ env }) => env),
  };
}

function movesOf(context: CapabilityContext, all: readonly Placed[]): ReadonlyMap<Placed, Move> {
  const { move: command } = context.spec.capabilities.databasePerService;
  const due = all.filter(({ isBegun, isHealthy: isUp }) => !isBegun && isUp);
  return new Map(
    due.map((one) => [
      one,
      moveOf(context, CAPABILITY, `${CAPABILITY}/${one.service.name}`, command, one.env),
    ]),
  );
}

/** What only a person can clear away; the first of them. */
function obstacle(
  context: CapabilityContext,
  { all, moves, orphans }: Split,
): PartialContribution | undefined {
  const taken = overridden(
    context,
    all.flatMap(({ env }) => env),
  );
  if (taken.length > 0) return overriddenBy([...new Set(taken)]);
  const failed = [...moves.values()].find(({ hasFailed }) => hasFailed);
  if (failed !== undefined) return blocked('MoveFailed', `${capitalised(failed.waits)}.`);
  const [orphan] = orphans;
  if (orphan === undefined) return undefined;
  return blocked(
    'StillInUse',
    `Pods use Cluster/${orphan.cluster}, which capabilities.databasePerService.services does not name any more, and their data is in it. Name ${orphan.service} again; or move the data back, and add ${CAPABILITY}/${orphan.service} to the annotation ${DATA_MOVED_BACK_ANNOTATION}.`,
  );
}

function stepsOf(context: CapabilityContext, { all, moves, switched }: Split): readonly Step[] {
  return [
    clustersReady(all),
    componentsThere(context, all),
    dataMoved(
      all.filter((one) => !switched.includes(one)).map((one) => moves.get(one)),
      [...moves.values()],
    ),
    switchedOver(context, switched),
  ];
}

function clustersReady(all: readonly Placed[]): Step {
  const ill = all.filter((one) => !one.isHealthy);
  return {
    name: 'ClustersReady',
    done: ill.length === 0,
    waits: `not healthy yet: ${ill.map(({ cluster }) => `Cluster/${cluster ?? ''}`).join(', ')}`,
    // Pods that use one stay with it.
    onTimeout: all.some(({ isBegun }) => isBegun) ? 'wait' : 'rollBack',
  };
}

function componentsThere(context: CapabilityContext, all: readonly Placed[]): Step {
  const components = new Set(all.flatMap((one) => one.components));
  const absent = [...components].filter((component) => !isThere(context, component));
  // Services that are being split off meanwhile need nobody.
  const coming = context.isWanted('microservices') ? dueServices(context).map(componentName) : [];
  return {
    name: 'ComponentsThere',
    done: absent.length === 0,
    waits: `there is no component ${absent.join(', ')}; split the service off (capabilities.microservices.services), or name its components in spec.capabilities.databasePerService.services[].parts`,
    onTimeout: 'wait',
    waitsFor: absent.some((component) => !coming.includes(component)) ? 'person' : 'system',
  };
}

/** @param waiting Moves that are not done; undefined of a database that is not healthy yet. */
function dataMoved(waiting: readonly (Move | undefined)[], moves: readonly Move[]): Step {
  const isByJob = moves.some(({ job }) => job !== undefined);
  return {
    name: 'DataMoved',
    done: waiting.length === 0,
    waits: waiting.map((move) => move?.waits ?? '').join('; '),
    // By a Job, or by a person.
    ...(isByJob ? { onTimeout: 'wait' } : { waitsFor: 'person' }),
  };
}

function switchedOver(context: CapabilityContext, switched: readonly Placed[]): Step {
  const late = new Set(switched.flatMap(({ components, env }) => componentsLate(context, components, env)));
  return {
    name: 'Switched',
    done: late.size === 0,
    waits: `pods of ${[...late].join(', ')} do not all use their own database yet`,
    // Both databases have been written to by then: a person has to look.
    onTimeout: 'wait',
  };
}

interface Forgotten {
  readonly service: string;
  readonly cluster: string;
  readonly env: readonly EnvVar[];
}

/** Services that the spec does not name any more, and whose data nobody has moved back. */
function forgotten(context: CapabilityContext, all: readonly Placed[]): readonly Forgotten[] {
  const { back } = movedData(context.platform.annotations);
  const known = new Set(all.map(({ cluster }) => cluster));
  return clustersThere(context, CAPABILITY).flatMap(({ metadata: { name: cluster } }) => {
    if (known.has(cluster)) return [];
    const service = cluster.slice(`${context.platform.name}-db-`.length);
    const env = variablesFrom(context, secretOf(cluster));
    return env.length === 0 || back.has(`${CAPABILITY}/${service}`) ? [] : [{ service, cluster, env }];
  });
}

function joined(context: CapabilityContext): PartialContribution {
  const all = context.spec.capabilities.databasePerService.services.map((service) =>
    placed(context, service),
  );
  const there = clustersThere(context, CAPABILITY);
  const inUse = [
    ...all.filter(({ isBegun }) => isBegun).flatMap(({ env }) => env),
    ...forgotten(context, all).flatMap(({ env }) => env),
  ];
  const back = movedBack(context, CAPABILITY, inUse.length > 0);
  // Whoever lets the data go does not wait for it.
  if (!back.done && !confirmedRemovals(context.platform.annotations).has(CAPABILITY))
    return { ...leaving([back]), env: inUse };
  const late = [
    ...new Set([
      ...all.flatMap(({ components, env }) => componentsLate(context, components, env, false)),
      ...there.flatMap(({ metadata }) =>
        variablesFrom(context, secretOf(metadata.name)).flatMap(({ components = [] }) => components),
      ),
    ]),
  ];
  if (late.length > 0) return leaving([switchingBack(late)]);
  return clustersLeaving(context, there);
}
