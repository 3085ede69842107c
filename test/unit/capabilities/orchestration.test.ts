import { describe, expect, it } from 'vitest';
import { Story } from './story.ts';

const COMPONENTS = ['ingest', 'sync', 'queue-default'] as const;
const EVICTABLE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const stateOf = (told: Story) => told.report('orchestration');
const evictable = (told: Story, component: string) =>
  told.template(component).metadata.annotations[EVICTABLE];
const priorities = (told: Story) =>
  COMPONENTS.map((component) => told.template(component).spec['priorityClassName']);

describe('orchestration', () => {
  it('spreads every component and gives each a budget, and is ready once the pods of before are gone', () => {
    const told = new Story(['orchestration']);
    told.driver.converge(told.decision([]));
    told.driver.pass(told.decision());
    told.driver.pass(told.decision());
    expect(stateOf(told)).toMatchObject({ state: 'Progressing', step: 'RolledOut' });
    told.settle();
    for (const component of COMPONENTS) {
      expect(told.template(component).spec['topologySpreadConstraints']).toMatchObject([
        { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
      ]);
      expect(told.has(`PodDisruptionBudget/brain-${component}`)).toBe(true);
    }
    expect(stateOf(told)).toMatchObject({
      state: 'Ready',
      message: expect.stringContaining('no priority class is named'),
    });
  });

  it('is not ready while a budget is missing', () => {
    const told = new Story(['orchestration']).settle();
    const { driver } = told;
    const { uid = '' } = told.find('PodDisruptionBudget/brain-sync').metadata;
    driver.world.carryOut([
      { do: 'delete', object: told.find('PodDisruptionBudget/brain-sync'), uid, why: 'somebody did' },
    ]);
    driver.pass(told.decision());
    expect(stateOf(told)).toMatchObject({
      step: 'BudgetsThere',
      message: expect.stringContaining('brain-sync'),
    });
  });

  it.each([
    [
      'the classes that are named',
      { ingest: 'high', sync: 'middle', queue: 'low' },
      undefined,
      ['high', 'middle', 'low'],
    ],
    ['none where none is named', { ingest: 'high' }, undefined, ['high', undefined, undefined]],
    ['the one of podTemplate before all others', { ingest: 'high' }, 'mine', ['mine', 'mine', 'mine']],
  ])('gives pods %s', (_case, priorityClassNames, own, expected) => {
    const told = new Story(['orchestration'], {
      capabilities: { orchestration: { priorityClassNames } },
      ...(own !== undefined && { podTemplate: { priorityClassName: own } }),
    }).settle();
    expect(priorities(told)).toEqual(expected);
    expect(stateOf(told)?.state).toBe('Ready');
  });

  it('gives the pod with everything the priority of the web side', () => {
    const told = new Story(
      ['orchestration'],
      { capabilities: { orchestration: { priorityClassNames: { ingest: 'high' } } } },
      { separate: false },
    ).settle();
    expect(told.template('all-in-one').spec['priorityClassName']).toBe('high');
  });

  it.each([
    ['nothing is said', undefined, { requests: { cpu: '100m', memory: '128Mi' } }],
    ['a request is given', { requests: { cpu: '2' } }, { requests: { cpu: '2', memory: '128Mi' } }],
    [
      'a limit is given, which is promised whole',
      { limits: { memory: '64Mi' } },
      { limits: { memory: '64Mi' }, requests: { cpu: '100m' } },
    ],
    [
      'limits are given of everything',
      { limits: { cpu: '50m', memory: '64Mi' } },
      { limits: { cpu: '50m', memory: '64Mi' } },
    ],
  ])('promises a container what it needs where %s', (_case, resources, expected) => {
    const told = new Story(['orchestration'], {
      components: { sync: { ...(resources !== undefined && { resources }) } },
    }).settle();
    expect(told.template('sync').spec.containers[0]?.resources).toEqual(expected);
  });

  it('lets an autoscaler move pods that it gives the time to finish, and no others', () => {
    const told = new Story(['orchestration'], {
      components: { sync: { longestJob: '585s' }, queues: [{ name: 'default', longestJob: '586s' }] },
    }).settle();
    expect(COMPONENTS.map((component) => evictable(told, component))).toEqual(['true', 'true', 'false']);
  });

  it('leaves it to the user whether a pod may be moved', () => {
    const told = new Story(['orchestration'], {
      podTemplate: { annotations: { [EVICTABLE]: 'false' } },
    }).settle();
    expect(evictable(told, 'ingest')).toBe('false');
    expect(stateOf(told)?.state).toBe('Ready');
    expect(stateOf(told.settle([]))).toBeUndefined();
  });

  it('is over once nothing of it is in any pod', () => {
    const told = new Story(['orchestration']).settle();
    told.driver.pass(told.decision([]));
    expect(stateOf(told)).toMatchObject({ state: 'Leaving', reason: 'RolledOut' });
    told.settle([]);
    expect(stateOf(told)).toBeUndefined();
    expect(evictable(told, 'sync')).toBeUndefined();
    expect(told.template('sync').spec.containers[0]).not.toHaveProperty('resources');
    expect(told.has('PodDisruptionBudget/brain-sync')).toBe(false);
  });
});
