import { describe, expect, it } from 'vitest';
import { decide, emptyHistory } from '../../../../src/decide/decide.ts';
import type { Decision } from '../../../../src/model/decision.ts';
import type { LeadPlatformSpecInput } from '../../../../src/api/schema/leadplatform.ts';
import { hookGateOf, plan } from '../../../../src/plan/plan.ts';
import { withEnd } from '../../../../src/kube/job-end.ts';
import type { Plan } from '../../../../src/plan/types.ts';
import { Driver } from '../driver.ts';
import { decisionOf, PLATFORM, snapshotOf, specOf } from '../fixtures.ts';
import { GROWTH } from '../../../../src/model/backoff.ts';

type HookInput = NonNullable<NonNullable<LeadPlatformSpecInput['transitions']>['hooks']>[number];

const MINUTE = 60_000;
const migrate: HookInput = {
  name: 'migrate',
  tier: 'cached',
  when: 'Before',
  direction: 'Up',
  command: ['php', 'artisan', 'migrate', '--force'],
};
const warm: HookInput = { ...migrate, name: 'warm', when: 'After', command: ['php', 'artisan', 'warm'] };

/** Decides as the operator does: the tier that load calls for, unless a hook comes before it. */
class Platform extends Driver {
  generation = PLATFORM.generation;

  constructor(...hooks: HookInput[]) {
    super(specOf({ transitions: { hooks } }));
    this.#settle();
  }

  #settle(): void {
    for (let count = 0; count < 6; count += 1) {
      this.move('single-server');
      this.world.step();
    }
  }

  /** What a pass would do in which load calls for this tier. */
  look(to: string): Plan {
    const children = this.world.children();
    const platform = { ...PLATFORM, generation: this.generation };
    const snapshot = snapshotOf({ platform, spec: this.spec, status: this.status, children });
    const from = this.status.tier ?? to;
    const decided = (tier: string): Decision =>
      decisionOf({ spec: this.spec, tier: { from, to: tier, target: to } });
    const hookGate = hookGateOf(snapshot, to, this.now);
    const decision = decided(hookGate?.hold?.tier ?? to);
    return plan({ snapshot, decision, hookGate, now: this.now });
  }

  move(to: string): Plan {
    const planned = this.look(to);
    this.world.carryOut(planned.actions);
    this.status = planned.status;
    this.events.push(...planned.events.map(({ reason, message }) => `${reason}: ${message}`));
    this.now += 1_000;
    return planned;
  }
  readonly events: string[] = [];

  get jobs(): string[] {
    return this.world.objects.filter(({ kind }) => kind === 'Job').map(({ metadata }) => metadata.name);
  }

  end(job: string, type: 'Complete' | 'Failed'): void {
    const lastTransitionTime = new Date(this.now).toISOString();
    const condition = { type, status: 'True', reason: 'DeadlineExceeded', lastTransitionTime };
    this.world.edit(`Job/${job}`, (object) => ({ ...object, status: { conditions: [condition] } }));
  }

  get hooks(): string[] {
    return (this.status.hooks ?? []).map(({ name, state, attempts }) => `${name} ${state} ${attempts}`);
  }

  condition(type: string) {
    return this.status.conditions?.find((one) => one.type === type);
  }
}

describe('a hook before a tier', () => {
  it('holds the platform on the tier below until its Job has succeeded, and runs once', () => {
    const brain = new Platform(migrate);
    brain.move('cached');
    const [job = ''] = brain.jobs;
    expect(brain.status).toMatchObject({
      tier: 'single-server',
      targetTier: 'cached',
      transition: { from: 'single-server', to: 'cached', step: 'Hook/migrate' },
    });
    brain.move('cached');
    expect(brain.jobs).toEqual([job]);
    expect(brain.hooks).toEqual(['migrate Running 1']);
    expect(brain.condition('Reconciling')).toMatchObject({ status: 'True', reason: 'Hook' });
    brain.end(job, 'Complete');
    brain.move('cached');
    expect(brain.status.tier).toBe('cached');
    expect(brain.hooks).toEqual(['migrate Succeeded 1']);
    expect(brain.events.join('\n')).toContain('HookSucceeded: The hook migrate is done');
    brain.move('cached');
    expect(brain.jobs).toEqual([job]);
    expect(brain.status.transition).toBeUndefined();
  });

  it('stays what its own container came to, when the deadline ends a Job that a sidecar kept open', () => {
    const brain = new Platform(migrate);
    brain.move('cached');
    const [job = ''] = brain.jobs;
    const at = new Date(brain.now).toISOString();
    const end = { type: 'Complete', reason: 'OwnContainerSucceeded', message: 'it ended', at } as const;
    brain.world.edit(`Job/${job}`, (object) => withEnd(object, end));
    brain.move('cached');
    expect(brain.status.tier).toBe('cached');
    brain.end(job, 'Failed');
    brain.now += 61 * MINUTE;
    brain.move('cached');
    brain.move('cached');
    expect(brain.hooks).toEqual(['migrate Succeeded 1']);
    expect(brain.jobs).toEqual([]);
  });

  it('has annotations of Jobs alone, as a mesh wants them, and keeps those that it was made with', () => {
    const brain = new Platform(migrate);
    const meshed = (inject: string) =>
      specOf({
        transitions: { hooks: [migrate] },
        podTemplate: { annotations: { a: '1', b: '1' }, jobAnnotations: { b: inject } },
      });
    const annotations = (key: string) => {
      const { template } = brain.world.find(key)!['spec'] as {
        template: { metadata: { annotations: object } };
      };
      return template.metadata.annotations;
    };
    brain.spec = meshed('false');
    brain.move('cached');
    const [job = ''] = brain.jobs;
    expect(annotations(`Job/${job}`)).toMatchObject({ a: '1', b: 'false' });
    expect(annotations('Deployment/brain-all-in-one')).toMatchObject({ a: '1', b: '1' });
    brain.spec = meshed('true');
    brain.move('cached');
    expect(annotations(`Job/${job}`)).toMatchObject({ b: 'false' });
  });

  it('says that its Job is suspended, which only whoever did it can end', () => {
    const brain = new Platform(migrate);
    brain.move('cached');
    const [job = ''] = brain.jobs;
    brain.world.edit(`Job/${job}`, (object) => ({
      ...object,
      spec: { ...(object['spec'] as object), suspend: true },
    }));
    brain.move('cached');
    const says = `Job ${job} is suspended (spec.suspend); who suspended it has to resume it`;
    expect(brain.status.transition?.message).toContain(says);
    expect(brain.condition('Reconciling')?.message).toContain(says);
    expect(brain.move('cached').actions).toEqual([]);
  });

  it('is a step of the plan, in the order in which the hooks run', () => {
    const brain = new Platform(migrate, { ...migrate, name: 'seed', onFailure: 'Ignore' });
    const planned = () => brain.status.transition?.steps?.map(({ name, state }) => `${name} ${state}`);
    brain.move('cached');
    expect(planned()).toEqual(['Hook/migrate Active', 'Hook/seed Pending']);
    brain.end(brain.jobs[0] ?? '', 'Complete');
    brain.move('cached');
    expect(planned()).toEqual(['Hook/migrate Done', 'Hook/seed Active']);
    expect(brain.status.transition?.steps?.map(({ gate }) => gate)).toEqual([
      'its Job has succeeded',
      'its Job has ended, one way or the other',
    ]);
  });

  it('has its Job removed an hour after it is done, and does not run again for that', () => {
    const brain = new Platform({ ...migrate, tier: 'separated' });
    brain.move('separated');
    const [job = ''] = brain.jobs;
    brain.end(job, 'Complete');
    // The tier is called for no more in the moment in which it is done; and then is again.
    brain.move('single-server');
    brain.now += 61 * MINUTE;
    brain.move('single-server');
    expect(brain.jobs).toEqual([]);
    brain.move('separated');
    brain.move('separated');
    expect(brain.jobs).toEqual([]);
    expect(brain.status.tier).toBe('separated');
  });

  it('is begun again by the next passage', () => {
    const brain = new Platform(migrate);
    const climb = (): string => {
      brain.move('cached');
      const job = brain.jobs.at(-1) ?? '';
      brain.end(job, 'Complete');
      brain.move('cached');
      return job;
    };
    const first = climb();
    brain.move('single-server');
    expect(brain.status.tier).toBe('single-server');
    expect(climb()).not.toBe(first);
  });

  it('holds the tier where it fails, says so, and is tried again later, each time later', () => {
    const brain = new Platform(migrate);
    brain.move('cached');
    brain.end(brain.jobs[0] ?? '', 'Failed');
    brain.move('cached');
    expect(brain.status.tier).toBe('single-server');
    expect(brain.condition('Stalled')).toMatchObject({ status: 'True', reason: 'HookFailed' });
    expect(brain.condition('Stalled')?.message).toContain('DeadlineExceeded');
    expect(brain.events.filter((event) => event.startsWith('HookFailed'))).toHaveLength(1);
    brain.move('cached');
    expect(brain.events.filter((event) => event.startsWith('HookFailed'))).toHaveLength(1);
    brain.now += 9 * MINUTE;
    brain.move('cached');
    expect(brain.hooks).toEqual(['migrate Failed 1']);
    brain.now += MINUTE;
    brain.move('cached');
    brain.move('cached');
    expect(brain.hooks).toEqual(['migrate Running 2']);
    expect(brain.condition('Stalled')).toMatchObject({ status: 'False' });
    brain.end(brain.jobs[1] ?? '', 'Failed');
    brain.move('cached');
    brain.now += (10 * GROWTH - 1) * MINUTE;
    brain.move('cached');
    expect(brain.hooks).toEqual(['migrate Failed 2']);
    brain.now += MINUTE;
    brain.move('cached');
    brain.move('cached');
    expect(brain.hooks).toEqual(['migrate Running 3']);
  });

  it('is tried again at once where the spec has changed', () => {
    const brain = new Platform(migrate);
    brain.move('cached');
    brain.end(brain.jobs[0] ?? '', 'Failed');
    brain.move('cached');
    brain.generation += 1;
    brain.move('cached');
    brain.move('cached');
    expect(brain.hooks).toEqual(['migrate Running 2']);
  });

  it('is told of and passed over where its failure is to be ignored', () => {
    const brain = new Platform({ ...migrate, onFailure: 'Ignore' });
    brain.move('cached');
    brain.end(brain.jobs[0] ?? '', 'Failed');
    brain.move('cached');
    expect(brain.status.tier).toBe('cached');
    expect(brain.condition('Stalled')).toMatchObject({ status: 'False' });
    expect(brain.events.join('\n')).toContain('HookFailed: The hook migrate has failed and is passed over');
  });

  it.each([
    { direction: 'Up', from: 'single-server', to: 'scaled', runs: ['a', 'b'] },
    { direction: 'Both', from: 'scaled', to: 'single-server', runs: ['b', 'a'] },
    { direction: 'Up', from: 'scaled', to: 'single-server', runs: [] },
    { direction: 'Down', from: 'single-server', to: 'scaled', runs: [] },
    { direction: 'Both', from: 'cached', to: 'separated', runs: ['b'] },
    { direction: 'Both', from: 'separated', to: 'cached', runs: ['b'] },
  ] as const)(
    'with direction $direction runs on the way from $from to $to: $runs',
    ({ direction, from, to, runs }) => {
      const brain = new Platform(
        { ...migrate, name: 'b', tier: 'separated', direction },
        { ...migrate, name: 'a', tier: 'cached', direction },
      );
      brain.status = { ...brain.status, tier: from };
      const ran: string[] = [];
      for (let count = 0; count < 4 && brain.status.tier === from; count += 1) {
        brain.move(to);
        const job = brain.jobs.at(-1);
        if (brain.status.tier !== from || job === undefined) continue;
        ran.push(brain.status.transition?.step.slice('Hook/'.length) ?? '');
        brain.end(job, 'Complete');
      }
      expect(brain.status.tier).toBe(to);
      expect(ran).toEqual(runs);
    },
  );

  it('leaves a Job of its name that is not ours alone, and waits', () => {
    const brain = new Platform(migrate);
    const job = brain.move('cached').actions.find(({ object }) => object.kind === 'Job');
    brain.world.edit(`Job/${job?.object.metadata.name}`, (object) => ({
      ...object,
      metadata: { ...object.metadata, ownerReferences: [] },
      status: { conditions: [{ type: 'Complete', status: 'True' }] },
    }));
    const again = brain.look('cached');
    expect(again.status.tier).toBe('single-server');
  });

  it('does not hold up a platform that only reports', () => {
    const spec = specOf({ mode: 'Recommend', transitions: { hooks: [migrate] } });
    const snapshot = snapshotOf({ spec, status: { tier: 'single-server' } });
    expect(hookGateOf(snapshot, 'cached', 0)).toBeUndefined();
  });
});

describe('a hook after a tier', () => {
  it('runs once when the tier is reached, and the next tier waits for it', () => {
    const brain = new Platform(warm);
    brain.move('cached');
    expect(brain.status.tier).toBe('cached');
    expect(brain.hooks).toEqual(['warm Waiting 1']);
    expect(brain.jobs).toEqual([]);
    brain.move('cached');
    const [job = ''] = brain.jobs;
    brain.move('separated');
    expect(brain.status).toMatchObject({ tier: 'cached', targetTier: 'separated' });
    brain.end(job, 'Complete');
    brain.move('separated');
    expect(brain.hooks).toEqual(['warm Succeeded 1']);
    expect(brain.status.tier).toBe('separated');
    brain.move('separated');
    expect(brain.jobs).toEqual([job]);
  });

  it('holds nothing up where its failure is to be ignored', () => {
    const brain = new Platform({ ...warm, onFailure: 'Ignore' });
    brain.move('cached');
    brain.move('cached');
    brain.move('separated');
    expect(brain.status.tier).toBe('separated');
    expect(brain.hooks).toEqual(['warm Running 1']);
  });
});

it('a decision says what a tier waits for', () => {
  const spec = specOf({ minTier: 'cached' });
  const input = { spec, readings: {}, components: [], confirmed: new Set<string>() } as never as Parameters<
    typeof decide
  >[0];
  const history = { ...emptyHistory(), tier: 'single-server', tierSince: 5 };
  const hold = { tier: 'single-server', due: 'cached', why: 'the hook migrate (before cached)' };
  const decision = decide({ ...input, hold }, history, 10);
  expect(decision.tier).toMatchObject({ to: 'single-server', target: 'cached', rule: 'WaitingForHook' });
  expect(decision.history).toMatchObject({ tier: 'single-server', tierSince: 5 });
  expect(decision.reasons[0]).toBe(
    'Stays on single-server: the transition to cached waits for the hook migrate (before cached).',
  );
});
