/** A platform that has come to rest with three replicas, all in one pod, and what tests change on it. */
import type { KubeObject } from '../../../src/kube/object.ts';
import { Driver } from './driver.ts';
import { decisionOf, specOf } from './fixtures.ts';

export const DEPLOYMENT = 'Deployment/brain-all-in-one';
export const three = decisionOf({ sizes: { 'all-in-one': 3 } });

export function converged(): Driver {
  const driver = new Driver(specOf());
  driver.converge(three);
  return driver;
}

export const withReplicas = (replicas: number) => (object: KubeObject) => ({
  ...object,
  spec: { ...(object['spec'] as object), replicas },
});
