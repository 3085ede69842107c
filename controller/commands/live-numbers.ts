/**
 * Finds the process that leads and asks it for live numbers: through the API server's proxy to its pod, or at an address
 * that the user names, for an operator that runs outside the cluster.
 */
import { request } from 'undici';
import type { LiveView } from '../http/live.ts';
import { FIELD_MANAGER } from '../leadplatform/kinds.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { resourceType } from '../runtime/resources.ts';

const LEASES = resourceType<KubeObject & { spec?: { holderIdentity?: string } }>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
});

const TIMEOUT_MS = 3_000;
const POD_PORT = 8080;

/** Where live numbers come from. */
export type LiveSource = { readonly url: string } | { readonly namespace: string };

/** Undefined where nobody answers: the status of the last write is shown instead. */
export async function liveNumbers(
  resources: Resources,
  from: LiveSource,
  platform: { readonly namespace: string; readonly name: string },
): Promise<LiveView | undefined> {
  const path = `/api/platforms/${encodeURIComponent(platform.namespace)}/${encodeURIComponent(platform.name)}`;
  try {
    if ('url' in from) {
      const answer = await request(`${from.url.replace(/\/$/, '')}${path}`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const body = (await answer.body.json()) as LiveView;
      return answer.statusCode === 200 ? body : undefined;
    }
    const lease = await resources.get(LEASES, { namespace: from.namespace, name: FIELD_MANAGER });
    // The identity is the pod's name and a random part.
    const pod = lease.spec?.holderIdentity?.replace(/_[0-9a-f]+$/, '');
    if (pod === undefined || pod === '') return undefined;
    return await resources.client.request<LiveView>({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(from.namespace)}/pods/${encodeURIComponent(pod)}:${POD_PORT}/proxy${path}`,
      timeoutMs: TIMEOUT_MS,
      retries: 0,
    });
  } catch {
    return undefined;
  }
}
