/** What this version calls for but does not put in place, and what a person can do meanwhile. Honest, and short. */
import type { CapabilityName } from '../api/names.ts';

export const NOT_IMPLEMENTED: Readonly<Partial<Record<CapabilityName, string>>> = {
  search: 'This version does not run a search server.',
};
