/**
 * How many replicas of a component a drain may take at once. Said as what may be missing, which always leaves something to
 * evict: one of one, one of four, two of eight. Replicas that are not ready never hold a drain up.
 */
import { childMetadata, componentLabels, componentSelector } from '../kube/labels.ts';
import { childNames } from '../kube/names.ts';
import type { KubeObject, PlatformIdentity } from '../kube/object.ts';

export function disruptionBudget(platform: PlatformIdentity, component: string): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMetadata(
      platform,
      childNames(platform.name).component(component),
      componentLabels(platform.name, component),
    ),
    spec: {
      maxUnavailable: '25%',
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: componentSelector(platform.name, component) },
    },
  };
}
