/** The one address of the platform. A transition moves it from one component to another. */
import { childMetadata, componentSelector, platformLabels } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';
import { HTTP_PORT } from './containers.ts';

export const SERVICE_PORT = 80;

export function service(platform: PlatformIdentity, target: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(platform, childNames(platform.name).service, platformLabels(platform.name)),
    spec: {
      selector: componentSelector(platform.name, target),
      ports: [{ name: HTTP_PORT, port: SERVICE_PORT, targetPort: HTTP_PORT, protocol: 'TCP' }],
    },
  };
}
