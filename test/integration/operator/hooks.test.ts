import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { describeWithCluster, kubectl, testbed } from '../support.ts';
import { Rig, eventually } from './rig.ts';

type HookInput = NonNullable<NonNullable<LeadPlatformSpecInput['transitions']>['hooks']>[number];

/** No transition is given up for want of time: what is tested is what comes before one, and after. */
const TRANSITIONS: LeadPlatformSpecInput['transitions'] = {
  minReadyTime: '1s',
  readyTimeout: '5m',
  retryAfter: '1h',
  // Its Redis has a life of its own.
  policies: [{ capability: 'redis-cache', policy: 'Never' }],
};
const MIGRATE: HookInput = {
  name: 'migrate',
  tier: 'separated',
  when: 'Before',
  command: ['php', 'artisan', 'migrate', '--force'],
};
const WARM: HookInput = {
  ...MIGRATE,
  name: 'warm',
  when: 'After',
  command: ['php', 'artisan', 'cache:warm'],
};
/** What the simulated nodes never pull. */
const MISSING = 'registry.example/brain:missing';

describeWithCluster('Hooks of a transition', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterAll(async () => {
    await rig?.stopOperator();
  });

  const names = async (kind: string, platform: string): Promise<string[]> => {
    const labelSelector = `app.kubernetes.io/instance=${platform}`;
    const options = { namespace: rig.namespace, labelSelector };
    return (await objectsOf(testbed().cluster).list(kind, options)).map(({ metadata: { name } }) => name);
  };
  const hooks = async (platform: string) =>
    ((await rig.platform(platform)).status?.hooks ?? []).map(({ name, state }) => `${name} ${state}`);

  it('run once, before anything of the tier is begun and after it is reached; one that fails holds the tier', async () => {
    await rig.apply('brain', { transitions: TRANSITIONS });
    await rig.standsOn('brain', 'single-server');

    const fails = { ...MIGRATE, image: MISSING, timeout: '3s' };
    await rig.apply('brain', { minTier: 'separated', transitions: { ...TRANSITIONS, hooks: [fails, WARM] } });
    const stalled = await eventually('it is told that the hook has failed', async () => {
      const condition = await rig.condition('brain', 'Stalled');
      return condition?.reason === 'HookFailed' ? condition : false;
    });
    expect(stalled.message).toContain('the hook migrate has failed (DeadlineExceeded');
    const { status } = await rig.platform('brain');
    expect(status).toMatchObject({
      tier: 'single-server',
      targetTier: 'separated',
      transition: { to: 'separated', step: 'Hook/migrate' },
    });
    expect(await names('deployments', 'brain')).toEqual(['brain-all-in-one']);

    // A new operator neither goes on nor tries again: what it came to is in the status.
    await rig.stopOperator();
    await rig.startOperator();
    await eventually('the new operator has decided', async () =>
      [...rig.operator.platforms()].some(([, { decision }]) => decision?.tier.rule === 'WaitingForHook'),
    );
    expect(await names('jobs', 'brain')).toHaveLength(1);

    await rig.apply('brain', {
      minTier: 'separated',
      transitions: { ...TRANSITIONS, hooks: [MIGRATE, WARM] },
    });
    await rig.standsOn('brain', 'separated');
    await eventually(
      'both have run',
      async () => (await hooks('brain')).join() === 'migrate Succeeded,warm Succeeded',
    );
    expect(await names('jobs', 'brain')).toHaveLength(3);
    // An event is told after the status that it is about.
    const ofHooks = async () =>
      (await rig.events('brain')).flatMap(({ reason }) => (reason.startsWith('Hook') ? [reason] : []));
    await expect.poll(ofHooks, { timeout: 10_000 }).toEqual(['HookFailed', 'HookSucceeded', 'HookSucceeded']);

    // Whoever removes what is done has it not run again, be the operator a new one.
    await rig.stopOperator();
    await kubectl(['delete', 'jobs', '-n', rig.namespace, '-l', 'app.kubernetes.io/instance=brain']);
    await rig.startOperator();
    await rig.apply('brain', { minTier: 'scaled', transitions: { ...TRANSITIONS, hooks: [MIGRATE, WARM] } });
    await rig.standsOn('brain', 'scaled');
    expect(await names('jobs', 'brain')).toEqual([]);
  }, 240_000);

  it('are refused in words that help where they name no tier', async () => {
    const apply = rig.apply('wrong', { transitions: { hooks: [{ ...MIGRATE, tier: 'seperated' }] } });
    await expect(apply).rejects.toThrow('a hook of transitions.hooks names no tier of the ladder');
  });
});
