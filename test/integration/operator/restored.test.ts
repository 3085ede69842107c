/** Children that other hands have left in a state of their own: without an owner, or paused. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHILD_TYPES } from '../../../controller/leadplatform/kinds.ts';
import { apiVersionOf, type KubeObject } from '../../../controller/runtime/resources.ts';
import type { ChildKind } from '../../../src/kube/object.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import { Rig, eventually } from './rig.ts';

const SPEC = { transitions: { minReadyTime: '1s' }, scaling: { scaleDown: { window: '2s' } } };
const KINDS = 'serviceaccounts,configmaps,deployments,services,cronjobs,poddisruptionbudgets';

type Child = KubeObject & { spec?: Record<string, unknown>; status?: unknown };

describeWithCluster('Children', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig?.stopOperator();
  });

  const children = (platform: string): Promise<Child[]> => {
    const labelSelector = `app.kubernetes.io/instance=${platform}`;
    return objectsOf(testbed().cluster).list<Child>(KINDS, { namespace: rig.namespace, labelSelector });
  };
  /** As Velero does: what the status or the owners say is left out. */
  const restore = async ({ kind, metadata, status: _status, spec, ...content }: Child): Promise<void> => {
    const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec ?? {};
    const object = {
      ...content,
      apiVersion: apiVersionOf(CHILD_TYPES[kind as ChildKind]),
      kind,
      metadata: {
        name: metadata.name,
        namespace: metadata.namespace,
        labels: { ...metadata.labels, 'velero.io/restore-name': 'nightly' },
        annotations: metadata.annotations,
      },
      ...(spec !== undefined && { spec: rest }),
    };
    await kubectl(['create', '--field-manager=velero-server', '-f', '-'], { input: JSON.stringify(object) });
  };
  const names = (objects: readonly KubeObject[]) =>
    objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).toSorted();

  it.each([
    { name: 'same', minTier: undefined, of: 'the tier that it had' },
    { name: 'apart', minTier: 'separated', of: 'another tier than it begins with' },
  ])(
    'of a backup of $of are taken back, though they name no owner',
    async ({ name, minTier }) => {
      await rig.apply(name, {
        ...SPEC,
        env: [{ name: 'DROPPED', value: '1' }],
        ...(minTier !== undefined && { minTier }),
      });
      await rig.standsOn(name, minTier ?? 'single-server');
      await rig.stopOperator();
      const backup = await children(name);
      // A restore begins in an empty place.
      await kubectl(['delete', `leadplatform/${name}`, '-n', rig.namespace, '--timeout=60s']);
      await eventually('its children are gone', async () => (await children(name)).length === 0, 60_000);
      for (const object of backup) await restore(object);
      await rig.apply(name, SPEC);
      await rig.startOperator();
      await rig.standsOn(name, 'single-server', 90_000);
      expect(await rig.condition(name, 'Stalled')).toMatchObject({ status: 'False' });
      const { uid } = (await rig.platform(name)).metadata;
      const now = await children(name);
      expect(
        now
          .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid !== uid)
          .map(({ metadata }) => metadata.name),
      ).toEqual([]);
      expect(names(now).filter((one) => one.startsWith('Deployment/'))).toEqual([
        `Deployment/${name}-all-in-one`,
      ]);
      // A field that is no longer wanted goes, though it was the restorer who has written it.
      const deployment = await rig.deployment(`${name}-all-in-one`);
      expect(JSON.stringify(deployment?.spec)).not.toContain('DROPPED');
      // What was wanted is the very object that was restored.
      if (minTier === undefined) expect(names(now)).toEqual(names(backup));
    },
    180_000,
  );

  it('of a platform that was deleted without them are taken back by the next of its name', async () => {
    await rig.apply('orphaned', SPEC);
    await rig.standsOn('orphaned', 'single-server');
    const before = await rig.deployment('orphaned-all-in-one');
    await kubectl(['delete', 'leadplatform/orphaned', '-n', rig.namespace, '--cascade=orphan']);
    await eventually('they have lost their owner', async () =>
      (await children('orphaned')).every(({ metadata }) => (metadata.ownerReferences ?? []).length === 0),
    );
    await rig.apply('orphaned', { ...SPEC, image: 'registry.example/brain:2' });
    await eventually('the next one has them', async () => {
      const found = await rig.deployment('orphaned-all-in-one');
      return found?.spec.template.spec.containers.every(({ image }) => image.endsWith(':2')) ? found : false;
    });
    expect((await rig.deployment('orphaned-all-in-one'))?.metadata.uid).toBe(before?.metadata.uid);
    await rig.standsOn('orphaned', 'single-server');
  }, 120_000);

  it('of which a Deployment was paused are told of with who is to resume it, and follow then', async () => {
    await rig.apply('paused', SPEC);
    await rig.standsOn('paused', 'single-server');
    await kubectl(['rollout', 'pause', 'deployment/paused-all-in-one', '-n', rig.namespace]);
    await rig.apply('paused', {
      ...SPEC,
      image: 'registry.example/brain:2',
      replicasPin: [{ component: 'all-in-one', replicas: 2 }],
    });
    const stalled = await eventually('it is told', async () => {
      const condition = await rig.condition('paused', 'Stalled');
      return condition?.reason === 'RolloutPaused' && condition;
    });
    expect(stalled.message).toContain('is paused (spec.paused, set by kubectl-rollout)');
    expect(stalled.message).toContain(
      `kubectl -n ${rig.namespace} rollout resume deployment/paused-all-in-one`,
    );
    expect(await rig.condition('paused', 'Reconciling')).toMatchObject({
      status: 'False',
      reason: 'Stalled',
    });
    await eventually('an event tells it', async () =>
      (await rig.events('paused')).some(({ reason }) => reason === 'RolloutPaused'),
    );
    // A size is no rollout: it follows.
    await eventually('it has two replicas', async () => {
      const found = await rig.deployment('paused-all-in-one');
      return found?.status?.readyReplicas === 2;
    });
    await kubectl(['rollout', 'resume', 'deployment/paused-all-in-one', '-n', rig.namespace]);
    await eventually('it is no longer stalled', async () => {
      const condition = await rig.condition('paused', 'Stalled');
      return condition?.status === 'False';
    });
    await rig.standsOn('paused', 'single-server');
  }, 180_000);
});
