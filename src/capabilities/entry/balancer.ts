/** A Service of type LoadBalancer: the cloud spreads requests. It follows the components as the Service of the platform does. */
import type { LoadBalancer } from '../../api/schema/capabilities/load-balancer.ts';
import { HTTP_PORT } from '../../workloads/containers.ts';
import { capabilityMetadata, componentSelector } from '../../kube/labels.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { addressed, annotated, type Entry } from './entry.ts';

export function balancerEntry(
  { platform, transitionState, live }: CapabilityContext,
  { port, annotations }: NonNullable<LoadBalancer['service']>,
  name: string,
): Entry {
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: annotated(capabilityMetadata(platform, name, 'load-balancer'), annotations),
      spec: {
        type: 'LoadBalancer',
        selector: componentSelector(platform.name, transitionState.target),
        ports: [{ name: HTTP_PORT, port, targetPort: HTTP_PORT, protocol: 'TCP' }],
      },
    },
    step: addressed(live('Service', name), `Service/${name}`, 'the cloud'),
  };
}
