/**
 * What the ladder knows of each capability, in the order in which its tiers first name them. What a capability does is in
 * `src/capabilities`, a file each.
 */
import { CAPABILITY_NAMES, type CapabilityName } from '../api/names.ts';

/** Signals that a capability can relieve; what cannot fall by itself is not among them. */
export type RelievableSignal = 'responseTime' | 'queueDepth' | 'cpu' | 'memory';

export interface CapabilityFacts {
  readonly name: CapabilityName;
  /** Leads/day from which it is worth having, once that load is sustained. */
  readonly recommendedFrom: number;
  /** Leads/day from which the platform breaks without it. Never acted on where it holds data: that waits. */
  readonly requiredFrom?: number;
  /** Putting it in place, or taking it away, moves or loses data. */
  readonly holdsData: boolean;
  readonly relieves: readonly RelievableSignal[];
  /** With it, the workers of each queue run apart from the web side. */
  readonly separatesWorkers?: true;
}

export const CATALOG: readonly CapabilityFacts[] = [
  {
    name: 'redis-cache',
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    // A cache can be lost and filled again, so it holds no data.
    holdsData: false,
    relieves: ['responseTime', 'cpu'],
  },
  {
    name: 'queue-system',
    recommendedFrom: 5_000,
    // Jobs that wait are data: a queue that is moved or emptied loses leads.
    holdsData: true,
    relieves: ['responseTime', 'queueDepth'],
  },
  {
    name: 'database-indexes',
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    // An index can be built again from its table, so it holds no data.
    holdsData: false,
    relieves: ['responseTime', 'cpu'],
  },
  {
    name: 'queue-monitoring',
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['queueDepth'],
  },
  {
    name: 'app-optimize',
    recommendedFrom: 5_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'cpu'],
  },
  {
    name: 'separate-queue-workers',
    recommendedFrom: 10_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
    separatesWorkers: true,
  },
  {
    name: 'read-replica',
    recommendedFrom: 10_000,
    // A copy has volumes of its own, and dropping it drops them.
    holdsData: true,
    relieves: ['responseTime'],
  },
  {
    name: 'cdn',
    recommendedFrom: 10_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime'],
  },
  {
    name: 'app-instances',
    recommendedFrom: 15_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  },
  {
    name: 'load-balancer',
    recommendedFrom: 25_000,
    requiredFrom: 30_000,
    holdsData: false,
    relieves: ['responseTime'],
  },
  {
    name: 'multiple-app-servers',
    recommendedFrom: 25_000,
    requiredFrom: 50_000,
    holdsData: false,
    relieves: ['responseTime', 'cpu', 'memory'],
  },
  {
    name: 'dedicated-queue-server',
    recommendedFrom: 25_000,
    // The queue moves to another server: what waits in it must be drained first.
    holdsData: true,
    relieves: ['queueDepth', 'memory'],
  },
  {
    name: 'message-queue',
    recommendedFrom: 30_000,
    // Jobs that wait are data.
    holdsData: true,
    relieves: ['queueDepth'],
  },
  {
    name: 'search',
    recommendedFrom: 30_000,
    // The index has volumes of its own, and hours of filling in them.
    holdsData: true,
    relieves: ['responseTime'],
  },
  {
    name: 'database-per-service',
    recommendedFrom: 30_000,
    // It moves tables.
    holdsData: true,
    relieves: ['responseTime'],
  },
  {
    name: 'microservices',
    recommendedFrom: 30_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'cpu', 'memory'],
  },
  {
    name: 'database-sharding',
    recommendedFrom: 50_000,
    // It moves rows.
    holdsData: true,
    relieves: ['responseTime'],
  },
  {
    name: 'orchestration',
    recommendedFrom: 50_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['cpu', 'memory'],
  },
  {
    name: 'full-microservices',
    recommendedFrom: 100_000,
    requiredFrom: 100_000,
    holdsData: false,
    relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  },
];

const BY_NAME = new Map(CATALOG.map((facts) => [facts.name, facts]));

/** The facts of a capability. */
export function factsOf(name: CapabilityName): CapabilityFacts {
  const found = BY_NAME.get(name);
  if (found === undefined)
    throw new RangeError(`no capability is called ${name}; write one of ${CAPABILITY_NAMES.join(', ')}`);
  return found;
}

/** The capability with which workers run apart from the web side. */
export const SEPARATES_WORKERS: CapabilityName = CATALOG.find(
  ({ separatesWorkers }) => separatesWorkers === true,
)!.name;
