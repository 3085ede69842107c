import { expect, it } from 'vitest';
import { dataLockOf } from '../../../../src/plan/plan.ts';
import { Story } from '../../capabilities/story.ts';
import { DAY, decideGiven, MONDAY, on, component } from '../../decide/given.ts';
import { PLATFORM, snapshotOf } from '../fixtures.ts';

/** A platform with separate components, of which these have a database of their own. */
function story(components: readonly string[]): Story {
  const told = new Story(['database-per-service'], {
    capabilities: { databasePerService: { services: [{ name: 'calls', parts: [...components] }] } },
  });
  told.driver.serves = new Set(['Cluster']);
  told.driver.annotations = { 'leadplatform.io/data-moved': 'database-per-service/calls' };
  told.settle();
  told.says('Cluster/brain-db-calls', { phase: 'Cluster in healthy state', readyInstances: 2 }).settle();
  expect(told.report('database-per-service')?.state).toBe('Ready');
  return told;
}

const holdOf = ({ driver: { spec, status, annotations, world } }: Story) =>
  dataLockOf(
    snapshotOf({ platform: { ...PLATFORM, annotations }, spec, status, children: world.children() }),
  );
const decided = (told: Story) =>
  decideGiven({
    spec: told.driver.spec,
    values: { leadsPerDay: 2_000 },
    components: [component('ingest', 1), component('sync', 1), component('queue-default', 1)],
    history: { ...on('separated', [7.5, 2_000]), tierSince: MONDAY - 2 * DAY },
    hold: holdOf(told),
  });

it('keeps components apart for as long as the data of one is in a database of its own, and says why', () => {
  const { tier, separate, reasons } = decided(story(['sync']));
  expect(tier).toMatchObject({ to: 'separated', target: 'cached', rule: 'WaitingForData' });
  expect(separate).toBe(true);
  expect(reasons[0]).toBe(
    'Stays on separated: a transition waits for the data of sync, which is in a database of its own (database-per-service) and has to be moved back first.',
  );
});

it('lets them be put together once the data is back, and the pods have left that database', () => {
  const told = story(['sync']);
  told.settle([]);
  expect(decided(told).tier.to).toBe('separated');
  told.driver.annotations = { 'leadplatform.io/data-moved-back': 'database-per-service' };
  told.settle([]);
  expect(decided(told).tier.to).toBe('cached');
});

it('holds nobody whose components all have the first database', () => {
  const told = new Story(['database-per-service'], {
    capabilities: { databasePerService: { services: [{ name: 'calls', parts: ['sync'] }] } },
  }).settle();
  expect(holdOf(told)).toBeUndefined();
});

it('changes nothing in a platform that is only told about', () => {
  const told = story(['sync']);
  told.edit({
    mode: 'Recommend',
    capabilities: { databasePerService: { services: [{ name: 'calls', parts: ['sync'] }] } },
  });
  expect(holdOf(told)).toBeUndefined();
});
