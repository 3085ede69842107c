/**
 * A platform of an earlier version that names a Secret and says nothing of TLS: it is measured by that no more, and what runs
 * stays as it is until somebody has written the line.
 */
import { expect, it, onTestFinished } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { OperatorProcess } from '../operator/operator-process.ts';
import { eventually } from '../operator/rig.ts';
import { createNamespace, describeWith, kubectl, testbed } from '../support.ts';

type Deployment = KubeObject & { readonly spec: object };

describeWith(['pods', 'postgres'], 'An upgrade of a platform whose password went in clear', () => {
  it('changes no Deployment, and says which line is missing', async () => {
    const namespace = await createNamespace('in-clear');
    const { host, port, database, user, password } = testbed().postgres;
    const store = { host, port, database, secretRef: { name: 'measure' } };
    const apply = (object: object) =>
      kubectl(['apply', '--server-side', '--filename=-', '--namespace', namespace], {
        input: JSON.stringify(object),
      });
    const write = (postgres: NonNullable<LeadPlatformSpecInput['stores']>['postgres']) =>
      apply({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain' },
        spec: {
          image: 'registry.example/brain:1.4.0',
          minTier: 'separated',
          stores: { postgres },
          transitions: { minReadyTime: '0s' },
        } satisfies LeadPlatformSpecInput,
      });
    const platform = async () => {
      const found = await objectsOf(testbed().cluster).find<LeadPlatformObject>(
        'leadplatform',
        'brain',
        namespace,
      );
      return found?.status;
    };
    const deployments = async () => {
      const all = await objectsOf(testbed().cluster).list<Deployment>('deployments', { namespace });
      return all.map(({ metadata, spec }) => [metadata.name, spec]);
    };
    const start = async () => {
      const args = ['run', `--namespace=${namespace}`, `--lease-namespace=${namespace}`];
      const operator = await OperatorProcess.start(testbed().cluster.kubeconfigPath, args);
      onTestFinished(async () => void (await operator.end('SIGKILL')));
      return operator;
    };
    const size = async () => (await platform())?.signals?.find(({ name }) => name === 'databaseSize');
    const isMeasured = async () => {
      const found = await size();
      return found !== undefined && found.reason === undefined;
    };

    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'measure' },
      stringData: { username: user, password },
    });
    await write({ ...store, tls: { mode: 'Disable' } });
    const earlier = await start();
    await eventually(
      'it is measured, and stands',
      async () => {
        const status = await platform();
        const moves = status?.conditions?.find(({ type }) => type === 'Reconciling')?.status !== 'False';
        return !moves && status?.tier === 'separated' && (await isMeasured());
      },
      120_000,
    );
    await earlier.end('SIGKILL');
    // As earlier versions took it.
    await write(store);
    await kubectl(['delete', 'lease', '--all', '-n', namespace]);
    const before = await deployments();

    await start();
    const told = await eventually('it says why it is not measured', async () => {
      const found = await size();
      return found?.reason === 'SourceRefused' && found;
    });
    expect(told.message).toBe(
      'the password in the Secret measure would go over the network in clear, so it is not sent; set spec.stores.postgres.tls: {} where the server has TLS, which verifies it, or set spec.stores.postgres.tls: {mode: Disable} if you trust the network in between',
    );
    expect((await platform())?.tier).toBe('separated');
    expect(await deployments()).toEqual(before);

    await write({ ...store, tls: { mode: 'Disable' } });
    await eventually('it is measured again', isMeasured);
    expect(await deployments()).toEqual(before);
  }, 240_000);
});
