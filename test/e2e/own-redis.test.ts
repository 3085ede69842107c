/**
 * The Redis that the operator runs itself, as a real pod with a volume: queues go into it and out of it, and what waits in it
 * outlives its process and its pod. The image is Debian's Redis, for that of the default cannot be pulled here.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { kubectl } from '../../testbed/kubectl.ts';
import { sharedFolder } from '../../testbed/real/prepare.ts';
import { eventually } from '../integration/processes.ts';
import { killContainer } from './abrupt.ts';
import { redisImage } from './images.ts';
import { type Platform, platformName, startPlatform } from './platform.ts';
import { queuesAt, queuesInEffect, withQueueTiers } from './queue-tiers.ts';
import { describeOnRealPods, type PodObject } from './support.ts';

const NAME = `${platformName}-redis-queue`;
const POD = `${NAME}-0`;
/** Long enough for the server to be killed and come back before the jobs come due. */
const DELAY_SECONDS = 30;

describeOnRealPods('a Redis that the operator runs', (cluster) => {
  let platform: Platform;
  const volume = `redis-${randomBytes(3).toString('hex')}`;
  const folder = join(sharedFolder, volume);

  beforeAll(async () => {
    // A volume that a kubelet only mounts: the pod's user must be let in by whoever makes it.
    await mkdir(folder);
    await chmod(folder, 0o777);
    await kubectl(cluster, ['apply', '--server-side', '--filename=-'], {
      input: JSON.stringify(persistent()),
    });
    platform = await startPlatform(cluster, { name: 'redis' });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'queue-password' },
      stringData: { password: randomBytes(12).toString('hex') },
    };
    await platform.kubectl(['apply', '--server-side', '--filename=-'], { input: JSON.stringify(secret) });
    await platform.spec({
      ...withQueueTiers,
      // `Auto` would let the volume go as well.
      transitions: { policies: [{ capability: 'queue-system', policy: 'Auto' }] },
      capabilities: {
        dedicatedQueueServer: {
          managed: {
            image: redisImage,
            storage: '100Mi',
            storageClassName: volume,
            passwordSecretRef: { name: 'queue-password' },
          },
        },
      },
    });
    await annotate('leadplatform.io/confirm=dedicated-queue-server');
    await queuesAt(platform, 'first-redis');
  }, 300_000);
  afterAll(async () => {
    await platform?.remove();
    await kubectl(cluster, ['delete', 'persistentvolume', volume, '--ignore-not-found']);
    await rm(folder, { recursive: true, force: true });
  });

  const persistent = () => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volume },
    spec: {
      storageClassName: volume,
      capacity: { storage: '100Mi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: folder, type: 'Directory' },
    },
  });
  const annotate = (annotation: string) =>
    platform.kubectl(['annotate', `leadplatform/${platformName}`, annotation]);
  const isUp = () =>
    platform.kubectl(['wait', `pod/${POD}`, '--for=condition=Ready', '--timeout=90s'], {
      timeoutMs: 100_000,
    });
  /** Of its pod and how often that was started anew; nothing while there is none. */
  const incarnation = async () => {
    const pod = await platform.find<PodObject>('pod', POD);
    return pod === undefined ? '' : `${pod.metadata.uid}/${pod.status?.containerStatuses?.[0]?.restartCount}`;
  };
  const allRun = () =>
    eventually(
      'every job has run',
      async () => {
        const { runs, accepted } = await platform.tally();
        return runs >= accepted;
      },
      120_000,
    );

  it('has the queues under load, with its password, and no request fails', async () => {
    const steady = new AbortController();
    onTestFinished(() => steady.abort());
    const load = platform.sendLeads({ rate: 10, count: 10 * 600, signal: steady.signal });
    await platform.spec({ tierPin: { tier: 'second-redis' } });
    await queuesAt(platform, 'second-redis');
    expect(await queuesInEffect(platform)).toEqual(['redis', `${NAME}.${platform.namespace}`]);
    steady.abort();
    const { failed } = await load;
    expect(failed).toEqual([]);
    await allRun();
    expect(await platform.tally()).toMatchObject({ missing: [], runsMoreThanOnce: [] });
  }, 360_000);

  it.each([
    ['its process is killed', () => killContainer(platform, POD)],
    ['its pod is deleted', () => platform.kubectl(['delete', 'pod', POD, '--wait=false'])],
  ])(
    'keeps the jobs that wait when %s',
    async (_, end) => {
      const before = await incarnation();
      const sent = await platform.sendLeads({
        rate: 50,
        count: 100,
        work: () => ({ delaySeconds: DELAY_SECONDS }),
      });
      expect(sent.accepted).toHaveLength(100);
      await end();
      await eventually('it is another one', async () => !['', before].includes(await incarnation()), 60_000);
      await isUp();
      await allRun();
      expect(await platform.tally()).toMatchObject({ missing: [], runsMoreThanOnce: [] });
    },
    240_000,
  );

  it('stays with its volume when the queues have left it, until a person lets it go', async () => {
    await platform.spec({ tierPin: { tier: 'first-redis' } });
    const status = await platform.until(
      'it waits for a word',
      ({ capabilities }) => JSON.stringify(capabilities).includes('leadplatform.io/confirm-removal'),
      240_000,
    );
    expect(status.tier).toBe('first-redis');
    expect(await queuesInEffect(platform)).toEqual(['redis', 'redis']);
    await isUp();
    await annotate('leadplatform.io/confirm-removal=dedicated-queue-server');
    await platform.kubectl(['wait', `statefulset/${NAME}`, '--for=delete', '--timeout=90s'], {
      timeoutMs: 100_000,
    });
    const claims = await platform.kubectl(['get', 'persistentvolumeclaims', '--output=name']);
    expect(claims.trim()).toBe(`persistentvolumeclaim/data-${POD}`);
  }, 400_000);
});
