/**
 * The move of a platform's queues, by docs/design/queue-moves.md: what pods get, who stays behind, how far it is. One for
 * all capabilities that bring a queue server.
 */
import type { CapabilityName } from '../../api/names.ts';
import { isoTime } from '../../text/time.ts';
import type { Observed } from '../../cluster/observed.ts';
import type { Probe } from '../../probes/probe.ts';
import type { EnvVar } from '../../workloads/pod-shape.ts';
import type { ExtraComponent, SignalStores, Step } from '../contract/contribution.ts';
import { named } from '../environment.ts';
import { overridden } from '../contract/rollout.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { namesAnother } from './command.ts';
import { migrationPlan } from './migration-plan.ts';
import {
  CALL_LOGS,
  callLogsSince,
  leavingOf,
  drainWorkerName,
  drainWorkersOf,
  componentsOf,
  saysWhere,
  workersOf,
} from './migration-state.ts';
import { homeOf, type QueueServer, queueServer, type ServerName, serverOf, SERVERS } from './server.ts';

export const QUEUE_CAPABILITIES = [
  'queue-system',
  'dedicated-queue-server',
  'message-queue',
] as const satisfies readonly CapabilityName[];

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

/** How long a web pod that was told to go may still put jobs into the old server, beyond its drain time: its grace period. */
const LAST_WORDS_MS = 15_000;
/** An answer is at most so old when it is looked at. */
const ANSWER_MS = 5_000;

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
  const { transitionState, spec, observed } = context;
  const servers = new Map(SERVERS.map((name) => [name, queueServer(context, name)]));
  const of = (name: ServerName): QueueServer => servers.get(name) ?? queueServer(context, name);
  const home = of(homeOf(context));
  const isHomeLeft = !isTakenUp(context, home);
  const envOf = (name: ServerName) => (name === home.name && isHomeLeft ? [] : of(name).env);
  const components = componentsOf(context);
  const leaving = leavingOf(context);
  const drainWorkers = drainWorkersOf(context);
  const workers = workersOf(context);
  const present =
    components.find(({ name }) => name === 'ingest' || name === 'all-in-one')?.server ??
    leaving[0] ??
    components.find(({ server }) => server !== undefined)?.server;
  const inPods = new Set([...components.flatMap(({ server }) => server ?? []), ...leaving]);
  // One thing at a time: while components are being replaced, everybody stays where they are.
  const goal = transitionState.changesTopology ? (present ?? homeOf(context)) : goalOf(context, of, inPods);

  const seen = stepSeen(context);
  const isEmpty = (name: ServerName) => of(name).backlog?.jobs === 0;
  const areJobsOver = seen?.isBeyondDrain === true || callLogsSince(context, seen?.since ?? observed.now);
  const isDrained = (names: readonly ServerName[]) => names.every(isEmpty) && areJobsOver;
  const quiet = LAST_WORDS_MS + spec.components.ingest.drainTime;
  const quietAt = (seen?.isBeyondDrain === true ? seen.since : observed.now) + quiet;
  const isQuiet = (names: readonly ServerName[]) =>
    isDrained(names) &&
    (seen?.isLast === true ||
      (seen?.isBeyondDrain === true && names.every((name) => (of(name).backlog?.at ?? 0) >= quietAt)));

  const { olds, left, areDrainWorkersReady, lateWorkers, latePublishers, ...rest } =
    migrationPlan<ServerName>({
      goal,
      isGoalReady: inPods.has(goal) || of(goal).ready.done,
      present,
      components,
      leaving,
      workers: workers.map(({ name }) => name),
      drainWorkers,
      withJobs: SERVERS.filter((name) => (of(name).backlog?.jobs ?? 0) > 0),
      isKnown: (name) => of(name).probe !== undefined,
      isQuiet,
    });

  const extra = left.flatMap(({ server, worker }) => {
    const component = workers.find(({ name }) => name === worker);
    if (component === undefined) return [];
    const name = drainWorkerName(server, worker);
    // As many as work on that queue when it begins, and no fewer while it lasts.
    const own = transitionState.wanted.find(
      (one) => one.component.name === worker || one.component.name === 'all-in-one',
    );
    const replicas =
      drainWorkers.find((one) => one.name === name)?.asked ??
      Math.max(1, own?.live?.asked ?? own?.wanted ?? 1);
    return [{ component: { ...component, name }, replicas, capability: 'queue-system' as const, server }];
  });
  const web = rest.servers.get('ingest') ?? rest.servers.get('all-in-one') ?? goal;
  const assigned = [
    ...rest.servers,
    ...(rest.servers.has(CALL_LOGS) ? [] : [[CALL_LOGS, web] as const]),
    ...extra.map(({ component, server }) => [component.name, server] as const),
  ];

  const gone = drainWorkers.filter(({ name }) => !extra.some(({ component }) => component.name === name));
  const isUp = olds.every((name) => SERVERS.indexOf(name) < SERVERS.indexOf(goal));
  const step = (name: string, done: boolean, waits: string, isPatient = !isUp): Step => ({
    name,
    done,
    waits,
    isPatient,
  });
  const isMoving =
    olds.length > 0 ||
    drainWorkers.length > 0 ||
    components.some(({ server }) => server !== undefined && server !== goal);
  const steps: readonly Step[] = [
    step(
      'DrainWorkersReady',
      areDrainWorkersReady,
      `workers that stay on ${olds.join(' and ')} are not ready yet`,
    ),
    step(
      'WorkersMoved',
      lateWorkers.length === 0,
      `pods of ${lateWorkers.join(', ')} do not all work on ${goal} yet`,
    ),
    step(
      'PublishersMoved',
      latePublishers.length === 0,
      `pods of ${latePublishers.join(', ')} do not all put jobs into ${goal} yet`,
    ),
    step('SourceDrained', isDrained(olds), draining(olds.map(of), isEmpty, areJobsOver), true),
    {
      ...step(
        'SourceIdle',
        isQuiet(olds),
        `${olds.join(' and ')} is empty, and stays looked at for as long as pods that were told to go may put jobs into it`,
        true,
      ),
      opensAt: quietAt + ANSWER_MS,
    },
    step(
      'DrainWorkersRemoved',
      drainWorkers.length === 0,
      `removing ${gone.map(({ name }) => name).join(', ')}`,
      true,
    ),
  ];
  const inUse = new Set([goal, ...inPods, ...drainWorkers.map(({ server }) => server), ...olds]);
  return {
    goal,
    inUse,
    probes: [...inUse].flatMap((name) => of(name).probe ?? []),
    env: named(
      spec,
      assigned.flatMap(([component, server]) =>
        envOf(server).map((variable) => ({ ...variable, components: [component] })),
      ),
    ),
    components: extra.map(({ server: _server, ...component }) => component),
    queueConnections: Object.fromEntries(
      assigned.flatMap(([component, server]) => {
        const { connection } = of(server);
        return connection === undefined ? [] : [[component, connection]];
      }),
    ),
    // While workers go over, what waits is where it is published.
    signalStores: of(lateWorkers.length === 0 ? goal : (present ?? goal)).signalStores,
    steps: isMoving ? steps : [],
  };
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

/** How far the status says that the move is: when something has been so for long enough, stands there. */
function stepSeen({ observed, now }: CapabilityContext) {
  const movers: readonly string[] = QUEUE_CAPABILITIES;
  const steps = (observed.snapshot.status.capabilities ?? [])
    .filter(({ name, step }) => movers.includes(name) && step !== undefined)
    .filter(({ step = '' }) => ['SourceDrained', 'SourceIdle', 'DrainWorkersRemoved'].includes(step));
  if (steps.length === 0) return undefined;
  const since = Math.max(...steps.map((one) => Date.parse(one.since ?? '')));
  const all = (...names: readonly string[]) => steps.every(({ step = '' }) => names.includes(step));
  return {
    since: Number.isFinite(since) && since <= now ? since : now,
    isBeyondDrain: all('SourceIdle', 'DrainWorkersRemoved'),
    isLast: all('DrainWorkersRemoved'),
  };
}

function draining(
  olds: readonly QueueServer[],
  isEmpty: (name: ServerName) => boolean,
  areJobsOver: boolean,
): string {
  const full = olds
    .filter(({ name }) => !isEmpty(name))
    .map(({ name, backlog, doubt }) => {
      if (backlog === undefined) return `it is not known what is left in ${name}: ${doubt ?? ''}`;
      const until =
        backlog.latest === undefined ? '' : `; the last one comes due at ${isoTime(backlog.latest)}`;
      return `jobs are left in ${name} and are worked off there${until}`;
    });
  if (full.length > 0) return full.join('; ');
  return areJobsOver ? '' : 'a pass over the call logs that was begun before is still under way';
}
