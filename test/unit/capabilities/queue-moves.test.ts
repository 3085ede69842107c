import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { decisionOf, specOf } from '../plan/fixtures.ts';
import { QueueWorld } from './queue-world.ts';
import { Story } from './story.ts';

const EXTERNAL = { redis: { host: 'redis.example.com' } };
const base: Partial<LeadPlatformSpecInput> = {
  stores: EXTERNAL,
  components: { queues: [{ name: 'default' }] },
};

const deciding =
  (spec = specOf(base)) =>
  (names: readonly CapabilityName[], separate = true) =>
    decisionOf({
      spec,
      separate,
      sizes: { ingest: 2, 'all-in-one': 2, sync: 3 },
      tier: { to: separate ? 'scaled' : 'cached' },
      capabilities: names.map((name) => ({ name, required: false, consent: 'Given' })),
    });

const FIRST: readonly CapabilityName[] = ['queue-system'];
const SECOND: readonly CapabilityName[] = ['queue-system', 'dedicated-queue-server'];

/** A pass, and the cluster's turn after it. */
function turn(world: QueueWorld, decision: ReturnType<typeof decisionOf>, passed = 15_000): void {
  world.pass(decision);
  world.driver.now += passed;
  world.roll(100);
}

function settle(world: QueueWorld, decision: ReturnType<typeof decisionOf>): void {
  for (let count = 0; count < 40; count += 1) {
    turn(world, decision);
    world.work();
  }
}

/** Where the templates of the Deployments are, in a line. */
const places = (world: QueueWorld) =>
  world.deployments.map(({ name, server, asked }) => `${name.slice(6)}@${server} ${asked}`).toSorted();

const stateOf = (world: QueueWorld, name: CapabilityName) =>
  world.driver.status.capabilities?.find((one) => one.name === name);

/** The steps that a capability goes through, each once, and what Deployments are there at its beginning. */
function story(world: QueueWorld, decision: ReturnType<typeof decisionOf>, of: CapabilityName, most = 40) {
  const told: { readonly step: string; readonly places: readonly string[] }[] = [];
  for (let count = 0; count < most; count += 1) {
    turn(world, decision);
    world.work();
    const { step = stateOf(world, of)?.state ?? 'Gone' } = stateOf(world, of) ?? {};
    if (told.at(-1)?.step !== step) told.push({ step, places: places(world) });
  }
  return told;
}

describe('queues that move to a server of their own', () => {
  const start = () => {
    const spec = specOf(base);
    const world = new QueueWorld(spec);
    const decide = deciding(spec);
    settle(world, decide(FIRST));
    return { world, decide };
  };

  it('begin on the Redis of stores.redis, which is asked and is the user’s', () => {
    const { world } = start();
    expect(stateOf(world, 'queue-system')).toMatchObject({ state: 'External' });
    expect(places(world)).toEqual([
      'ingest@external-redis 2',
      'queue-default@external-redis 1',
      'sync@external-redis 3',
    ]);
  });

  it('go step by step: workers that stay, workers, publishers, and the old server is let go when it is empty', () => {
    const { world, decide } = start();
    world.publish(240_000);
    const told = story(world, decide(SECOND), 'dedicated-queue-server', 60);
    expect(told.map(({ step }) => step)).toEqual([
      'ServerReady',
      'WorkersLeft',
      'WorkersMoved',
      'PublishersMoved',
      'OldDrained',
      'OldQuiet',
      'LeftRemoved',
      'Ready',
    ]);
    const at = (step: string) => told.find((one) => one.step === step)?.places;
    const left = [
      'left-queue-default-on-external-redis@external-redis 1',
      'left-sync-on-external-redis@external-redis 3',
    ];
    expect(at('WorkersLeft')).toEqual([
      'ingest@external-redis 2',
      ...left,
      'queue-default@external-redis 1',
      'sync@external-redis 3',
    ]);
    expect(at('WorkersMoved')).toEqual([
      'ingest@external-redis 2',
      ...left,
      'queue-default@redis-queue 1',
      'sync@redis-queue 3',
    ]);
    expect(at('PublishersMoved')).toEqual([
      'ingest@redis-queue 2',
      ...left,
      'queue-default@redis-queue 1',
      'sync@redis-queue 3',
    ]);
    expect(at('Ready')).toEqual([
      'ingest@redis-queue 2',
      'queue-default@redis-queue 1',
      'sync@redis-queue 3',
    ]);
    expect(world.jobs).toEqual([]);
  });

  it('say until when the last delayed job is waited for', () => {
    const { world, decide } = start();
    world.publish(3_600_000);
    const due = new Date(Math.floor(Math.max(...world.jobs.map((job) => job.due)) / 1_000) * 1_000);
    for (let count = 0; count < 20; count += 1) turn(world, decide(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({
      state: 'Progressing',
      step: 'OldDrained',
    });
    expect(stateOf(world, 'dedicated-queue-server')?.message).toContain(
      `comes due at ${due.toISOString().replace('.000', '')}`,
    );
    // Patient: hours later it is still not taken back.
    world.driver.now += 2 * 3_600_000;
    turn(world, decide(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('Progressing');
    settle(world, decide(SECOND));
    expect(world.jobs).toEqual([]);
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('Ready');
  });

  it('go in one with one pod that does everything', () => {
    const spec = specOf(base);
    const world = new QueueWorld(spec);
    const decide = deciding(spec);
    settle(world, decide(FIRST, false));
    const told = story(world, decide(SECOND, false), 'dedicated-queue-server');
    expect(told.find(({ step }) => step === 'WorkersMoved')?.places).toEqual([
      'all-in-one@redis-queue 2',
      'left-queue-default-on-external-redis@external-redis 2',
      'left-sync-on-external-redis@external-redis 2',
    ]);
    expect(places(world)).toEqual(['all-in-one@redis-queue 2']);
  });

  it('turn round wherever they are, and lose nothing', () => {
    const known = start();
    const steps = story(known.world, known.decide(SECOND), 'dedicated-queue-server').map(({ step }) => step);
    for (const last of steps) {
      const { world, decide } = start();
      world.publish(60_000);
      for (let count = 0; count < 60; count += 1) {
        turn(world, decide(SECOND));
        world.work();
        expect(world.deserted()).toEqual([]);
        const { step = 'Ready' } = stateOf(world, 'dedicated-queue-server') ?? {};
        if (step === last) break;
      }
      world.publish(30_000);
      for (let count = 0; count < 40; count += 1) {
        turn(world, decide(FIRST));
        world.work();
        expect(world.deserted(), `turned round at ${last}`).toEqual([]);
      }
      expect(world.jobs, `turned round at ${last}`).toEqual([]);
      expect(places(world), `turned round at ${last}`).toEqual([
        'ingest@external-redis 2',
        'queue-default@external-redis 1',
        'sync@external-redis 3',
      ]);
    }
  });

  it('go on after any step where an operator died and its status was lost', () => {
    const { world, decide } = start();
    world.publish(120_000);
    for (let count = 0; count < 60; count += 1) {
      turn(world, decide(SECOND), 10_000);
      world.work();
      expect(world.deserted()).toEqual([]);
      // All but the last minutes of it: what is waited for then stands in the status, and begins anew.
      if (count < 20) {
        const capabilities = world.driver.status.capabilities?.map(
          ({ step: _step, since: _since, ...rest }) => rest,
        );
        world.driver.status = { ...world.driver.status, ...(capabilities && { capabilities }) };
      }
    }
    expect(world.jobs).toEqual([]);
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('Ready');
  });

  it('get new workers on the old server when somebody deletes those that stayed while jobs are in it', () => {
    const { world, decide } = start();
    world.publish(3_600_000);
    for (let count = 0; count < 20; count += 1) turn(world, decide(SECOND));
    for (const object of world.driver.world.objects) {
      if (object.kind === 'Deployment' && object.metadata.name.includes('-left-'))
        world.driver.world.carryOut([
          { do: 'delete', object, uid: object.metadata.uid ?? '', why: 'by hand' },
        ]);
    }
    turn(world, decide(SECOND));
    expect(world.deserted()).toEqual([]);
    expect(places(world).filter((place) => place.startsWith('left-'))).toHaveLength(2);
  });

  it('wait for a pass over the call logs that began before the publishers moved', () => {
    const { world, decide } = start();
    const job = () => world.driver.world.objects.filter(({ kind }) => kind === 'CronJob');
    expect(job().length).toBeGreaterThan(0);
    const [pass] = job();
    const busy = (active: boolean, last: number) => {
      const live = world.driver.world.find(`CronJob/${pass?.metadata.name ?? ''}`);
      if (live === undefined) throw new Error('no pass');
      world.driver.world.put({
        ...live,
        status: {
          ...(active && { active: [{ name: 'one' }] }),
          lastScheduleTime: new Date(last).toISOString(),
        },
      });
    };
    busy(true, world.driver.now);
    for (let count = 0; count < 30; count += 1) turn(world, decide(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ step: 'OldDrained' });
    expect(stateOf(world, 'dedicated-queue-server')?.message).toContain('pass over the call logs');
    // The next one: one at a time, so the one before has ended.
    busy(true, world.driver.now);
    for (let count = 0; count < 20; count += 1) turn(world, decide(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('Ready');
  });

  it('are measured where the workers are', () => {
    const { world, decide } = start();
    expect(world.planned?.measures).toEqual({});
    world.publish(240_000);
    const measured: string[] = [];
    for (let count = 0; count < 60; count += 1) {
      turn(world, decide(SECOND));
      world.work();
      const step = stateOf(world, 'dedicated-queue-server')?.step ?? 'Ready';
      const { queues } = world.planned?.measures ?? {};
      const at = queues !== undefined && 'redis' in queues ? queues.redis.host : 'stores.redis';
      if (measured.at(-1) !== `${step}: ${at}`) measured.push(`${step}: ${at}`);
    }
    expect(measured).toEqual([
      'ServerReady: stores.redis',
      'WorkersLeft: stores.redis',
      'WorkersMoved: stores.redis',
      'PublishersMoved: brain-redis-queue.leads',
      'OldDrained: brain-redis-queue.leads',
      'OldQuiet: brain-redis-queue.leads',
      'LeftRemoved: brain-redis-queue.leads',
      'Ready: brain-redis-queue.leads',
    ]);
  });

  it('stay on a server that goes away, and are not moved back for it', () => {
    const { world, decide } = start();
    settle(world, decide(SECOND));
    world.away.add('redis-queue');
    for (let count = 0; count < 200; count += 1) turn(world, decide(SECOND), 60_000);
    expect(places(world)).toEqual([
      'ingest@redis-queue 2',
      'queue-default@redis-queue 1',
      'sync@redis-queue 3',
    ]);
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({
      state: 'Progressing',
      step: 'ServerReady',
    });
  });

  it('are not let go of while the old server does not answer', () => {
    const { world, decide } = start();
    for (let count = 0; count < 6; count += 1) turn(world, decide(SECOND));
    world.away.add('external-redis');
    for (let count = 0; count < 60; count += 1) turn(world, decide(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ step: 'OldDrained' });
    expect(places(world).filter((place) => place.startsWith('left-'))).toHaveLength(2);
  });

  it('stay ready through a rolling update of something else', () => {
    const { world, decide } = start();
    settle(world, decide(SECOND));
    world.driver.spec = specOf({ ...base, image: 'registry.example/brain:1.5.0' });
    world.pass(decide(SECOND));
    world.roll(0);
    for (let count = 0; count < 30; count += 1) {
      world.pass(decide(SECOND));
      world.driver.now += 60_000;
      world.roll(0);
      expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ state: 'Ready' });
    }
  });
});

describe('queues that move back', () => {
  const start = () => {
    const spec = specOf(base);
    const world = new QueueWorld(spec);
    const decide = deciding(spec);
    settle(world, decide(SECOND));
    return { world, decide };
  };

  it('leave the server of their own standing until its loss is confirmed', () => {
    const { world, decide } = start();
    world.publish(120_000);
    settle(world, decide(FIRST));
    expect(world.jobs).toEqual([]);
    expect(places(world)).toEqual([
      'ingest@external-redis 2',
      'queue-default@external-redis 1',
      'sync@external-redis 3',
    ]);
    expect(world.driver.world.find('StatefulSet/brain-redis-queue')).toBeDefined();
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({
      state: 'Leaving',
      step: 'RemovalUnconfirmed',
    });
    world.driver.annotations = { 'leadplatform.io/confirm-removal': 'dedicated-queue-server' };
    settle(world, decide(FIRST));
    expect(world.driver.world.find('StatefulSet/brain-redis-queue')).toBeUndefined();
    expect(world.driver.world.find('Service/brain-redis-queue')).toBeUndefined();
    expect(stateOf(world, 'dedicated-queue-server')).toBeUndefined();
  });

  it('come back from a server that was declined, and it is told as leaving until nothing is in it', () => {
    const spec = specOf({
      ...base,
      capabilities: { dedicatedQueueServer: { redis: { host: 'redis-queue.example.com' } } },
    });
    const world = new QueueWorld(spec);
    settle(world, deciding(spec)(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('External');
    world.publish(120_000);
    const decision = deciding(spec)(SECOND);
    const declined = {
      ...decision,
      capabilities: decision.capabilities.map((one) =>
        one.name === 'dedicated-queue-server' ? { ...one, consent: 'Declined' as const } : one,
      ),
    };
    for (
      let count = 0;
      count < 10 && stateOf(world, 'dedicated-queue-server')?.step !== 'OldDrained';
      count += 1
    )
      turn(world, declined);
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ state: 'Leaving', step: 'OldDrained' });
    settle(world, declined);
    expect(world.jobs).toEqual([]);
    expect(places(world)).toEqual([
      'ingest@external-redis 2',
      'queue-default@external-redis 1',
      'sync@external-redis 3',
    ]);
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('Declined');
  });

  it('never lose it while jobs are in it, also when its loss is confirmed', () => {
    const { world, decide } = start();
    world.driver.annotations = { 'leadplatform.io/confirm-removal': 'dedicated-queue-server' };
    world.publish(1_800_000);
    for (let count = 0; count < 60; count += 1) turn(world, decide(FIRST));
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ state: 'Leaving', step: 'OldDrained' });
    expect(world.driver.world.find('StatefulSet/brain-redis-queue')).toBeDefined();
    expect(world.deserted()).toEqual([]);
  });
});

it('waits for a person where nobody has said which Redis, and makes none unasked', () => {
  const told = new Story(['redis-cache', 'queue-system']).settle();
  for (const name of ['redis-cache', 'queue-system'] as const) {
    expect(told.report(name)).toMatchObject({ state: 'Blocked', reason: 'NoRedis' });
  }
  expect(told.has('StatefulSet/brain-redis')).toBe(false);
  expect(JSON.stringify(told.find('Deployment/brain-ingest'))).not.toContain('CACHE_STORE');
});

describe('queues that move to RabbitMQ', () => {
  const THIRD: readonly CapabilityName[] = ['queue-system', 'dedicated-queue-server', 'message-queue'];

  it('go to that of stores.rabbitmq, with the connection in the command of the workers, and back', () => {
    const spec = specOf({ ...base, stores: { ...EXTERNAL, rabbitmq: { host: 'rabbitmq.example.com' } } });
    const world = new QueueWorld(spec);
    const decide = deciding(spec);
    settle(world, decide(SECOND));
    world.publish(300_000);
    const told = story(world, decide(THIRD), 'message-queue', 60);
    expect(told.map(({ step }) => step)).toEqual([
      'ServerReady',
      'WorkersLeft',
      'WorkersMoved',
      'PublishersMoved',
      'OldDrained',
      'OldQuiet',
      'LeftRemoved',
      'External',
    ]);
    const commands = (name: string) =>
      JSON.stringify(world.driver.world.find(`Deployment/${name}`)?.['spec']);
    expect(commands('brain-sync')).toContain('"queue:work","rabbitmq"');
    expect(commands('brain-sync')).toContain('{"name":"RABBITMQ_HOST","value":"rabbitmq.example.com"}');
    expect(world.planned?.measures).toEqual({ queues: { rabbitmq: spec.stores.rabbitmq } });
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ state: 'Ready' });
    expect(stateOf(world, 'dedicated-queue-server')?.message).toContain('moved on');
    expect(world.jobs).toEqual([]);

    world.publish(120_000);
    for (let count = 0; count < 3; count += 1) turn(world, decide(SECOND));
    expect(commands('brain-left-sync-on-external-rabbitmq')).toContain('"queue:work","rabbitmq"');
    settle(world, decide(SECOND));
    expect(world.jobs).toEqual([]);
    expect(commands('brain-sync')).toContain('"queue:work","redis"');
    expect(places(world)).toContain('ingest@redis-queue 2');
    expect(stateOf(world, 'message-queue')).toBeUndefined();
  });

  it('wait for a RabbitmqCluster whose operator says that it is there, and which answers', () => {
    const spec = specOf(base);
    const world = new QueueWorld(spec);
    world.driver.serves = new Set(['RabbitmqCluster']);
    const decide = deciding(spec);
    settle(world, decide(FIRST));
    world.pass(decide(THIRD));
    world.pass(decide(THIRD));
    expect(stateOf(world, 'message-queue')).toMatchObject({ step: 'ServerReady' });
    expect(stateOf(world, 'message-queue')?.message).toContain('AllReplicasReady');
    world.away.add('rabbitmq');
    for (let count = 0; count < 5; count += 1) turn(world, decide(THIRD));
    expect(stateOf(world, 'message-queue')?.message).toContain('does not answer');
    world.away.clear();
    settle(world, decide(THIRD));
    settle(world, decide(THIRD));
    expect(stateOf(world, 'message-queue')?.state).toBe('Ready');
    expect(places(world)).toContain('ingest@rabbitmq 2');
    const web = JSON.stringify(world.driver.world.find('Deployment/brain-ingest')?.['spec']);
    expect(web).toContain(
      '{"name":"RABBITMQ_PASSWORD","valueFrom":{"secretKeyRef":{"name":"brain-rabbitmq-default-user","key":"password"}}}',
    );
  });

  it('say what is missing where the cluster knows no RabbitMQ', () => {
    const world = new QueueWorld(specOf(base));
    settle(world, deciding()(THIRD));
    expect(stateOf(world, 'message-queue')).toMatchObject({ state: 'Blocked', reason: 'NoRabbitmq' });
    expect(places(world)).toContain('ingest@redis-queue 2');
  });

  it('stay on Redis while a command names its connection', () => {
    const command = ['php', 'artisan', 'queue:work', 'redis', '--queue=default'];
    const spec = specOf({
      stores: { ...EXTERNAL, rabbitmq: { host: 'rabbitmq.example.com' } },
      components: { queues: [{ name: 'default', command }] },
    });
    const world = new QueueWorld(spec);
    settle(world, deciding(spec)(THIRD));
    expect(stateOf(world, 'message-queue')).toMatchObject({ reason: 'CommandNamesConnection' });
    expect(places(world)).toContain('ingest@redis-queue 2');
  });
});

describe('a Redis that the operator runs', () => {
  const managed = { components: base.components ?? {}, capabilities: { redis: { enabled: true } } };

  it('takes queues on once it says that it keeps them', () => {
    const spec = specOf(managed);
    const world = new QueueWorld(spec);
    const decide = deciding(spec);
    world.home = 'application';
    world.away.add('redis');
    settle(world, decide(FIRST));
    expect(places(world)).toContain('ingest@application 2');
    world.away.clear();
    world.driver.now += 7 * 3_600_000;
    settle(world, decide(FIRST));
    expect(stateOf(world, 'queue-system')).toMatchObject({ state: 'Ready' });
    expect(places(world)).toEqual(['ingest@redis 2', 'queue-default@redis 1', 'sync@redis 3']);
  });

  it('is given twice as long each time that it does not come up', () => {
    const spec = specOf(managed);
    const world = new QueueWorld(spec);
    world.home = 'application';
    world.away.add('redis');
    const waits: number[] = [];
    for (let count = 0; count < 400 && waits.length < 3; count += 1) {
      const before = stateOf(world, 'queue-system')?.retryAt;
      turn(world, deciding(spec)(FIRST), 60_000);
      const after = stateOf(world, 'queue-system')?.retryAt;
      if (after !== undefined && after !== before)
        waits.push(Math.round((Date.parse(after) - world.driver.now) / 60_000) + 1);
    }
    const [first = 0] = waits;
    expect(waits).toEqual([first, first * 2, first * 4]);
  });

  it('is drained on the way back to what the application has', () => {
    const spec = specOf(managed);
    const world = new QueueWorld(spec);
    world.home = 'application';
    const decide = deciding(spec);
    settle(world, decide(FIRST));
    world.publish(300_000);
    const told = story(world, decide([]), 'queue-system', 60);
    expect(told.map(({ step }) => step)).toEqual([
      'WorkersLeft',
      'WorkersMoved',
      'PublishersMoved',
      'OldDrained',
      'OldQuiet',
      'LeftRemoved',
      'Gone',
    ]);
    expect(world.jobs).toEqual([]);
    expect(world.driver.world.find('StatefulSet/brain-redis')).toBeUndefined();
  });

  it('is left for one that the user gives like any other server', () => {
    const spec = specOf(managed);
    const world = new QueueWorld(spec);
    world.home = 'application';
    settle(world, deciding(spec)(FIRST));
    world.publish(120_000);
    const given = specOf(base);
    world.home = 'external-redis';
    world.driver.spec = given;
    for (let count = 0; count < 60; count += 1) {
      turn(world, deciding(given)(FIRST));
      world.work();
      expect(world.deserted()).toEqual([]);
    }
    expect(world.jobs).toEqual([]);
    expect(places(world)).toEqual([
      'ingest@external-redis 2',
      'queue-default@external-redis 1',
      'sync@external-redis 3',
    ]);
    expect(stateOf(world, 'queue-system')?.state).toBe('External');
  });
});

describe('what a person has to change', () => {
  const told = (
    input: Partial<LeadPlatformSpecInput>,
    names: readonly CapabilityName[],
    facts: object = {},
  ) => {
    const spec = specOf({ ...base, ...input });
    const world = new QueueWorld(spec);
    world.facts = facts;
    for (let count = 0; count < 5; count += 1) turn(world, deciding(spec)(names));
    return world;
  };

  it.each([
    ['it drops jobs', { evictionPolicy: 'allkeys-lru' }, 'maxmemory-policy noeviction'],
    ['it keeps nothing', { isPersistent: false }, 'appendonly yes'],
  ])('is said, with the setting, when %s', (_case, facts, setting) => {
    const world = told({}, FIRST, facts);
    const state = stateOf(world, 'queue-system');
    expect(state).toMatchObject({ state: 'Blocked', reason: 'LosesJobs' });
    expect(state?.message).toContain(setting);
    expect(
      world.driver.world.objects.some((object) => JSON.stringify(object).includes('QUEUE_CONNECTION')),
    ).toBe(false);
  });

  it('is nothing where the user may not ask for it', () => {
    const world = told({}, FIRST, { evictionPolicy: undefined, isPersistent: undefined });
    expect(stateOf(world, 'queue-system')?.state).toBe('External');
  });

  it('is spec.env, where it says something else', () => {
    const world = told({ env: [{ name: 'QUEUE_CONNECTION', value: 'database' }] }, SECOND);
    for (const name of SECOND)
      expect(stateOf(world, name)).toMatchObject({ state: 'Blocked', reason: 'Overridden' });
    expect(places(world)).toContain('ingest@external-redis 2');
  });

  it('is a command that names another connection', () => {
    const command = ['php', 'artisan', 'queue:work', 'database', '--queue=default'];
    const world = told({ components: { queues: [{ name: 'default', command }] } }, FIRST);
    expect(stateOf(world, 'queue-system')).toMatchObject({
      state: 'Blocked',
      reason: 'CommandNamesConnection',
    });
    expect(stateOf(world, 'queue-system')?.message).toContain('workers of default');
  });

  it('is a second server that is the first one', () => {
    const world = told(
      { capabilities: { dedicatedQueueServer: { redis: { host: 'redis.example.com' } } } },
      SECOND,
    );
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ state: 'Blocked' });
    expect(stateOf(world, 'dedicated-queue-server')?.message).toContain('stores.redis');
  });
});
