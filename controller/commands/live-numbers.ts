/**
 * Finds the process that leads and asks it for live numbers: through the API server's proxy to its pod, or at an address
 * that the user names, for an operator that runs outside the cluster.
 */
import { request } from 'undici';
import type { LiveView } from '../http/live.ts';
import { FIELD_MANAGER } from '../leadplatform/kinds.ts';
import { isNotFound } from '../runtime/errors.ts';
import type { KubeObject, Resources } from '../runtime/resources.ts';
import { pathOf, resourceType } from '../runtime/resources.ts';

const LEASES = resourceType<KubeObject & { spec?: { holderIdentity?: string } }>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
});

const PODS = resourceType({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

const TIMEOUT_MS = 3_000;
const POD_PORT = 8080;

/** Where live numbers come from. */
export type LiveSource = { readonly url: string } | { readonly namespace: string };

interface PlatformName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Asks for the numbers of one platform after another; undefined where nobody answers, or knows the platform: then the
 * status of the last write is shown instead. Where the first question is not answered no other is asked, as each would
 * take its time-out.
 */
export function liveNumbers(
  resources: Resources,
  from: LiveSource,
): (platform: PlatformName) => Promise<LiveView | undefined> {
  let asking: Promise<Ask> | undefined;
  let first: Promise<unknown> | undefined;
  const ask = async ({ namespace, name }: PlatformName): Promise<LiveView | undefined> => {
    asking ??= 'url' in from ? Promise.resolve(askAt(from.url)) : askLeader(resources, from.namespace);
    return (await asking)(`/api/platforms/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`);
  };
  return async (platform) => {
    try {
      if (first === undefined) return await (first = ask(platform));
      await first;
      return await ask(platform);
    } catch {
      return undefined;
    }
  };
}

/** Rejects where nobody answers; undefined is an answer: there is no such platform. */
type Ask = (path: string) => Promise<LiveView | undefined>;

const askAt =
  (url: string): Ask =>
  async (path) => {
    const { statusCode, body } = await request(`${url.replace(/\/$/, '')}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await body.json();
    return statusCode === 200 ? (answer as LiveView) : undefined;
  };

async function askLeader(resources: Resources, namespace: string): Promise<Ask> {
  const lease = await resources.get(LEASES, { namespace, name: FIELD_MANAGER });
  // The identity is the pod's name and a random part.
  const pod = lease.spec?.holderIdentity?.replace(/_[0-9a-f]+$/, '') ?? '';
  if (pod === '') throw new Error('No operator leads');
  const proxy = `${pathOf(PODS, namespace, `${pod}:${POD_PORT}`)}/proxy`;
  return async (path) => {
    try {
      return await resources.client.request<LiveView>({
        method: 'GET',
        path: `${proxy}${path}`,
        timeoutMs: TIMEOUT_MS,
        retries: 0,
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
}
