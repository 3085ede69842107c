/**
 * Queues that move from one server to another, without a job lost on the way. Read off what runs: which server each pod
 * works with stands in its template.
 *
 * | step              | it is done when                                        | what is written                             |
 * |-------------------|--------------------------------------------------------|---------------------------------------------|
 * | `ServerReady`     | the new server says that it keeps jobs                 | the server, where it is ours                |
 * | `WorkersLeft`     | each queue has workers that stay on the old server     | a Deployment `<platform>-left-<server>-<part>` each |
 * | `WorkersMoved`    | every worker reads the new server                      | the environment of the workers              |
 * | `PublishersMoved` | every pod that makes jobs puts them into the new one   | that of the web side and of call-log jobs   |
 * | `OldDrained`      | nothing waits in the old server, what comes due later included | nothing                             |
 * | `LeftRemoved`     | nobody works on it any more                            | the deletion of those that were left        |
 *
 * Workers go before publishers, so that no job is ever put where nobody works. A move that turns round is another move:
 * whatever server a pod is found on has workers until it is empty.
 */
import type { WorkerPart } from '../../api/parts.ts';
import { CAPABILITY_LABEL } from '../../plan/labels.ts';
import { partOfName } from '../../plan/names.ts';
import { livePart } from '../../plan/observed.ts';
import { isoTime } from '../../plan/time.ts';
import type { KubeObject } from '../../plan/types.ts';
import { named } from '../environment.ts';
import type { EnvVar, ExtraPart, MeasuredStores, Step } from '../contribution.ts';
import { isRolledOut, type Site, templateOf } from '../site.ts';
import { type QueueServer, queueServer, SERVER_VARIABLE, type ServerName, SERVERS } from './server.ts';

export interface Move {
  readonly target: ServerName;
  /** Servers that some pod works with now, or is to work with. */
  readonly inUse: ReadonlySet<ServerName>;
  readonly env: readonly EnvVar[];
  readonly parts: readonly ExtraPart[];
  readonly measures: MeasuredStores;
  /** Without `ServerReady`; none where nothing moves. */
  readonly steps: readonly Step[];
}

interface Left {
  readonly server: ServerName;
  readonly object: KubeObject;
  readonly isReady: boolean;
  readonly asked: number;
}

/** How long pods of the web side may still put jobs into the old server after they were told to go. */
const LAST_WORDS_MS = 60_000;

export function queueMove(site: Site): Move {
  const { course } = site;
  const lefts = leftOf(site);
  const on = new Map<string, ServerName>();
  for (const { part, live } of course.wanted)
    if (live !== undefined) on.set(part.name, serverOf(live.object));
  const others = course.old.map(({ object }) => serverOf(object));
  const present = on.get('ingest') ?? on.get('all-in-one') ?? others[0] ?? [...on.values()][0];
  const found = new Set<ServerName>([...on.values(), ...others]);
  // One thing at a time: while parts are being replaced, everybody stays where they are.
  const target = course.sides ? (present ?? 'application') : targetOf(site, present, found);
  const server = queueServer(site, target);
  const olds = [...new Set([...found, ...[...lefts.values()].map((left) => left.server)])].filter(
    (name) => name !== target && isApart(site, name, target),
  );

  const workers = workersOf(site);
  const drained = new Map(
    olds.map((name) => [name, isDrained(site, queueServer(site, name), found.has(name))]),
  );
  const needed = olds.filter((name) => drained.get(name)?.done !== true);
  const leftReady = needed.every((name) =>
    workers.every((worker) => lefts.get(leftName(name, worker))?.isReady),
  );
  const notYetThere = (names: readonly string[]) =>
    course.wanted
      .filter(({ part }) => names.includes(part.name))
      .filter(({ part, live }) => live === undefined || on.get(part.name) !== target || !isRolledOut(live))
      .map(({ part }) => part.name);
  const workerNames = course.wanted.map(({ part }) => part).filter(({ role }) => role !== 'ingest');
  const webNames = course.wanted.map(({ part }) => part).filter(({ role }) => role === 'ingest');
  const late = notYetThere(workerNames.map(({ name }) => name));
  const lateWeb = notYetThere(webNames.map(({ name }) => name));
  const mayMove = !course.sides && leftReady;
  const workersMoved = late.length === 0;

  const serverFor = (name: string, isWorker: boolean): ServerName => {
    const now = on.get(name);
    // A part that is made now begins where those are that are there already.
    if (now === undefined) return lefts.size > 0 ? target : (present ?? target);
    return mayMove && (isWorker || workersMoved) ? target : now;
  };
  const assigned = course.wanted.map(({ part }) => ({
    name: part.name,
    server: serverFor(part.name, part.role !== 'ingest'),
  }));
  const web = assigned.find(({ name }) => name === 'ingest' || name === 'all-in-one');
  // Left on the server that the workers are going back to, they stay until those are there.
  const kept = [...needed, ...(workersMoved ? [] : [...lefts.values()].map((left) => left.server))];
  const parts = extraParts(site, [...new Set(kept)], workers, lefts);

  const env = [
    ...assigned.flatMap(({ name, server: its }) => variables(site, its, [name])),
    ...(web === undefined ? [] : variables(site, web.server, ['call-logs'])),
    ...parts.flatMap(({ part, server: its }) => variables(site, its, [part.name])),
  ];
  const isMoving = olds.length > 0 || lefts.size > 0 || [...found].some((name) => name !== target);
  const removing = [...lefts.keys()].filter((name) => !parts.some(({ part }) => part.name === name));
  const steps: readonly Step[] = [
    {
      name: 'WorkersLeft',
      done: leftReady || needed.length === 0,
      waits: `workers that stay on ${needed.join(', ')} are not ready yet`,
    },
    {
      name: 'WorkersMoved',
      done: workersMoved,
      waits: `workers of ${late.join(', ')} do not all read ${target} yet`,
    },
    {
      name: 'PublishersMoved',
      done: workersMoved && lateWeb.length === 0,
      waits: `pods of ${lateWeb.join(', ')} do not all put jobs into ${target} yet`,
    },
    {
      name: 'OldDrained',
      done: needed.length === 0,
      waits: needed.map((name) => drained.get(name)?.waits ?? '').join('; '),
      isPatient: true,
    },
    {
      name: 'LeftRemoved',
      done: removing.length === 0 && parts.length === 0,
      waits: `removing ${removing.join(', ')}`,
      isPatient: true,
    },
  ];
  return {
    target,
    inUse: new Set([target, ...found, ...[...lefts.values()].map((left) => left.server)]),
    env: named(site.spec, env),
    parts,
    measures: workersMoved ? server.measures : {},
    steps: isMoving ? steps : [],
  };
}

/** The grandest that is called for and can be used. One that pods are on already stays, also while it is away. */
function targetOf(site: Site, present: ServerName | undefined, found: ReadonlySet<ServerName>): ServerName {
  const wanted = SERVERS.toReversed().filter((name) => isCalledFor(site, name));
  const usable = wanted.find((name) => found.has(name) || queueServer(site, name).ready.done);
  if (usable !== undefined) return usable;
  return wanted.length === 0 ? 'application' : (present ?? 'application');
}

function isCalledFor({ isWanted }: Site, name: ServerName): boolean {
  switch (name) {
    case 'application':
      return false;
    case 'redis':
      return isWanted('queue-system');
    case 'redis-queue':
      return isWanted('dedicated-queue-server');
  }
}

/**
 * Whether queues of the two are different ones. The Redis of `stores.redis` is where the application has its queues from
 * the start; and before the operator ran a Redis, its workers worked on no queue that anybody could see into.
 */
function isApart({ spec }: Site, one: ServerName, other: ServerName): boolean {
  const plain: readonly ServerName[] =
    spec.stores.redis === undefined ? ['application'] : ['application', 'redis'];
  if (spec.stores.redis === undefined) return one !== 'application';
  return !(plain.includes(one) && plain.includes(other));
}

/** Every queue has a worker; one pod with everything has all of them. */
function workersOf({ course: { wanted } }: Site): readonly WorkerPart[] {
  return wanted.flatMap(({ part }) => {
    if (part.role === 'all-in-one') return part.workers;
    return part.role === 'ingest' ? [] : [part];
  });
}

const leftName = (server: ServerName, { name }: { readonly name: string }) => `left-${server}-${name}`;

function serverOf(deployment: KubeObject): ServerName {
  const [container] = templateOf(deployment).spec?.containers ?? [];
  const value = container?.env?.find(({ name }) => name === SERVER_VARIABLE)?.value;
  return SERVERS.find((name) => name === value) ?? 'application';
}

/** Deployments that were left on a server, by the name of their part. */
function leftOf({ observed, platform }: Site): ReadonlyMap<string, Left> {
  const lefts = new Map<string, Left>();
  for (const child of observed.own.values()) {
    const { kind, metadata } = child.object;
    if (kind !== 'Deployment' || metadata.labels?.[CAPABILITY_LABEL] !== 'queue-system') continue;
    const live = livePart(observed.snapshot, child);
    lefts.set(partOfName(platform.name, metadata.name), {
      server: serverOf(child.object),
      object: child.object,
      isReady: isRolledOut(live) && live.available > 0,
      asked: live.asked,
    });
  }
  return lefts;
}

function extraParts(
  { course }: Site,
  servers: readonly ServerName[],
  workers: readonly WorkerPart[],
  lefts: ReadonlyMap<string, Left>,
): readonly (ExtraPart & { readonly server: ServerName })[] {
  return servers.flatMap((server) =>
    workers.map((worker) => {
      const name = leftName(server, worker);
      // As many as work on that queue when it begins, and no fewer while it lasts.
      const own = course.wanted.find(({ part }) => part.name === worker.name);
      const replicas = lefts.get(name)?.asked ?? Math.max(1, own?.live?.asked ?? 1);
      return { part: { ...worker, name }, replicas, capability: 'queue-system' as const, server };
    }),
  );
}

function variables(site: Site, server: ServerName, parts: readonly string[]): readonly EnvVar[] {
  return queueServer(site, server).env.map((variable) => ({ ...variable, parts }));
}

/** Empty, as it says itself, and nobody is left who could put anything in. */
function isDrained(site: Site, { name, backlog }: QueueServer, isUsed: boolean): Step {
  const step = (done: boolean, waits: string): Step => ({ name: 'OldDrained', done, waits });
  if (isUsed) return step(false, `pods still work with ${name}`);
  if (backlog === undefined) return step(false, `nobody can tell what is left in ${name}`);
  if (backlog.jobs > 0) {
    const until =
      backlog.latest === undefined ? '' : `; the last one comes due at ${isoTime(backlog.latest)}`;
    return step(false, `jobs are left in ${name}, and are worked off${until}`);
  }
  // A pod that was told to go may take a moment to say its last word; the status says since when that has been waited for.
  const seen = site.observed.snapshot.status.capabilities?.find(
    (one) => one.step === 'OldDrained' || one.step === 'LeftRemoved',
  );
  const settled = seen?.step === 'LeftRemoved' || backlog.at >= Date.parse(seen?.since ?? '') + LAST_WORDS_MS;
  return step(
    settled,
    `${name} is empty, and pods that are on their way out have a minute for their last jobs`,
  );
}
