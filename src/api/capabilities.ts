/**
 * Everything that a tier may put in place, and what the ladder knows of it, in the order in which its tiers first name them. A new
 * one is an entry here; what it does is a file in `src/capabilities` and a line in its `index.ts`; its settings are a file in
 * `schema/capabilities` and a line there. It is on the default tier of the load from which it is worth having.
 */

/** Signals that a capability can relieve; what cannot fall by itself is not among them. */
export type RelievableSignal = 'responseTime' | 'queueDepth' | 'cpu' | 'memory';

export interface CapabilityEntry {
  /** Leads/day from which it is worth having, once that load is sustained: a default tier begins there. */
  readonly recommendedFrom: number;
  /** Leads/day from which the platform breaks without it. Never acted on where it holds data: that waits. */
  readonly requiredFrom?: number;
  /** Putting it in place, or taking it away, moves or loses data. */
  readonly holdsData: boolean;
  readonly relieves: readonly RelievableSignal[];
  /** With it, the workers of each queue run apart from the web side. */
  readonly separatesWorkers?: true;
}

export const CAPABILITY_TABLE = {
  'redis-cache': {
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    // A cache can be lost and filled again, so it holds no data.
    holdsData: false,
    relieves: ['responseTime', 'cpu'],
  },
  'queue-system': {
    recommendedFrom: 5_000,
    // Jobs that wait are data: a queue that is moved or emptied loses leads.
    holdsData: true,
    relieves: ['responseTime', 'queueDepth'],
  },
  'database-indexes': {
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    // An index can be built again from its table, so it holds no data.
    holdsData: false,
    relieves: ['responseTime', 'cpu'],
  },
  'queue-monitoring': {
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['queueDepth'],
  },
  'app-optimize': {
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'cpu'],
  },
  'separate-queue-workers': {
    recommendedFrom: 10_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
    separatesWorkers: true,
  },
  'read-replica': {
    recommendedFrom: 10_000,
    // A copy has volumes of its own, and dropping it drops them.
    holdsData: true,
    relieves: ['responseTime'],
  },
  cdn: {
    recommendedFrom: 10_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime'],
  },
  'app-instances': {
    recommendedFrom: 15_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  },
  'load-balancer': {
    recommendedFrom: 25_000,
    requiredFrom: 30_000,
    holdsData: false,
    relieves: ['responseTime'],
  },
  'multiple-app-servers': {
    recommendedFrom: 25_000,
    requiredFrom: 50_000,
    holdsData: false,
    relieves: ['responseTime', 'cpu', 'memory'],
  },
  'dedicated-queue-server': {
    recommendedFrom: 25_000,
    // The queue moves to another server: what waits in it must be drained first.
    holdsData: true,
    relieves: ['queueDepth', 'memory'],
  },
  'message-queue': {
    recommendedFrom: 30_000,
    // Jobs that wait are data.
    holdsData: true,
    relieves: ['queueDepth'],
  },
  search: {
    recommendedFrom: 30_000,
    // The index has volumes of its own, and hours of filling in them.
    holdsData: true,
    relieves: ['responseTime'],
  },
  'database-per-service': {
    recommendedFrom: 30_000,
    // It moves tables.
    holdsData: true,
    relieves: ['responseTime'],
  },
  microservices: {
    recommendedFrom: 30_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'cpu', 'memory'],
  },
  'database-sharding': {
    recommendedFrom: 50_000,
    // It moves rows.
    holdsData: true,
    relieves: ['responseTime'],
  },
  orchestration: {
    recommendedFrom: 50_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['cpu', 'memory'],
  },
  'full-microservices': {
    recommendedFrom: 100_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  },
} as const satisfies Readonly<Record<string, CapabilityEntry>>;
