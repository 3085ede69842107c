/** The words of the API that several rooms use. What is known of a tier is in `src/ladder`, of a capability in `capabilities.ts`. */
import { CAPABILITY_TABLE } from './capabilities.ts';

/** The eight tiers of the default ladder, lowest first. */
export const TIER_NAMES = [
  'single-server',
  'cached',
  'separated',
  'scaled',
  'balanced',
  'enterprise',
  'microservices',
  'full-microservices',
] as const;

export type CapabilityName = keyof typeof CAPABILITY_TABLE;

/** Everything that a tier may put in place, in the order in which the ladder first names it. */
export const CAPABILITY_NAMES = Object.keys(CAPABILITY_TABLE) as readonly string[] as readonly [
  CapabilityName,
  ...CapabilityName[],
];

/** Who decides that a capability is put in place: the operator, a person by an annotation, or nobody. */
export const POLICIES = ['Auto', 'Confirm', 'Never'] as const;

export const API_GROUP = 'leadplatform.io';
export const API_VERSION = 'v1alpha1';
export const KIND = 'LeadPlatform';

/** On the LeadPlatform: capabilities that a person lets happen, comma-separated, like `message-queue,search`. */
export const CONFIRM_ANNOTATION = 'leadplatform.io/confirm';
/** On the LeadPlatform: capabilities whose data a person lets go on the way down, comma-separated, like `read-replica`. */
export const REMOVAL_ANNOTATION = 'leadplatform.io/confirm-removal';
/** On an object that was there before: the name of the LeadPlatform that may take it over. */
export const ADOPT_ANNOTATION = 'leadplatform.io/adopt-by';
/** On a Cluster of somebody else: the LeadPlatform that has raised its instances, to how many, and how many there were. */
export const RAISED_BY_ANNOTATION = 'leadplatform.io/raised-by';
export const RAISED_TO_ANNOTATION = 'leadplatform.io/raised-to';
export const RAISED_FROM_ANNOTATION = 'leadplatform.io/raised-from';
/**
 * On the LeadPlatform: where the application has moved its data to, as it says itself, like `database-per-service/orders` or
 * `database-sharding/4`; and what it has moved back, like `database-sharding`. Comma-separated.
 */
export const DATA_MOVED_ANNOTATION = 'leadplatform.io/data-moved';
export const DATA_MOVED_BACK_ANNOTATION = 'leadplatform.io/data-moved-back';
