/** Platforms in the middle of something: how each comes there, under an earlier version of the operator. */
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';

/** The earlier version: the last commit with the words and folders of before. `npm run prove -- upgrade` runs it. */
export const EARLIER = '524fbe8834577bf0f1bfbd2ab64e7e16c5def249';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Scene {
  readonly name: 'transition' | 'held' | 'drain' | 'idle';
  readonly first: (redis: readonly Address[]) => Partial<LeadPlatformSpecInput>;
  /** What sets it going. */
  readonly next: (redis: readonly Address[]) => Partial<LeadPlatformSpecInput>;
  /** The tier that it stands on before. */
  readonly tier: string;
  /** As the earlier version says it in the status: the operator is killed there. */
  readonly step: string;
  /** What the hook that is waited for has come to by then. */
  readonly hook?: 'Failed';
  /** Its servers are emptied at this step, so that it goes on. */
  readonly emptiedAt?: string;
  /** The same step as today's version says it. */
  readonly today: string;
  /** Whose status has the step; of a change of topology it is that of the platform. */
  readonly capability?: 'queue-system' | 'dedicated-queue-server';
}

type Policies = NonNullable<NonNullable<LeadPlatformSpecInput['transitions']>['policies']>;

const apart = (minTier: 'single-server' | 'separated'): Partial<LeadPlatformSpecInput> => ({
  minTier,
  transitions: {
    // Longer than an operator takes to start: when the next one comes, the gate is closed.
    minReadyTime: '20s',
    hooks: [
      { name: 'migrate', tier: 'separated', when: 'Before', command: ['php', 'artisan', 'migrate'] },
      { name: 'warm', tier: 'separated', when: 'After', command: ['php', 'artisan', 'cache:warm'] },
    ],
    // Its Redis has a life of its own.
    policies: [{ capability: 'redis-cache', policy: 'Never' }],
  },
});

/** A hook that cannot run: the simulated nodes never pull that image. */
const heldBy = (minTier: 'single-server' | 'separated'): Partial<LeadPlatformSpecInput> => {
  const { transitions, ...rest } = apart(minTier);
  const hooks = (transitions?.hooks ?? []).map((hook) => ({
    ...hook,
    image: 'registry.example/brain:missing',
    timeout: '3s',
  }));
  return { ...rest, transitions: { ...transitions, retryAfter: '1h', hooks } };
};

const queuesOn =
  (dedicated: Policies[number]['policy']) =>
  ([first, second]: readonly Address[]): Partial<LeadPlatformSpecInput> => ({
    tierPin: { tier: 'balanced', reason: 'to see the queues move' },
    ...(first && { stores: { redis: { host: first.host, port: first.port } } }),
    components: { ingest: { drainTime: '1s' }, queues: [{ name: 'default' }] },
    callLogSync: { strategy: 'Webhook' },
    transitions: {
      minReadyTime: '0s',
      policies: [
        { capability: 'queue-system', policy: 'Auto' },
        { capability: 'dedicated-queue-server', policy: dedicated },
      ],
    },
    ...(second && {
      capabilities: { dedicatedQueueServer: { redis: { host: second.host, port: second.port } } },
    }),
  });

const migration = {
  first: queuesOn('Never'),
  next: queuesOn('Auto'),
  tier: 'balanced',
  capability: 'dedicated-queue-server',
} as const;

export const SCENES: Readonly<Record<Scene['name'], Scene>> = {
  transition: {
    name: 'transition',
    first: () => apart('single-server'),
    next: () => apart('separated'),
    tier: 'single-server',
    step: 'WaitReady',
    today: 'WaitReady',
  },
  held: {
    name: 'held',
    first: () => heldBy('single-server'),
    next: () => heldBy('separated'),
    tier: 'single-server',
    step: 'Hook/migrate',
    today: 'Hook/migrate',
    hook: 'Failed',
  },
  drain: { ...migration, name: 'drain', step: 'OldDrained', today: 'SourceDrained' },
  idle: { ...migration, name: 'idle', step: 'OldQuiet', emptiedAt: 'OldDrained', today: 'SourceIdle' },
};

/** Where a scene's step stands in a status. */
export function stepIn({ capability }: Scene, { transition, capabilities }: LeadPlatformStatus) {
  return capability === undefined ? transition : capabilities?.find(({ name }) => name === capability);
}
