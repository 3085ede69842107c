/**
 * From an earlier version to this one while something is half done: see docs/design/upgrades.md. Whether a Pod was replaced,
 * a Job made, or a Deployment changed, the API server says: a watch shows each state of each object.
 */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { applyDefinitions } from '../../../testbed/definitions.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { startRedis, type Redis as Server } from '../../../testbed/redis.ts';
import type { OperatorProcess } from '../operator/operator-process.ts';
import { eventually } from '../operator/rig.ts';
import { createNamespace, describeWith, testbed } from '../support.ts';
import { bring, empty, FROM, platformIn, type Place, startOperator } from './bring.ts';
import { eventsIn, type Recording } from './recording.ts';
import { type Scene, SCENES, stepIn } from './scenes.ts';
import { Seen } from './seen.ts';

type Deployment = KubeObject & {
  spec: { replicas: number };
  status?: { readyReplicas?: number; observedGeneration?: number };
};
type Job = KubeObject & { status?: { succeeded?: number; conditions?: { type: string }[] } };

/** A scene in the moment before today's operator comes. */
interface Begun {
  readonly scene: Scene;
  readonly place: Place;
  readonly recording: Recording;
  /** Since when its step is under way. */
  readonly since: string | undefined;
  readonly seen: Seen;
  readonly pods: readonly string[];
  readonly jobs: readonly string[];
}

/** What is so at the end. */
interface Expected {
  /** How often what each Deployment asks for has changed. */
  readonly changes: Readonly<Record<string, number>>;
  readonly gone: readonly string[];
  /** What the Service points at, from the beginning on. */
  readonly targets: readonly string[];
  readonly hooks: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly events: readonly string[];
}

const MIGRATED: Expected = {
  changes: {
    'brain-ingest': 0,
    'brain-left-queue-default-on-external-redis': 0,
    'brain-left-sync-on-external-redis': 0,
    'brain-queue-default': 0,
    'brain-sync': 0,
  },
  gone: ['brain-left-queue-default-on-external-redis', 'brain-left-sync-on-external-redis'],
  targets: ['ingest'],
  hooks: { before: [], after: [] },
  events: ['TransitionFinished'],
};
const EXPECTED: Readonly<Record<Scene['name'], Expected>> = {
  transition: {
    // The old side is drained.
    changes: { 'brain-all-in-one': 1, 'brain-ingest': 0, 'brain-queue-default': 0, 'brain-sync': 0 },
    gone: ['brain-all-in-one'],
    targets: ['all-in-one', 'ingest'],
    hooks: { before: ['migrate'], after: ['migrate', 'warm'] },
    events: [
      // The web side that has just taken over has no command of its own.
      'CapabilityBlocked',
      'HookSucceeded',
      'Scaled',
      'TierChanged',
      'TransitionFinished',
      // The hook after the tier is waited for as a transition of its own.
      'TransitionFinished',
      'TransitionStarted',
    ],
  },
  held: {
    changes: { 'brain-all-in-one': 0 },
    gone: [],
    targets: ['all-in-one'],
    hooks: { before: ['migrate'], after: ['migrate'] },
    events: [],
  },
  drain: MIGRATED,
  idle: MIGRATED,
};

const EARLIER_NAMES = /Left|OldDrained|OldQuiet|Parts|Rung|TakenBack/;
/** Fields of a status that are for people alone. */
const SENTENCES = new Set(['message', 'reasons', 'clamps', 'gate']);

/** `brain-hook-migrate-d5528d7852` is the Job of migrate; passes over the call logs have other names. */
const hooksIn = (jobs: readonly string[]): readonly string[] =>
  jobs.flatMap((job) => /^brain-hook-(.*)-\w+$/.exec(job)?.[1] ?? []);

describeWith(['pods', 'redis'], 'An upgrade in the middle', () => {
  const servers: Server[] = [];
  const clients: Redis[] = [];
  const begun = new Map<Scene['name'], Begun>();
  let operator: OperatorProcess | undefined;

  const redis = async () => {
    const server = await startRedis();
    const client = new Redis(server.url);
    servers.push(server);
    clients.push(client);
    // Queues are for a server that keeps them.
    await client.config('SET', 'appendonly', 'yes');
    return { host: server.host, port: server.port, client };
  };
  const deploymentsIn = ({ namespace }: Place) =>
    objectsOf(testbed().cluster).list<Deployment>('deployments', { namespace });
  const namesOf = async (kind: string, { namespace }: Place) =>
    (await objectsOf(testbed().cluster).list(kind, { namespace })).map(({ metadata: { name } }) => name);
  const stepOf = async (scene: Scene, place: Place) => {
    const { status = {} } = await platformIn(place);
    return stepIn(scene, status);
  };

  const begin = async (scene: Scene): Promise<void> => {
    const place: Place = {
      namespace: await createNamespace('upgrade'),
      servers: scene.capability === undefined ? [] : [await redis(), await redis()],
    };
    const recording = await bring(scene, place);
    const step = await stepOf(scene, place);
    await eventually('Deployments have their Pods', async () =>
      (await deploymentsIn(place)).every(
        ({ spec, status, metadata }) =>
          status?.observedGeneration === metadata.generation &&
          (status?.readyReplicas ?? 0) === spec.replicas,
      ),
    );
    await eventually('Jobs are done', async () => {
      const { namespace } = place;
      const all = await objectsOf(testbed().cluster).list<Job>('jobs', { namespace });
      return all.every(({ status }) =>
        status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed'),
      );
    });
    const seen = await Seen.of(place.namespace);
    const [pods, jobs] = [await namesOf('pods', place), await namesOf('jobs', place)];
    begun.set(scene.name, { scene, place, recording, since: step?.since, seen, pods, jobs });
  };

  beforeAll(async () => {
    await Promise.all(Object.values(SCENES).map(begin));
    await applyDefinitions(testbed().cluster);
    operator = await startOperator([...begun.values()].map(({ place }) => place.namespace));
  }, 300_000);
  afterAll(async () => {
    await operator?.end('SIGKILL');
    for (const { seen } of begun.values()) seen.end();
    for (const client of clients) client.disconnect();
    for (const server of servers) await server.stop();
  });

  describe.each([
    { what: 'of a migration of queues whose source has jobs', name: 'drain' },
    { what: 'of a migration of queues whose source is empty', name: 'idle' },
    { what: 'of a transition whose new side is not ready', name: 'transition' },
    { what: 'of a transition that a hook holds, which has failed', name: 'held' },
  ] as const)('$what', ({ name }) => {
    const expected = EXPECTED[name];
    const its = (): Begun => {
      const found = begun.get(name);
      if (found === undefined) throw new Error(`${name} was not brought about`);
      return found;
    };

    it('goes on at its step, and comes to its end', async () => {
      const { scene, place, since, seen } = its();
      expect(since).toBeDefined();
      if (scene.capability !== undefined) {
        await eventually('its step is told of in the words of today', async () => {
          const found = await stepOf(scene, place);
          if (found?.step === scene.today) return true;
          // One that only waits may be over by now.
          if (scene.emptiedAt !== undefined && found?.step === undefined) return true;
          throw new Error(JSON.stringify(found));
        });
        if (scene.emptiedAt === undefined) await empty(place);
      }
      await eventually(
        'it is over, or held as before',
        async () => {
          const { status } = await platformIn(place);
          // Each status of today's version has its words: the first one is of the earlier.
          if (scene.hook !== undefined && seen.statuses.length > 1) return true;
          const reconciling = status?.conditions?.find(({ type }) => type === 'Reconciling');
          const hooks = status?.hooks?.map(({ state }) => state) ?? [];
          const isOver = status?.transition === undefined && reconciling?.status === 'False';
          if (isOver && hooks.every((state) => state === 'Succeeded')) return true;
          throw new Error(JSON.stringify(status?.transition ?? [reconciling, hooks]));
        },
        120_000,
      );
      // One that has waited for long enough is not told of any more.
      const steps = seen.statuses.flatMap((status) => stepIn(scene, status) ?? []);
      const told = steps.filter(({ step }) => step === scene.today);
      expect(told.filter((one) => one.since !== since)).toEqual([]);
    }, 240_000);

    it('makes, replaces and changes nothing twice', async () => {
      const { place, seen, pods } = its();
      const isOfJob = (pod: string) => seen.each('jobs').some((job) => pod.startsWith(`${job}-`));
      expect(seen.each('pods').filter((pod) => !isOfJob(pod) && !pods.includes(pod))).toEqual([]);
      const changes = seen.changes();
      expect(Object.fromEntries(changes)).toEqual(expected.changes);
      expect(changes).toHaveLength(Object.keys(expected.changes).length);
      // Objects of a recording have other UIDs, and so another hash of what was applied: they are written once.
      if (FROM !== undefined) expect(seen.writes()).toEqual(changes);
      const names = (await deploymentsIn(place)).map(({ metadata }) => metadata.name);
      expect(names).toEqual(Object.keys(expected.changes).filter((one) => !expected.gone.includes(one)));
      expect(seen.each('targets')).toEqual(expected.targets);
    });

    it('runs no hook twice', () => {
      const { jobs, seen } = its();
      expect(hooksIn(jobs)).toEqual(expected.hooks.before);
      expect(hooksIn(seen.each('jobs'))).toEqual(expected.hooks.after);
    });

    it('tells nothing that was told', async () => {
      const { place, recording } = its();
      const names = new Set(recording.events.map((event) => event.name));
      // An event is told after the status that it is about.
      const told = await eventually('all of its events are there', async () => {
        const all = (await eventsIn(place.namespace)).filter((event) => !names.has(event.name));
        if (all.length >= expected.events.length) return all;
        throw new Error(all.map(({ reason }) => reason).join());
      });
      const reasons = told.map(({ reason }) => reason).toSorted();
      expect(reasons, told.map(({ message }) => message).join('\n')).toEqual(expected.events);
    });

    it('leaves no name in the status that only the earlier version has', async () => {
      const { status } = await platformIn(its().place);
      // A sentence in the record of the last decision stays until the next one.
      const names = JSON.stringify(status, (key, value: unknown) => (SENTENCES.has(key) ? undefined : value));
      expect(names).not.toMatch(EARLIER_NAMES);
    });
  });
});
