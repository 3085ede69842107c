/** The Pod that this process is, by the environment that its Deployment gives it. */
import type { OperatorPod } from '../../src/api/schema/status.ts';

/**
 * | variable             | field of the Pod     |
 * |----------------------|----------------------|
 * | `OPERATOR_NAMESPACE` | `metadata.namespace` |
 * | `OPERATOR_POD`       | `metadata.name`      |
 * | `OPERATOR_POD_UID`   | `metadata.uid`       |
 *
 * @returns undefined where one of them is missing: a process outside of a cluster.
 */
export function ownPod(env: NodeJS.ProcessEnv): OperatorPod | undefined {
  const { OPERATOR_NAMESPACE: namespace, OPERATOR_POD: pod, OPERATOR_POD_UID: uid } = env;
  return namespace && pod && uid ? { namespace, pod, uid } : undefined;
}
