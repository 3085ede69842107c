/** What holds of every move of queues, however decisions, rollouts, jobs and answers fall. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../src/api/names.ts';
import type { Decision } from '../../src/model/decision.ts';
import { QueueWorld } from '../unit/capabilities/queues/queue-world.ts';
import { decisionOf, specOf } from '../unit/plan/fixtures.ts';

const spec = specOf({
  stores: { redis: { host: 'redis.example.com' }, rabbitmq: { host: 'rabbitmq.example.com' } },
  components: { queues: [{ name: 'default' }] },
  callLogSync: { strategy: 'Webhook' },
});

const decided = (names: readonly CapabilityName[], separate: boolean): Decision =>
  decisionOf({
    spec,
    separate,
    sizes: { ingest: 2, 'all-in-one': 2, sync: 2 },
    tier: { to: separate ? 'scaled' : 'cached' },
    capabilities: names.map((name) => ({ name, required: false, consent: 'Given' })),
  });

const decision: fc.Arbitrary<Decision> = fc
  .record({
    names: fc.constantFrom<readonly CapabilityName[]>(
      [],
      ['queue-system'],
      ['queue-system', 'dedicated-queue-server'],
      ['dedicated-queue-server'],
      ['queue-system', 'message-queue'],
      ['queue-system', 'dedicated-queue-server', 'message-queue'],
    ),
    separate: fc.boolean(),
  })
  .map(({ names, separate }) => decided(names, separate));

const turn = fc.record({
  decision: fc.option(decision, { freq: 6 }),
  rolls: fc.integer({ min: 0, max: 6 }),
  publishes: fc.option(fc.constantFrom(0, 20_000, 300_000), { freq: 2 }),
  works: fc.boolean(),
  away: fc.option(fc.constantFrom('external-redis', 'redis-queue', 'external-rabbitmq'), { freq: 8 }),
  lost: fc.boolean(),
});
const story = fc.record({
  first: decision,
  countsTerminating: fc.boolean(),
  turns: fc.array(turn, { minLength: 10, maxLength: 60 }),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** The grandest first. */
const GOALS: readonly (readonly [string, string])[] = [
  ['message-queue', 'external-rabbitmq'],
  ['dedicated-queue-server', 'redis-queue'],
];

const PASS_MS = 15_000;

function play({ first, countsTerminating, turns }: Story, check: (world: QueueWorld) => void) {
  const world = new QueueWorld(spec);
  world.countsTerminating = countsTerminating;
  let current = first;
  for (let count = 0; count < 5; count += 1) {
    world.pass(current);
    world.roll(100);
  }
  for (const { decision: next, rolls, publishes, works, away, lost } of turns) {
    current = next ?? current;
    world.away.clear();
    if (away !== null) world.away.add(away);
    if (publishes !== null) world.publish(publishes);
    world.pass(current);
    // An operator that died before it wrote the status, and comes back.
    if (lost) world.driver.status = { ...world.driver.status };
    check(world);
    world.driver.now += PASS_MS;
    world.roll(rolls);
    if (works) world.work();
    check(world);
  }
  return { world, current };
}

describe('a move of queues', { timeout: 300_000 }, () => {
  it('never leaves a server without workers that somebody publishes to, or that has jobs', () => {
    fc.assert(
      fc.property(story, (told) => {
        play(told, (world) => {
          expect(world.deserted(), world.driver.log.slice(-40).join('\n')).toEqual([]);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('comes to an end, with every job worked off and nobody left behind', () => {
    fc.assert(
      fc.property(story, (told) => {
        const { world, current } = play(told, () => undefined);
        world.away.clear();
        for (let count = 0; count < 80; count += 1) {
          world.pass(current);
          world.driver.now += PASS_MS;
          world.roll(100);
          world.work();
        }
        const { actions, status } = world.pass(current);
        expect(world.jobs, world.driver.log.slice(-40).join('\n')).toEqual([]);
        expect(world.deployments.filter(({ name }) => name.includes('-left-'))).toEqual([]);
        expect(actions).toEqual([]);
        const wanted: readonly string[] = current.capabilities.map(({ name }) => name);
        const goal = [...GOALS].find(([name]) => wanted.includes(name))?.[1] ?? 'external-redis';
        expect(
          [...new Set(world.deployments.map(({ server }) => server))],
          JSON.stringify(status.capabilities),
        ).toEqual([goal]);
        const states = status.capabilities?.filter(({ name }) => wanted.includes(name)) ?? [];
        expect(states.filter(({ state }) => state !== 'Ready' && state !== 'External')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
