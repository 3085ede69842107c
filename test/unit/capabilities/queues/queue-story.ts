/** Queues on a small platform that move between servers: what is decided, the cluster's turns, and what is told. */
import type { CapabilityName } from '../../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../../src/api/schema/leadplatform.ts';
import { decisionOf, specOf } from '../../plan/fixtures.ts';
import { QueueWorld } from './queue-world.ts';

export const EXTERNAL = { redis: { host: 'redis.example.com' } };
export const base: Partial<LeadPlatformSpecInput> = {
  stores: EXTERNAL,
  components: { queues: [{ name: 'default' }] },
};

export const deciding =
  (spec = specOf(base)) =>
  (names: readonly CapabilityName[], separate = true) =>
    decisionOf({
      spec,
      separate,
      sizes: { ingest: 2, 'all-in-one': 2, sync: 3 },
      tier: { to: separate ? 'scaled' : 'cached' },
      capabilities: names.map((name) => ({ name, required: false, consent: 'Given' })),
    });

export const FIRST: readonly CapabilityName[] = ['queue-system'];
export const SECOND: readonly CapabilityName[] = ['queue-system', 'dedicated-queue-server'];

/** A pass, and the cluster's turn after it. */
export function turn(world: QueueWorld, decision: ReturnType<typeof decisionOf>, passed = 15_000): void {
  world.pass(decision);
  world.driver.now += passed;
  world.roll(100);
}

export function settle(world: QueueWorld, decision: ReturnType<typeof decisionOf>): void {
  for (let count = 0; count < 40; count += 1) {
    turn(world, decision);
    world.work();
  }
}

/** Where the templates of the Deployments are, in a line. */
export const places = (world: QueueWorld) =>
  world.deployments.map(({ name, server, asked }) => `${name.slice(6)}@${server} ${asked}`).toSorted();

export const stateOf = (world: QueueWorld, name: CapabilityName) =>
  world.driver.status.capabilities?.find((one) => one.name === name);

/** The steps that a capability goes through, each once, and what Deployments are there at its beginning. */
export function story(
  world: QueueWorld,
  decision: ReturnType<typeof decisionOf>,
  of: CapabilityName,
  most = 40,
) {
  const told: { readonly step: string; readonly places: readonly string[] }[] = [];
  for (let count = 0; count < most; count += 1) {
    turn(world, decision);
    world.work();
    const { step = stateOf(world, of)?.state ?? 'Gone' } = stateOf(world, of) ?? {};
    if (told.at(-1)?.step !== step) told.push({ step, places: places(world) });
  }
  return told;
}

/** A platform whose queues have come to rest where these capabilities have them. */
export function settled(names: readonly CapabilityName[]) {
  const spec = specOf(base);
  const world = new QueueWorld(spec);
  const decide = deciding(spec);
  settle(world, decide(names));
  return { world, decide };
}
