/** The services that a spec declares, or the one that every platform of that size is better off with. */
import type { Service } from './schema/capabilities/microservices.ts';
import type { LeadPlatformSpec } from './schema/leadplatform.ts';

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

export const serviceName = (platform: string, { name }: Pick<Service, 'name'>) =>
  `${platform}-${componentName({ name })}`;
export const componentName = ({ name }: Pick<Service, 'name'>) => `service-${name}`;
