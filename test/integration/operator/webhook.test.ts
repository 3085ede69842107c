/** An admission webhook whose server is gone: the API server answers every write that it looks at with a 500. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWithCluster, kubectl } from '../support.ts';
import { Rig, eventually } from './rig.ts';

const KINDS = [
  'configmaps',
  'cronjobs',
  'deployments',
  'poddisruptionbudgets',
  'serviceaccounts',
  'services',
];

describeWithCluster('While an admission webhook is down', () => {
  let rig: Rig;
  let configuration: string;

  beforeAll(async () => {
    rig = await Rig.start();
    configuration = `down-${rig.namespace}`;
  });
  afterEach(() => mendWebhook());
  afterAll(async () => {
    await rig?.stopOperator();
  });

  /** Nothing listens there; only writes in this namespace are sent to it. */
  const breakWebhook = async () => {
    await rig.applyObject({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: configuration },
      webhooks: [
        {
          name: 'down.example.org',
          clientConfig: { url: 'https://127.0.0.1:1/validate' },
          failurePolicy: 'Fail',
          sideEffects: 'None',
          timeoutSeconds: 1,
          admissionReviewVersions: ['v1'],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': rig.namespace } },
          rules: [
            { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: KINDS },
          ],
        },
      ],
    });
    // The API server learns of it a moment later.
    await eventually('the webhook is asked', async () => {
      const probe = ['create', 'configmap', 'probe', '-n', rig.namespace, '--dry-run=server'];
      return kubectl(probe).then(
        () => false,
        (error: unknown) => String(error).includes('down.example.org'),
      );
    });
  };
  const mendWebhook = () =>
    kubectl(['delete', `validatingwebhookconfiguration/${configuration}`, '--ignore-not-found']);
  const stalled = (platform: string) => rig.condition(platform, 'Stalled');
  const says = (platform: string, ...words: string[]) =>
    eventually(
      `Stalled of ${platform} says ${words.join(' and ')}`,
      async () => {
        const condition = await stalled(platform);
        if (condition !== undefined && words.every((word) => condition.message.includes(word)))
          return condition;
        throw new Error(condition?.message);
      },
      60_000,
    );

  it('a new platform says so in a condition and an event, tries again ever more slowly, and comes up after', async () => {
    await breakWebhook();
    await rig.apply('early', { transitions: { minReadyTime: '1s' } });
    const condition = await says(
      'early',
      'down.example.org',
      'ServiceAccount early',
      'ConfigMap early-settings',
      'Service early',
    );
    expect(condition).toMatchObject({ status: 'True', reason: 'WriteFailed' });
    expect(condition.message).toContain('Bring its server back, or delete its webhook configuration');
    expect((await rig.condition('early', 'Ready'))?.status).not.toBe('True');
    await eventually('an event tells it', async () =>
      (await rig.events('early')).some(
        ({ reason, message }) => reason === 'WriteFailed' && message.includes('down.example.org'),
      ),
    );

    // All is said: from here on each child is tried again ever more slowly, and the status stays as it is.
    const attempts = (): readonly number[] => {
      const [, memory] = [...rig.operator.platforms()].find(([key]) => key.endsWith('/early')) ?? [];
      return Object.values(memory?.held ?? {}).map(({ attempt }) => attempt);
    };
    await eventually(
      'each was tried again',
      async () => attempts().length >= 3 && attempts().every((attempt) => attempt > 1),
      90_000,
    );
    const { resourceVersion } = (await rig.platform('early')).metadata;
    const before = attempts();
    await eventually(
      'all were tried once more',
      async () => attempts().every((attempt, index) => attempt > (before[index] ?? 0)),
      120_000,
    );
    expect((await rig.platform('early')).metadata.resourceVersion).toBe(resourceVersion);
    expect((await rig.events('early')).length).toBeLessThan(10);

    await mendWebhook();
    // Each is tried again within half a minute.
    await eventually('nothing is refused', async () => (await stalled('early'))?.status === 'False', 60_000);
    await rig.standsOn('early', 'single-server');
  }, 300_000);

  it('a platform that runs serves on, and is not Ready for as long as it lacks replicas that were decided', async () => {
    await rig.apply('late', { transitions: { minReadyTime: '1s' } });
    await rig.standsOn('late', 'single-server');
    await breakWebhook();
    await rig.apply('late', {
      transitions: { minReadyTime: '1s' },
      replicasPin: [{ component: 'all-in-one', replicas: 3 }],
    });
    await says('late', 'Deployment late-all-in-one', 'down.example.org');
    expect(await rig.condition('late', 'Ready')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('all-in-one has 1 of 3 replicas ready'),
    });
    await mendWebhook();
    await eventually(
      'it has three',
      async () =>
        (await rig.condition('late', 'Ready'))?.status === 'True' &&
        (await rig.deployment('late-all-in-one'))?.spec.replicas === 3,
      90_000,
    );
  }, 180_000);

  it('warned of each once', () => {
    const lines = rig.warnings.map(({ message, fields }) => JSON.stringify({ message, fields }));
    expect(lines.filter((line, index) => lines.indexOf(line) < index)).toEqual([]);
  });
});
