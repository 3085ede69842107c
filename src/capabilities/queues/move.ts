/**
 * The move of a platform's queues, by docs/design/queue-moves.md: what pods get, who stays behind, how far it is. One for
 * all capabilities that bring a queue server.
 */
import type { Observed } from '../../cluster/observed.ts';
import type { Probe } from '../../probes/probe.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { CapabilityContext } from '../contract/context.ts';
import type { ExtraComponent, SignalStores, Step } from '../contract/contribution.ts';
import { overridden } from '../contract/rollout.ts';
import { named } from '../environment.ts';
import { namesAnother } from './command.ts';
import { drainedOf } from './drained.ts';
import { type MigrationPlan, migrationPlan, type MigrationState } from './migration-plan.ts';
import {
  CALL_LOGS,
  componentsOf,
  type DrainWorkerDeployment,
  drainWorkerName,
  drainWorkersOf,
  leavingOf,
  saysWhere,
  workersOf,
} from './migration-state.ts';
import { moveSteps } from './move-steps.ts';
import {
  homeOf,
  QUEUE_CAPABILITIES,
  type QueueServer,
  queueServer,
  type ServerName,
  serverOf,
  SERVERS,
} from './server.ts';

/** What makes the application use the Redis that it has anyway: not before that is fit for queues. */
function isTakenUp(context: CapabilityContext, home: QueueServer): boolean {
  if (!context.isWanted('queue-system')) return false;
  return (
    context.transitionState.wanted.some(({ live }) => live !== undefined && saysWhere(live.object)) ||
    (home.ready.done && obstacle(context, home.name).length === 0 && !namesAnother(context, [home]))
  );
}

export interface Move {
  readonly goal: ServerName;
  /** Servers that some pod works with now, or is to work with. */
  readonly inUse: ReadonlySet<ServerName>;
  /** What those are asked, whichever capability still speaks for them. */
  readonly probes: readonly Probe[];
  readonly env: readonly EnvVar[];
  readonly components: readonly ExtraComponent[];
  readonly queueConnections: Readonly<Record<string, string>>;
  readonly signalStores: SignalStores;
  /** Without `ServerReady`; none where nothing moves. */
  readonly steps: readonly Step[];
}

/** The move is the same for every capability that asks in one pass. */
const known = new WeakMap<Observed, Move>();

export function queueMove(context: CapabilityContext): Move {
  let move = known.get(context.observed);
  if (move === undefined) known.set(context.observed, (move = moveOf(context)));
  return move;
}

/** Variables of a server that the user sets to something else: pods would not go there. */
export function obstacle(context: CapabilityContext, name: ServerName): readonly string[] {
  return overridden(context, named(context.spec, queueServer(context, name).env));
}

function moveOf(context: CapabilityContext): Move {
  const servers = new Map(SERVERS.map((name) => [name, queueServer(context, name)]));
  const of = (name: ServerName): QueueServer => servers.get(name) ?? queueServer(context, name);
  const seen = whereabouts(context);
  const { present, inPods, components, drainWorkers } = seen;
  // One thing at a time: while components are being replaced, everybody stays where they are.
  const isHeld = context.transitionState.changesTopology;
  const goal = isHeld ? (present ?? homeOf(context)) : goalOf(context, of, inPods);
  const drained = drainedOf(context, of);
  const plan = migrationPlan<ServerName>({
    ...{ ...seen, goal },
    isGoalReady: inPods.has(goal) || of(goal).ready.done,
    workers: workersOf(context).map(({ name }) => name),
    withJobs: SERVERS.filter((name) => (of(name).backlog?.jobs ?? 0) > 0),
    isKnown: (name) => of(name).probe !== undefined,
    isQuiet: drained.isQuiet,
  });
  const behind = staysBehind(context, plan.left, drainWorkers);
  const assigned = assignedServers(plan.servers, behind, goal);
  const gone = drainWorkers.filter(({ name }) => !behind.some(({ component }) => component.name === name));
  const inUse = new Set([goal, ...inPods, ...drainWorkers.map(({ server }) => server), ...plan.olds]);
  const isMoving =
    plan.olds.length > 0 ||
    drainWorkers.length > 0 ||
    components.some(({ server }) => server !== undefined && server !== goal);
  return {
    goal,
    inUse,
    probes: [...inUse].flatMap((name) => of(name).probe ?? []),
    env: environmentOf(context, of, assigned),
    components: behind.map(({ server: _server, ...component }) => component),
    queueConnections: connectionsOf(of, assigned),
    // While workers go over, what waits is where it is published.
    signalStores: of(plan.lateWorkers.length === 0 ? goal : (present ?? goal)).signalStores,
    steps: isMoving ? moveSteps({ goal, plan, drained, drainWorkers, gone }) : [],
  };
}

type Whereabouts = Pick<MigrationState<ServerName>, 'present' | 'components' | 'leaving'> & {
  readonly drainWorkers: readonly DrainWorkerDeployment[];
  /** Servers that some pod works with now. */
  readonly inPods: ReadonlySet<ServerName>;
};

/** Which pods are on which server now. */
function whereabouts(context: CapabilityContext): Whereabouts {
  const components = componentsOf(context);
  const leaving = leavingOf(context);
  const present =
    components.find(({ name }) => name === 'ingest' || name === 'all-in-one')?.server ??
    leaving[0] ??
    components.find(({ server }) => server !== undefined)?.server;
  const inPods = new Set([...components.flatMap(({ server }) => server ?? []), ...leaving]);
  return { components, leaving, present, inPods, drainWorkers: drainWorkersOf(context) };
}

interface StayingWorkers extends ExtraComponent {
  readonly server: ServerName;
}

/** Workers that stay on a server until it is drained: as many as work on that queue when it begins, and no fewer meanwhile. */
function staysBehind(
  context: CapabilityContext,
  left: MigrationPlan<ServerName>['left'],
  drainWorkers: readonly DrainWorkerDeployment[],
): readonly StayingWorkers[] {
  const workers = workersOf(context);
  return left.flatMap(({ server, worker }) => {
    const component = workers.find(({ name }) => name === worker);
    if (component === undefined) return [];
    const name = drainWorkerName(server, worker);
    const own = context.transitionState.wanted.find(
      (one) => one.component.name === worker || one.component.name === 'all-in-one',
    );
    const replicas =
      drainWorkers.find((one) => one.name === name)?.asked ??
      Math.max(1, own?.live?.asked ?? own?.wanted ?? 1);
    return [{ component: { ...component, name }, replicas, capability: 'queue-system' as const, server }];
  });
}

type Assigned = readonly (readonly [component: string, server: ServerName])[];

/** The server of every component; passes over the call logs put their jobs where the web side does. */
function assignedServers(
  servers: MigrationPlan<ServerName>['servers'],
  behind: readonly StayingWorkers[],
  goal: ServerName,
): Assigned {
  const web = servers.get('ingest') ?? servers.get('all-in-one') ?? goal;
  return [
    ...servers,
    ...(servers.has(CALL_LOGS) ? [] : [[CALL_LOGS, web] as const]),
    ...behind.map(({ component, server }) => [component.name, server] as const),
  ];
}

/** What makes each component use its server. */
function environmentOf(
  context: CapabilityContext,
  of: (name: ServerName) => QueueServer,
  assigned: Assigned,
): readonly EnvVar[] {
  const home = of(homeOf(context));
  const isHomeLeft = !isTakenUp(context, home);
  const envOf = (name: ServerName) => (name === home.name && isHomeLeft ? [] : of(name).env);
  return named(
    context.spec,
    assigned.flatMap(([component, server]) =>
      envOf(server).map((variable) => ({ ...variable, components: [component] })),
    ),
  );
}

function connectionsOf(
  of: (name: ServerName) => QueueServer,
  assigned: Assigned,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    assigned.flatMap(([component, server]) => {
      const { connection } = of(server);
      return connection === undefined ? [] : [[component, connection]];
    }),
  );
}

/** The grandest that is called for and can be used. One that pods are on already stays, also while it is away. */
function goalOf(
  context: CapabilityContext,
  of: (name: ServerName) => QueueServer,
  inPods: ReadonlySet<ServerName>,
): ServerName {
  const isUsable = (name: ServerName) =>
    inPods.has(name) ||
    (of(name).ready.done &&
      obstacle(context, name).length === 0 &&
      !namesAnother(context, [of(name), ...[...inPods].map(of)]));
  const called = QUEUE_CAPABILITIES.toReversed()
    .filter((name) => context.isWanted(name))
    .flatMap((name) => serverOf(context, name) ?? []);
  return (
    called.find(isUsable) ?? (called.length === 0 ? homeOf(context) : (plainest(inPods) ?? homeOf(context)))
  );
}

/** Where the queues are while nothing that is called for can be used. */
function plainest(inPods: ReadonlySet<ServerName>): ServerName | undefined {
  return SERVERS.find((name) => inPods.has(name));
}
