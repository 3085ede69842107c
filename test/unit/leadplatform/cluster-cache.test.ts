import { expect, it } from 'vitest';
import { ClusterCache } from '../../../controller/leadplatform/cluster-cache.ts';
import type { KubeClient, KubeRequest } from '../../../controller/runtime/client.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';

const LABELS = { 'app.kubernetes.io/managed-by': 'leadplatform-operator' };

interface CronJob {
  readonly spec: { readonly resources: object; readonly env: object };
}

/** A child of a platform, anew at each call, as from an answer of the API server. */
function child(platform: string, role: string): KubeObject {
  const owner = { apiVersion: 'leadplatform.io/v1alpha1', kind: 'LeadPlatform', name: platform };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: `${platform}-${role}`,
      namespace: 'leads',
      uid: `${platform}-${role}`,
      resourceVersion: '1',
      labels: { ...LABELS, 'app.kubernetes.io/instance': platform },
      ownerReferences: [{ ...owner, uid: platform, controller: true, blockOwnerDeletion: true }],
    },
    spec: { resources: { requests: { cpu: role } }, env: [{ name: 'NAME', value: platform }] },
  };
}

async function cacheOf(cronJobs: readonly KubeObject[]): Promise<ClusterCache> {
  const client = {
    request: async ({ path }: KubeRequest) => ({
      items: path.includes('/cronjobs') ? cronJobs : [],
      metadata: { resourceVersion: '1' },
    }),
    stream: ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  } as unknown as KubeClient;
  const cache = new ClusterCache({ client, logger: silentLogger });
  cache.start();
  await cache.waitForSync();
  await cache.stop();
  return cache;
}

it('keeps once what the children of one role have in common, whoever has them', async () => {
  const all = ['a', 'b'].flatMap((platform) => [child(platform, 'hourly'), child(platform, 'nightly')]);
  const cache = await cacheOf(structuredClone(all));
  const cached = all.map(({ metadata }) => cache.child('CronJob', `leads/${metadata.name}`));
  expect(cached).toMatchObject(all);
  const [ofA, nightlyOfA, ofB, nightlyOfB] = cached.map((object) => (object as unknown as CronJob).spec);
  expect(ofB!.resources).toBe(ofA!.resources);
  expect(nightlyOfB!.resources).toBe(nightlyOfA!.resources);
  expect(ofB!.env).not.toBe(ofA!.env);
});
