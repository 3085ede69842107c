/** `leadplatform run`, stopped as a machine that stands still for a while stops it, with writes half-way. */
import { expect, it, onTestFinished } from 'vitest';
import { FIELD_MANAGER } from '../../../controller/leadplatform/kinds.ts';
import { Lease } from '../../../controller/runtime/lease.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { connection } from '../runtime/cluster.ts';
import { WRITES_ON_THE_WIRE } from '../runtime/leader-times.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';

/** So many that it works on them for seconds. */
const PLATFORMS = 300;
const CHILDREN = 'deployments,services,configmaps,serviceaccounts,cronjobs,poddisruptionbudgets';

type EventObject = KubeObject & {
  readonly source?: { readonly component?: string };
  readonly count?: number;
};

describeWith(['cluster'], 'An operator that was deposed while it was stopped', () => {
  it('begins no write when it wakes up in the middle of its work and another one leads', async () => {
    const namespace = await createNamespace('deposed');
    const { list } = objectsOf(testbed().cluster);
    const services = async () => (await list('services', { namespace })).length;
    /** All that it may write; of a LeadPlatform nobody else writes anything. */
    const written = async (): Promise<readonly string[]> => {
      const children = await list(CHILDREN, { namespace });
      const platforms = await list('leadplatforms', { namespace });
      const events = await list<EventObject>('events', { namespace });
      return [
        ...children.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
        ...platforms.map(({ metadata }) => `LeadPlatform/${metadata.name} ${metadata.resourceVersion}`),
        ...events
          .filter(({ source }) => source?.component === FIELD_MANAGER)
          .map(({ metadata, count }) => `Event/${metadata.name} ${count}`),
      ];
    };

    const items = Array.from({ length: PLATFORMS }, (_, index) => ({
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: `brain-${index}`, namespace },
      // Its pods are not what this is about.
      spec: {
        image: 'registry.example/brain:1.4.0',
        replicasPin: [{ component: 'all-in-one', replicas: 0 }],
      },
    }));
    await kubectl(['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
    const old = await OperatorProcess.start(testbed().cluster.kubeconfigPath, [
      'run',
      `--namespace=${namespace}`,
      `--lease-namespace=${namespace}`,
    ]);
    onTestFinished(async () => {
      old.child.kill('SIGCONT');
      await old.end('SIGKILL');
    });
    await expect.poll(services, { timeout: 30_000, interval: 10 }).toBeGreaterThan(0);
    old.child.kill('SIGSTOP');

    const { client } = await connection();
    const next = new Lease({ client, namespace, name: FIELD_MANAGER });
    onTestFinished(() => next.release());
    await next.acquire();
    const before = new Set(await written());
    expect(await services(), 'it was stopped too late').toBeLessThan(PLATFORMS);

    old.child.kill('SIGCONT');
    expect(await old.ended()).toBe(4);
    const since = (await written()).filter((one) => !before.has(one));
    expect(since.slice(WRITES_ON_THE_WIRE)).toEqual([]);
  }, 120_000);
});
