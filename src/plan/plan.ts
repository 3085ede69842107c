/** Decision − observed → what to write, what to say, and when to look again. Pure. */
import type { Plan, PlanInput } from './types.ts';

export function plan({ snapshot }: PlanInput): Plan {
  return { actions: [], status: snapshot.status, events: [] };
}
