import { afterAll, beforeAll, expect, it } from 'vitest';
import { objectsOf } from '../../../testbed/objects.ts';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import { eventually, Rig } from './rig.ts';

/** Holds a pod that was told to go, as a worker holds it that finishes its job. */
const BUSY = 'leadplatform.io/test-busy';

describeWithCluster('The drain of a transition', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig?.stopOperator();
  });

  const pin = (tier: 'one' | 'apart') =>
    rig.apply('brain', {
      tiers: [
        { name: 'one', fromLeadsPerDay: 0 },
        { name: 'apart', fromLeadsPerDay: 1_000_000, capabilities: ['separate-queue-workers'] },
      ],
      tierPin: { tier, reason: 'The test says so.' },
      // It is looked at again four times a second.
      scaling: { scaleDown: { window: '2s' } },
      transitions: { minReadyTime: '1s' },
    });
  const old = async () => {
    const labelSelector = 'app.kubernetes.io/instance=brain,app.kubernetes.io/component=all-in-one';
    return objectsOf(testbed().cluster).list('pods', { namespace: rig.namespace, labelSelector });
  };
  const decidedAt = (): number =>
    Math.max(0, ...[...rig.operator.platforms()].map(([, { decision }]) => decision?.at ?? 0));

  it('waits for pods that take their time to finish, and says so', async () => {
    await pin('one');
    await rig.standsOn('brain', 'one');
    const [pod] = await old();
    const name = pod?.metadata.name ?? '';
    const hold = (finalizers: readonly string[]) =>
      kubectl([
        'patch',
        'pod',
        name,
        '-n',
        rig.namespace,
        '-p',
        JSON.stringify({ metadata: { finalizers } }),
      ]);
    await hold([BUSY]);
    try {
      await pin('apart');
      await eventually('its pod was told to go', async () =>
        (await old()).some(({ metadata }) => metadata.deletionTimestamp !== undefined),
      );
      const instants = new Set<number>();
      await eventually('it was decided again and again', async () => instants.add(decidedAt()).size > 10);
      expect((await rig.deployment('brain-all-in-one'))?.spec.replicas).toBe(0);
      expect((await rig.platform('brain')).status).toMatchObject({
        tier: 'one',
        transition: { to: 'apart', step: 'DrainOld', message: 'letting all-in-one finish' },
      });
    } finally {
      // Merged, a list without it would leave it there.
      await kubectl([
        'patch',
        'pod',
        name,
        '-n',
        rig.namespace,
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":null}}',
      ]);
    }
    await rig.standsOn('brain', 'apart');
    expect(await rig.deployment('brain-all-in-one')).toBeUndefined();
  }, 180_000);
});
