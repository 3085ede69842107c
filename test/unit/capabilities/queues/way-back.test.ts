import { describe, expect, it } from 'vitest';
import { specOf } from '../../plan/fixtures.ts';
import { base, deciding, FIRST, SECOND, turn, settle, places, stateOf, settled } from './queue-story.ts';
import { QueueWorld } from './queue-world.ts';

describe('queues that move back', () => {
  const start = () => settled(SECOND);

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
      count < 10 && stateOf(world, 'dedicated-queue-server')?.step !== 'SourceDrained';
      count += 1
    )
      turn(world, declined);
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({
      state: 'Leaving',
      step: 'SourceDrained',
    });
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
    expect(stateOf(world, 'dedicated-queue-server')).toMatchObject({
      state: 'Leaving',
      step: 'SourceDrained',
    });
    expect(world.driver.world.find('StatefulSet/brain-redis-queue')).toBeDefined();
    expect(world.deserted()).toEqual([]);
  });
});
