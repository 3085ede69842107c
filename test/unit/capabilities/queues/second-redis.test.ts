import { describe, expect, it } from 'vitest';
import { specOf } from '../../plan/fixtures.ts';
import {
  base,
  deciding,
  FIRST,
  SECOND,
  turn,
  settle,
  places,
  stateOf,
  story,
  settled,
} from './queue-story.ts';
import { QueueWorld } from './queue-world.ts';

describe('queues that move to a server of their own', () => {
  const start = () => settled(FIRST);

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
      'DrainWorkersReady',
      'WorkersMoved',
      'PublishersMoved',
      'SourceDrained',
      'SourceIdle',
      'DrainWorkersRemoved',
      'Ready',
    ]);
    const at = (step: string) => told.find((one) => one.step === step)?.places;
    const left = [
      'left-queue-default-on-external-redis@external-redis 1',
      'left-sync-on-external-redis@external-redis 3',
    ];
    expect(at('DrainWorkersReady')).toEqual([
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
      step: 'SourceDrained',
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
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ step: 'SourceDrained' });
    expect(stateOf(world, 'dedicated-queue-server')?.message).toContain('pass over the call logs');
    // The next one: one at a time, so the one before has ended.
    busy(true, world.driver.now);
    for (let count = 0; count < 20; count += 1) turn(world, decide(SECOND));
    expect(stateOf(world, 'dedicated-queue-server')?.state).toBe('Ready');
  });

  it('are measured where the workers are', () => {
    const { world, decide } = start();
    expect(world.planned?.signalStores).toEqual({});
    world.publish(240_000);
    const measured: string[] = [];
    for (let count = 0; count < 60; count += 1) {
      turn(world, decide(SECOND));
      world.work();
      const step = stateOf(world, 'dedicated-queue-server')?.step ?? 'Ready';
      const { queues } = world.planned?.signalStores ?? {};
      const at = queues !== undefined && 'redis' in queues ? queues.redis.host : 'stores.redis';
      if (measured.at(-1) !== `${step}: ${at}`) measured.push(`${step}: ${at}`);
    }
    expect(measured).toEqual([
      'ServerReady: stores.redis',
      'DrainWorkersReady: stores.redis',
      'WorkersMoved: stores.redis',
      'PublishersMoved: brain-redis-queue.leads',
      'SourceDrained: brain-redis-queue.leads',
      'SourceIdle: brain-redis-queue.leads',
      'DrainWorkersRemoved: brain-redis-queue.leads',
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
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({ step: 'SourceDrained' });
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
