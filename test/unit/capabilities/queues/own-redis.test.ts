import { describe, expect, it } from 'vitest';
import { specOf } from '../../plan/fixtures.ts';
import { Story } from '../story.ts';
import { base, deciding, FIRST, turn, settle, places, stateOf, story } from './queue-story.ts';
import { QueueWorld } from './queue-world.ts';
import { GROWTH } from '../../../../src/model/backoff.ts';

it('waits for a person where nobody has said which Redis, and makes none unasked', () => {
  const told = new Story(['redis-cache', 'queue-system']).settle();
  for (const name of ['redis-cache', 'queue-system'] as const) {
    expect(told.report(name)).toMatchObject({ state: 'Blocked', reason: 'NoRedis' });
  }
  expect(told.has('StatefulSet/brain-redis')).toBe(false);
  expect(JSON.stringify(told.find('Deployment/brain-ingest'))).not.toContain('CACHE_STORE');
});

it('is not made on the way down either, where there never was one', () => {
  const told = new Story(['redis-cache', 'queue-system']).settle();
  // Pods are being replaced while it goes: that is when its server would be kept.
  told.driver.spec = specOf({ image: 'registry.example/brain:1.5.0' });
  told.driver.pass(told.decision());
  for (let pass = 0; pass < 3; pass += 1) told.driver.pass(told.decision([]));
  expect(told.has('StatefulSet/brain-redis')).toBe(false);
});

describe('a Redis that the operator runs', () => {
  it('has a volume that Argo CD leaves alone, for the volume bears the labels of the pods', () => {
    const told = new Story(['redis-cache'], { capabilities: { redis: { enabled: true } } }).settle();
    const { spec } = told.find('StatefulSet/brain-redis') as unknown as {
      spec: { volumeClaimTemplates: { metadata: { annotations: object } }[] };
    };
    expect(spec.volumeClaimTemplates[0]?.metadata.annotations).toMatchObject({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    });
  });

  describe('runs as the account of the platform, which has no rights, and is pulled by the Secrets of the platform', () => {
    const imagePullSecrets = [{ name: 'registry' }];
    const asked = (redis: object) => ({
      imagePullSecrets,
      capabilities: { redis: { enabled: true, ...redis } },
    });
    const OURS = { serviceAccountName: 'brain', imagePullSecrets };
    interface Pod {
      readonly serviceAccountName?: string;
      readonly imagePullSecrets?: object;
      readonly containers: readonly { readonly name: string }[];
    }
    const podOf = (told: Story) =>
      (told.spec('StatefulSet/brain-redis')['template'] as { readonly spec: Pod }).spec;
    /** As an earlier version made it, which named neither; and with a container of others before its own. */
    const ofEarlier = (told: Story) => {
      const { spec, ...rest } = told.find('StatefulSet/brain-redis') as ReturnType<Story['find']> & {
        spec: { template: { spec: Pod } };
      };
      const {
        serviceAccountName: _account,
        imagePullSecrets: _secrets,
        containers,
        ...pod
      } = spec.template.spec;
      const both = [{ name: 'proxy', image: 'registry.example/proxy:1' }, ...containers];
      const template = { ...spec.template, spec: { ...pod, containers: both } };
      told.driver.world.put({ ...rest, spec: { ...spec, template } });
      return told;
    };

    it('from the beginning', () => {
      expect(podOf(new Story(['redis-cache'], asked({})).settle())).toMatchObject(OURS);
    });

    it('without Secrets where the platform names none', () => {
      const told = new Story(['redis-cache'], { capabilities: { redis: { enabled: true } } }).settle();
      expect(podOf(told)).toMatchObject({ serviceAccountName: 'brain' });
      expect(podOf(told)).not.toHaveProperty('imagePullSecrets');
    });

    it('not before its image changes where an earlier version has made it, for its pod would be replaced', () => {
      const told = ofEarlier(new Story(['redis-cache'], asked({})).settle()).settle();
      for (const change of [{}, { resources: { requests: { cpu: '1' } } }]) {
        told.edit(asked(change));
        told.settle();
        for (const field of Object.keys(OURS)) expect(podOf(told)).not.toHaveProperty(field);
      }
      told.edit(asked({ image: 'registry.example/mine:1' }));
      expect(podOf(told.settle())).toMatchObject(OURS);
    });
  });

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

  it('is given longer each time that it does not come up', () => {
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
    expect(waits).toEqual([first, first * GROWTH, first * GROWTH ** 2]);
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
      'DrainWorkersReady',
      'WorkersMoved',
      'PublishersMoved',
      'SourceDrained',
      'SourceIdle',
      'DrainWorkersRemoved',
      'Gone',
    ]);
    expect(world.jobs).toEqual([]);
    // A volume, whatever is in it: that nothing uses it any more is not for us to take for consent.
    expect(stateOf(world, 'redis-cache')).toMatchObject({ state: 'Leaving', step: 'RemovalUnconfirmed' });
    expect(world.driver.world.find('StatefulSet/brain-redis')).toBeDefined();
    world.driver.annotations = { 'leadplatform.io/confirm-removal': 'redis-cache' };
    settle(world, decide([]));
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
