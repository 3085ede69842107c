/**
 * Where each pod's queues are to be now, and who stays behind: the rule of a move, on bare data.
 *
 * What holds at every moment: a server that pods publish to, or that has jobs, has workers, or workers on the way. So
 * workers go before publishers, those who stay are there before anybody goes, and stay until nothing can come any more.
 */

/** A component that is to run, or the jobs over call logs. */
export interface QueueComponent<S extends string> {
  readonly name: string;
  /** Its pods work on queues. */
  readonly works: boolean;
  /** Its pods put jobs into queues. Those of workers go into the server that they work on. */
  readonly publishes: boolean;
  /** The server in its template; undefined where it is still to be made. */
  readonly server: S | undefined;
  /** Every pod is of that template, and those from before are gone. */
  readonly isSettled: boolean;
}

/** Workers that stay on a server. */
export interface DrainWorker<S extends string> {
  readonly server: S;
  readonly worker: string;
  readonly isReady: boolean;
}

export interface MigrationState<S extends string> {
  /** Where the queues are to be. */
  readonly goal: S;
  /** It can be gone to. */
  readonly isGoalReady: boolean;
  /** Where new pods begin that are not part of a move: where the web side publishes. */
  readonly present: S | undefined;
  readonly components: readonly QueueComponent<S>[];
  /** Servers of pods that are on their way out as a whole. */
  readonly leaving: readonly S[];
  /** The workers of every queue, by name. */
  readonly workers: readonly string[];
  readonly drainWorkers: readonly DrainWorker<S>[];
  /** Servers that say that there are jobs in them. */
  readonly withJobs: readonly S[];
  /** Whether anybody can tell what is in a server. Of one that nobody can look into, nobody stays behind. */
  readonly isKnown: (server: S) => boolean;
  /** All that were to go have gone, and every server that was left has been empty for long enough. */
  readonly isQuiet: (servers: readonly S[]) => boolean;
}

export interface MigrationPlan<S extends string> {
  /** By component: the server that its template is to name. */
  readonly servers: ReadonlyMap<string, S>;
  /** Servers beside the goal that need workers. */
  readonly olds: readonly S[];
  /** Who is to stay where. */
  readonly left: readonly { readonly server: S; readonly worker: string }[];
  /** Those who are to stay are ready. */
  readonly areDrainWorkersReady: boolean;
  /** Workers, and publishers, that are not all at the goal. */
  readonly lateWorkers: readonly string[];
  readonly latePublishers: readonly string[];
}

export function migrationPlan<S extends string>(migrationState: MigrationState<S>): MigrationPlan<S> {
  const { goal, isGoalReady, components, workers, drainWorkers, isKnown } = migrationState;
  const isThere = ({ server, isSettled }: QueueComponent<S>) => server === goal && isSettled;
  const lateOf = (some: readonly QueueComponent<S>[]) =>
    some.filter((component) => !isThere(component)).map(({ name }) => name);
  const lateWorkers = lateOf(components.filter(({ works }) => works));
  const latePublishers = lateOf(components.filter(({ publishes, works }) => publishes && !works));

  const found = new Set<S>([
    ...components.flatMap(({ server }) => server ?? []),
    ...migrationState.leaving,
    ...drainWorkers.map(({ server }) => server),
    ...migrationState.withJobs,
  ]);
  const apart = [...found].filter((server) => server !== goal && isKnown(server));
  const hasAllGone =
    migrationState.leaving.length === 0 &&
    lateWorkers.length === 0 &&
    latePublishers.length === 0 &&
    apart.every((server) => !migrationState.withJobs.includes(server));
  const olds = hasAllGone && migrationState.isQuiet(apart) ? [] : apart;

  const areDrainWorkersReady = olds.every((server) =>
    workers.every((worker) =>
      drainWorkers.some((left) => left.server === server && left.worker === worker && left.isReady),
    ),
  );
  const mayMove = areDrainWorkersReady && isGoalReady;
  const serverOf = ({ server, works }: QueueComponent<S>): S =>
    mayMove && (works || lateWorkers.length === 0) ? goal : (server ?? migrationState.present ?? goal);
  // On the server that workers come back to, those who stayed go once the others are there, and remain.
  const staying =
    lateWorkers.length === 0 && migrationState.leaving.length === 0
      ? []
      : drainWorkers.filter(({ server }) => server === goal).map(({ server }) => server);
  return {
    servers: new Map(components.map((component) => [component.name, serverOf(component)])),
    olds,
    left: [...new Set([...olds, ...staying])].flatMap((server) =>
      workers.map((worker) => ({ server, worker })),
    ),
    areDrainWorkersReady,
    lateWorkers,
    latePublishers,
  };
}
