import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../../src/api/names.ts';
import { specOf } from '../../plan/fixtures.ts';
import {
  EXTERNAL,
  base,
  deciding,
  FIRST,
  SECOND,
  turn,
  settle,
  places,
  stateOf,
  story,
} from './queue-story.ts';
import { QueueWorld } from './queue-world.ts';

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
      'DrainWorkersReady',
      'WorkersMoved',
      'PublishersMoved',
      'SourceDrained',
      'SourceIdle',
      'DrainWorkersRemoved',
      'External',
    ]);
    const commands = (name: string) =>
      JSON.stringify(world.driver.world.find(`Deployment/${name}`)?.['spec']);
    expect(commands('brain-sync')).toContain('"queue:work","rabbitmq"');
    expect(commands('brain-sync')).toContain('{"name":"RABBITMQ_HOST","value":"rabbitmq.example.com"}');
    expect(world.planned?.signalStores).toEqual({ queues: { rabbitmq: spec.stores.rabbitmq } });
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
