import { expect, it } from 'vitest';
import type { ForeignBudget } from '../../../src/cluster/foreign-budget.ts';
import { Story } from '../capabilities/story.ts';
import { snapshotOf } from '../plan/fixtures.ts';

const INGEST = 'app.kubernetes.io/component';
const met = (told: Story) =>
  told.driver.status.conditions?.find(({ type }) => type === 'CapabilitiesMet')?.message ?? '';

/** A platform with budgets of its own for each component, or without any. */
function story(budgets: readonly ForeignBudget[], own = true): Story {
  const told = new Story(own ? ['orchestration'] : []).settle();
  told.driver.budgets = budgets;
  return told.settle();
}
const budget = (selector: ForeignBudget['selector'], name = 'theirs'): ForeignBudget =>
  selector === undefined ? { name } : { name, selector };

it.each<[string, ForeignBudget['selector'], string | undefined]>([
  ['all pods of the namespace', {}, 'ingest, queue-default, sync'],
  ['a component by its label', { matchLabels: { [INGEST]: 'sync' } }, 'sync'],
  [
    'some components by a list',
    { matchExpressions: [{ key: INGEST, operator: 'In', values: ['sync', 'ingest'] }] },
    'ingest, sync',
  ],
  [
    'all components but one',
    { matchExpressions: [{ key: INGEST, operator: 'NotIn', values: ['sync'] }] },
    'ingest, queue-default',
  ],
  [
    'pods with a label',
    { matchExpressions: [{ key: INGEST, operator: 'Exists' }] },
    'ingest, queue-default, sync',
  ],
  ['pods without it', { matchExpressions: [{ key: INGEST, operator: 'DoesNotExist' }] }, undefined],
  [
    'pods with a label that every object seems to have',
    { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] },
    undefined,
  ],
  ['others', { matchLabels: { [INGEST]: 'sync', app: 'other' } }, undefined],
  ['none', undefined, undefined],
])('a budget of somebody else for %s', (_case, selector, components) => {
  const message = met(story([budget(selector)]));
  if (components === undefined) expect(message).toBe('Every capability of the tier is in place.');
  else expect(message).toContain(`Pods of ${components} have more than one disruption budget, by theirs of`);
});

it('is nobody’s business where the platform has none of its own, and two of them are', () => {
  expect(met(story([budget({})], false))).not.toContain('budget');
  expect(met(story([budget({}, 'b'), budget({}, 'a')], false))).toContain('by a, b of another owner');
});

it('is looked for on what capabilities add, too', () => {
  const told = new Story(['orchestration', 'redis-cache'], {
    capabilities: { redis: { enabled: true } },
  }).settle();
  told.driver.budgets = [budget({}, 'b'), budget({ matchLabels: { [INGEST]: 'redis' } }, 'a')];
  const message = met(told.settle());
  // Its Redis has no budget of ours: one of theirs were as good as any.
  expect(message).toContain('Pods of redis have more than one disruption budget, by a, b of another owner');
  expect(message).toContain('by b of another owner');
});

it('is told in one event, and holds nothing up', () => {
  const told = story([budget({})]);
  const news = told.driver.log.filter((line) => line.includes('event BudgetsOverlap'));
  expect(news).toHaveLength(1);
  const { conditions } = told.driver.status;
  expect(conditions?.find(({ type }) => type === 'CapabilitiesMet')?.status).toBe('True');
  expect(conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('False');
  expect(snapshotOf().budgets).toEqual([]);
});
