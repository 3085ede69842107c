/** A transition that cannot come off: it is held or taken back, the side from before serves, and status says why. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { brainImage } from './images.ts';
import { condition, type PlatformStatus, urlOf } from './lead-platform.ts';
import { type Platform, platformName, tiers, startPlatform } from './platform.ts';
import { type Sibling, startSibling } from './sibling.ts';
import { withSteadyLeads } from './steady.ts';
import { describeOnRealPods } from './support.ts';

const absentImage = brainImage.replace(/:.*/, ':absent');
/** Of one sort of worker, which is a Deployment of its own only on the upper tier. However many jobs wait, it is one. */
const sync = (fields: object) => ({ components: { sync: { replicas: { max: 1 }, ...fields } } });

/** What is broken together with the climb, and the words by which status tells. */
const BROKEN = [
  {
    name: 'crash',
    what: 'workers that crash',
    spec: sync({ command: ['node', '-e', 'process.exit(3)'] }),
    says: ['sync: 0 of 1 ready', 'CrashLoopBackOff', 'container sync ended by itself', 'exit code 3'],
  },
  {
    name: 'never',
    what: 'an image that is not there and may not be pulled',
    spec: { image: absentImage },
    says: ['ingest: 0 of 1 ready', 'ErrImageNeverPull', absentImage],
  },
  {
    name: 'pull',
    what: 'an image that does not exist',
    spec: { image: absentImage, imagePullPolicy: 'IfNotPresent' },
    says: ['ingest: 0 of 1 ready', 'ImagePullBackOff', `the image ${absentImage} cannot be pulled`],
  },
  {
    name: 'large',
    what: 'workers that fit on no node',
    spec: sync({ resources: { requests: { memory: '900Gi' } } }),
    says: ['sync: 0 of 1 ready', 'Unschedulable', 'Insufficient memory'],
  },
] as const;

/** As a merge patch: what a person takes away again. */
const CURE = {
  ...{ minTier: null, image: brainImage, imagePullPolicy: 'Never' },
  ...sync({ command: null, resources: null }),
};
const stalled = (status: PlatformStatus) => status.conditions?.find(({ type }) => type === 'Stalled');
const isSettled = (status: PlatformStatus) =>
  condition(status, 'Stalled') === 'False' && condition(status, 'Reconciling') === 'False';

describeOnRealPods('a transition that cannot come off', (cluster) => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await startPlatform(cluster, {
      name: 'failures',
      // On a busy machine a worker that crashes takes some seconds until it does, and is Ready as long as that.
      spec: { transitions: { minReadyTime: '10s', readyTimeout: '30s' } },
    });
  });
  afterAll(async () => platform?.remove());

  const deploymentsOf = async (name: string) => {
    const labelSelector = `app.kubernetes.io/instance=${name}`;
    return (await platform.list('deployments', { labelSelector })).map(({ metadata }) => metadata.name);
  };

  /** What the application says of requests that it refused, to be read where a test fails. */
  const refusals = async (failed: readonly unknown[]) => {
    if (failed.length === 0) return '';
    const all = '--selector=app.kubernetes.io/name=leadplatform';
    const log = await platform.kubectl([
      'logs',
      all,
      '--all-containers',
      '--prefix',
      '--ignore-errors',
      '--tail=-1',
    ]);
    return log
      .split('\n')
      .filter((line) => line.includes('Failing at a request'))
      .join('\n');
  };

  /** The move is tried and given up, under a load of which no request fails. */
  const tried = async (sibling: Sibling, spec: object): Promise<PlatformStatus> => {
    let told: PlatformStatus = {};
    const { accepted, failed } = await withSteadyLeads({ url: sibling.url, rate: 3 }, async () => {
      await sibling.spec({ ...spec, minTier: tiers.apart });
      told = await sibling.until('it is stalled', (now) => stalled(now)?.reason === 'TransitionRolledBack');
      // The side that did not come up is removed while the other one works on.
      await expect
        .poll(() => deploymentsOf(sibling.name), { timeout: 60_000, interval: 500 })
        .toEqual([`${sibling.name}-all-in-one`]);
    });
    expect(failed, await refusals(failed)).toEqual([]);
    expect(accepted.length).toBeGreaterThan(20);
    return told;
  };

  // Two at a time: four climbs at once would take both cores from the sides that are to serve meanwhile.
  it.each([
    { broken: BROKEN.slice(0, 2), of: 'workers or an image' },
    { broken: BROKEN.slice(2), of: 'a pull or room' },
  ])(
    'is taken back for want of $of with the reason in a sentence, and no request fails meanwhile',
    async ({ broken }) => {
      await Promise.all(
        broken.map(async ({ name, what, spec, says }) => {
          const sibling = await startSibling(platform, name);
          const told = await tried(sibling, spec);
          const { message = '' } = stalled(told) ?? {};
          for (const words of [...says, 'the previous components keep serving', 'next attempt at'])
            expect(message, what).toContain(words);
          expect(told, what).toMatchObject({ tier: tiers.together, rollback: { attempts: 1 } });
          expect(condition(told, 'Ready'), what).toBe('True');

          await sibling.spec(CURE);
          await sibling.until('the cure is enough', (now) => isSettled(now) && now.rollback === undefined);
          await platform.kubectl(['delete', `leadplatform/${sibling.name}`]);
        }),
      );
    },
    300_000,
  );

  it('is held by a quota that is full, which is named, and goes on once there is room', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few' },
      // What runs, and nothing new.
      spec: { hard: { pods: '1' } },
    };
    await platform.kubectl(['apply', '--filename=-'], { input: JSON.stringify(quota) });
    await expect
      .poll(() => platform.find('resourcequota', 'few'))
      .toMatchObject({ status: { hard: { pods: '1' } } });
    const { failed } = await withSteadyLeads(
      { url: await urlOf(platform, platformName), rate: 3 },
      async () => {
        await platform.spec({ minTier: tiers.apart, transitions: { onTimeout: 'Hold' } });
        const told = await platform.until('the quota is told of', (now) =>
          Boolean(stalled(now)?.message.includes('the quota few has room for')),
        );
        // Before anything is made: half a new side would be of no use.
        expect(told).toMatchObject({ tier: tiers.together, transition: { step: 'Preflight' } });
        expect(await deploymentsOf('brain')).toEqual(['brain-all-in-one']);
        expect(condition(told, 'Ready')).toBe('True');
        // No pod's name: it would be another sentence at each try.
        expect(stalled(told)?.message).not.toMatch(/brain-ingest-[0-9a-f]/);
        await platform.kubectl(['delete', 'resourcequota/few']);
        await platform.until('it goes on', (now) => isSettled(now) && now.tier === tiers.apart);
      },
    );
    expect(failed, await refusals(failed)).toEqual([]);
    expect(await deploymentsOf('brain')).not.toContain('brain-all-in-one');
  });
});
