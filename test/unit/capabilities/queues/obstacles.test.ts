import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../../src/api/schema/leadplatform.ts';
import { specOf } from '../../plan/fixtures.ts';
import { base, deciding, FIRST, SECOND, turn, places, stateOf } from './queue-story.ts';
import { QueueWorld } from './queue-world.ts';

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
