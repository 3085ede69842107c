/** A ladder on which every tier has its queues elsewhere, for platforms that are pinned to go up and down on it. */
import { type PlatformStatus, urlOf } from './lead-platform.ts';
import { type Platform, platformName } from './platform.ts';

/** The capability that has the queues, and where they are, by tier. */
export const queueTiers = {
  'first-redis': 'queue-system',
  'second-redis': 'dedicated-queue-server',
  broker: 'message-queue',
} as const;
export type QueueTier = keyof typeof queueTiers;

/** What is merged into the spec of a platform that has these tiers: it is on the first of them, and asks nobody. */
export const withQueueTiers = {
  tierPin: { tier: 'first-redis' satisfies QueueTier },
  tiers: [
    { name: 'together', fromLeadsPerDay: 0 },
    {
      name: 'first-redis',
      fromLeadsPerDay: 1_000_000,
      capabilities: ['separate-queue-workers', queueTiers['first-redis']],
    },
    {
      name: 'second-redis',
      fromLeadsPerDay: 2_000_000,
      capabilities: [queueTiers['second-redis']],
    },
    { name: 'broker', fromLeadsPerDay: 3_000_000, capabilities: [queueTiers.broker] },
  ].map((tier) => ({
    ...tier,
    components: { ingest: { min: 1, max: 1 }, sync: { min: 2, max: 2 }, queue: { min: 1, max: 1 } },
  })),
  transitions: {
    policies: Object.values(queueTiers).map((capability) => ({ capability, policy: 'Auto' })),
    readyTimeout: '120s',
  },
};

/** Waits until it is on that tier, with its queues where it has them, and nothing under way. */
export function queuesAt(platform: Platform, wanted: QueueTier): Promise<PlatformStatus> {
  return platform.until(
    `its queues are where ${wanted} has them`,
    ({ tier, transition, ...status }) => {
      const capabilities = (status['capabilities'] ?? []) as { name: string; state: string }[];
      const state = capabilities.find(({ name }) => name === queueTiers[wanted])?.state;
      return (
        tier === wanted &&
        transition === undefined &&
        (state === 'External' || state === 'Ready') &&
        capabilities.every((one) => one.state !== 'Leaving')
      );
    },
    300_000,
  );
}

/** What the application itself says: the kind of its queue, and the host of the Redis that would have it. */
export async function queuesInEffect(platform: Platform): Promise<[string, string]> {
  const url = new URL('/api/health', await urlOf(platform, platformName));
  const { settings } = (await (await fetch(url)).json()) as {
    settings: { queue_connection: string; redis_queue: { host: string } };
  };
  return [settings.queue_connection, settings.redis_queue.host];
}

/** To the variables that are there; a merge patch replaces lists. */
export async function addEnv(
  platform: Platform,
  more: readonly { name: string; value?: string; valueFrom?: object }[],
): Promise<void> {
  const text = await platform.kubectl(['get', `leadplatform/${platformName}`, '--output=json']);
  const { spec } = JSON.parse(text) as { spec: { env: { name: string }[] } };
  const names = new Set(more.map(({ name }) => name));
  await platform.spec({ env: [...spec.env.filter(({ name }) => !names.has(name)), ...more] });
}
