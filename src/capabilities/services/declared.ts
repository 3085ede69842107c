/** Which services there are to be: those of the spec, or the one that every platform of that size is better off with. */
import type { Service } from '../../api/schema/capabilities/microservices.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import { ladderOf } from '../../ladder/ladder.ts';
import type { Site } from '../contract/site.ts';

/** `fewest`: one replica would be gone while its node is drained. */
export const FEWEST = 2;
export const MOST = 100;

/** All that are declared; none where call logs come back without a webhook and nothing is declared. */
export function declaredServices({
  capabilities,
  components,
  callLogSync,
}: LeadPlatformSpec): readonly Service[] {
  const { services } = capabilities.microservices;
  if (services !== undefined) return services;
  if (callLogSync.strategy !== 'Webhook' && callLogSync.strategy !== 'Hybrid') return [];
  const { command, port, probe, resources, drainTime } = components.ingest;
  return [
    {
      name: 'webhook',
      first: true,
      ...(command !== undefined && { command }),
      ...(resources !== undefined && { resources }),
      port,
      probe,
      drainTime,
      paths: [callLogSync.webhook.path],
      replicas: {},
      capacity: {},
      env: {},
    },
  ];
}

/** Those that are to run now: the first ones, and all of them from a rung of `allFrom` leads/day on. */
export function dueServices({ spec, decision, isWanted }: Site): readonly Service[] {
  const services = declaredServices(spec);
  const from = ladderOf(spec).byName.get(decision.tier.to)?.from ?? 0;
  if (from >= spec.capabilities.microservices.allFrom || isWanted('full-microservices')) return services;
  const first = services.filter((service) => service.first);
  return first.length > 0 ? first : services.slice(0, 1);
}

export const serviceName = (platform: string, { name }: Pick<Service, 'name'>) =>
  `${platform}-${partName({ name })}`;
export const partName = ({ name }: Pick<Service, 'name'>) => `service-${name}`;
