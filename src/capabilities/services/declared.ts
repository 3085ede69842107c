/** Which services there are to be: those of the spec, or the one that every platform of that size is better off with. */
import { declaredServices } from '../../api/declared-services.ts';
import type { Service } from '../../api/schema/capabilities/microservices.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import type { CapabilityContext } from '../contract/context.ts';

/** `fewest`: one replica would be gone while its node is drained. */
export const FEWEST = 2;
export const MOST = 100;

/** Those that are to run now: the first ones, and all of them from a tier of `allFrom` leads/day on. */
export function dueServices({ spec, decision, isWanted }: CapabilityContext): readonly Service[] {
  const services = declaredServices(spec);
  const from = ladderOf(spec).byName.get(decision.tier.to)?.from ?? 0;
  if (from >= spec.capabilities.microservices.allFrom || isWanted('full-microservices')) return services;
  const first = services.filter((service) => service.first);
  return first.length > 0 ? first : services.slice(0, 1);
}
