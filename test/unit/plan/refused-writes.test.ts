import { describe, expect, it } from 'vitest';
import { draftPlan, plan, tell } from '../../../src/plan/plan.ts';
import type { PlanInput } from '../../../src/plan/types.ts';
import type { Snapshot, WriteFailure } from '../../../src/cluster/snapshot.ts';
import { converged, DEPLOYMENT, three, withReplicas } from './converged.ts';
import { decisionOf, NOW, snapshotOf, specOf } from './fixtures.ts';

describe('a write that was refused', () => {
  it('is tried after everything else, and makes the platform stalled', () => {
    const failures = [
      { kind: 'ConfigMap', name: 'brain-settings', reason: 'Forbidden', message: 'no right to create' },
    ] as const;
    const { actions, status } = plan({ snapshot: snapshotOf({ failures }), decision: three, now: NOW });
    expect(actions.at(-1)?.object.kind).toBe('ConfigMap');
    expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'WriteFailed',
    });
  });

  it('says whose a name is that is taken, in the status and an event', () => {
    const message = 'Service "brain" exists already and belongs to Deployment "x"; it was left alone';
    const failures = [{ kind: 'Service', name: 'brain', reason: 'ChildOwnedByOther', message }] as const;
    const { status, events } = plan({ snapshot: snapshotOf({ failures }), decision: three, now: NOW });
    expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'ChildOwnedByOther',
      message,
    });
    expect(events).toContainEqual(expect.objectContaining({ reason: 'ChildOwnedByOther', message }));
  });
});

describe('a child that was changed, and whose repair is refused', () => {
  const failures = [
    { kind: 'Deployment', name: 'brain-all-in-one', reason: 'ChildRejected', message: 'a policy says no' },
  ] as const;
  const replan = (size: number, refusals: Snapshot['failures'] = failures) => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(size));
    driver.world.settle();
    const children = driver.world.children();
    const snapshot = snapshotOf({ children, status: driver.status, failures: refusals });
    return plan({ snapshot, decision: three, now: driver.now });
  };
  const ready = ({ status }: ReturnType<typeof plan>) =>
    status.conditions?.find(({ type }) => type === 'Ready');

  it('is not called put back', () => {
    const putBack = ({ status }: ReturnType<typeof plan>) =>
      status.lastDecision?.reasons.filter((reason) => reason.includes('is put back'));
    expect(putBack(replan(7))).toEqual([]);
    expect(putBack(replan(7, []))).toHaveLength(1);
  });

  it('has an event that waits for its write', () => {
    expect(replan(7).events).toContainEqual(
      expect.objectContaining({ reason: 'DriftRepaired', of: DEPLOYMENT }),
    );
  });

  it.each([
    ['fewer replicas than decided', 1, failures, 'False'],
    ['none', 0, failures, 'False'],
    ['all that was decided', 3, failures, 'True'],
    ['more', 7, failures, 'True'],
    ['fewer, and nothing refused', 1, [], 'True'],
  ])('with %s is Ready or not', (_case, size, refusals, status) => {
    expect(ready(replan(size, refusals))?.status).toBe(status);
  });

  it('says of which component the write was refused', () => {
    expect(ready(replan(1))?.message).toBe(
      'all-in-one has 1 of 3 replicas ready (its Deployment could not be written).',
    );
  });
});

describe('what is refused while a plan is carried out', () => {
  const drifted = (): PlanInput => {
    const driver = converged();
    driver.world.edit(DEPLOYMENT, withReplicas(7));
    driver.world.settle();
    const snapshot = snapshotOf({ children: driver.world.children(), status: driver.status });
    return { snapshot, decision: three, now: driver.now };
  };
  const replaced = (headroom?: Snapshot['headroom']): PlanInput => {
    const driver = converged();
    // Its ServiceAccount was deleted meanwhile.
    const children = driver.world.children().filter(({ object: { kind } }) => kind !== 'ServiceAccount');
    const seen = { children, status: driver.status, headroom };
    const decision = decisionOf({ separate: true, tier: { from: 'single-server', to: 'separated' } });
    return { snapshot: snapshotOf(seen), decision, now: driver.now };
  };
  const full = { at: NOW, quotas: [{ name: 'few', hard: { pods: 1 }, used: { pods: 1 } }] };
  const cases: [string, () => PlanInput, WriteFailure['kind'], string][] = [
    [
      'the Service of a new platform',
      () => ({ snapshot: snapshotOf(), decision: three, now: NOW }),
      'Service',
      'brain',
    ],
    ['a repair', drifted, 'Deployment', 'brain-all-in-one'],
    ['a component of the new side', replaced, 'Deployment', 'brain-ingest'],
    ['the ServiceAccount, where a quota is full, too', () => replaced(full), 'ServiceAccount', 'brain'],
  ];

  it.each(cases)('is told as if it had been known before: %s', (_what, given, kind, name) => {
    const input = given();
    const failures = [{ kind, name, reason: 'Forbidden', message: 'no right to write it' }] as const;
    const known = plan({ ...input, snapshot: { ...input.snapshot, failures } });
    const draft = draftPlan(input);
    expect({ ...known, ...tell(draft, failures) }).toEqual(known);
    expect(tell(draft).status).not.toEqual(known.status);
  });

  it('was the last time, and is told no more once it was written', () => {
    const failures = [{ kind: 'Service', name: 'brain', reason: 'Forbidden', message: 'no' }] as const;
    const draft = draftPlan({ snapshot: snapshotOf({ failures }), decision: three, now: NOW });
    expect(tell(draft).status).not.toEqual(tell(draft, []).status);
    expect(tell(draft, [])).toEqual(tell(draftPlan({ snapshot: snapshotOf(), decision: three, now: NOW })));
  });
});

describe('children that are refused for the same reason', () => {
  it('are one sentence', () => {
    const message = 'the admission webhook "v.example.org" does not answer';
    const failure = (kind: 'Service' | 'ConfigMap', name: string) =>
      ({ kind, name, reason: 'WebhookFailed', message }) as const;
    const failures = [failure('Service', 'brain'), failure('ConfigMap', 'brain-settings')];
    const { status, events } = plan({ snapshot: snapshotOf({ failures }), decision: three, now: NOW });
    const sentence = `ConfigMap brain-settings, Service brain could not be written (WebhookFailed): ${message}`;
    expect(status.conditions?.find(({ type }) => type === 'Stalled')?.message).toBe(sentence);
    expect(events.filter(({ reason }) => reason === 'WriteFailed')).toMatchObject([{ message: sentence }]);
  });
});

describe('while the ServiceAccount of its name is refused', () => {
  const failures = [
    { kind: 'ServiceAccount', name: 'brain', reason: 'ChildOwnedByOther', message: 'it is theirs' },
  ] as const;
  const made = (snapshot: Partial<Snapshot>, decision = three) => {
    const { actions } = plan({ snapshot: snapshotOf({ failures, ...snapshot }), decision, now: NOW });
    return actions.map(({ do: what, object }) => `${what} ${object.kind}`);
  };
  it('makes no pods, which would run as whoever that is', () => {
    expect(made({})).toEqual(['create ConfigMap', 'create Service', 'create ServiceAccount']);
  });

  it('makes them where the spec names another one', () => {
    const spec = specOf({ podTemplate: { serviceAccountName: 'app' } });
    expect(made({ spec })).toContain('create Deployment');
  });

  it('makes no server either, whatever account the spec names for the other pods', () => {
    for (const podTemplate of [{}, { serviceAccountName: 'app' }]) {
      const spec = specOf({ podTemplate, capabilities: { redis: { enabled: true } } });
      const capabilities = [{ name: 'redis-cache', required: true, consent: 'Given' }] as const;
      const decision = decisionOf({ spec, separate: true, capabilities });
      expect(made({ spec }, decision)).not.toContain('create StatefulSet');
      expect(made({ spec, failures: [] }, decision)).toContain('create StatefulSet');
    }
  });

  it('makes them where the spec names that very one', () => {
    const spec = specOf({ podTemplate: { serviceAccountName: 'brain' } });
    expect(made({ spec })).toContain('create Deployment');
  });

  it('goes on with what runs, and with an account that is its own', () => {
    const driver = converged();
    const scaled = decisionOf({ sizes: { 'all-in-one': 4 } });
    const own = driver.world.children();
    const without = own.filter(({ object }) => object.kind !== 'ServiceAccount');
    expect(made({ children: without }, scaled)).toContain('apply Deployment');
    const unmade = own.filter(({ object }) => object.kind !== 'Deployment');
    expect(made({ children: unmade }, scaled)).toContain('create Deployment');
  });
});
