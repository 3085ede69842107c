/** The identity of the pods. They do not talk to Kubernetes, so they get no token. */
import { childMetadata, platformLabels } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';

export function serviceAccount(platform: PlatformIdentity): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: childMetadata(
      platform,
      childNames(platform.name).serviceAccount,
      platformLabels(platform.name),
    ),
    automountServiceAccountToken: false,
  };
}
