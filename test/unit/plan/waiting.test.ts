/** A platform that waits for a person says so, and does not seem to be busy meanwhile. */
import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../src/api/names.ts';
import { Story } from '../capabilities/story.ts';

const HEALTHY = { phase: 'Cluster in healthy state', readyInstances: 2 };

function sharded(databaseSharding: object = {}, more: readonly CapabilityName[] = []): Story {
  const told = new Story(['database-sharding', ...more], {
    capabilities: { databaseSharding, loadBalancer: { ingress: { hosts: ['leads.example.com'] } } },
  });
  told.driver.serves = new Set(['Cluster']);
  told.settle();
  for (const shard of [0, 1]) told.says(`Cluster/brain-shard-${shard}`, HEALTHY);
  return told;
}
const reconciling = ({ driver }: Story) =>
  driver.status.conditions?.find(({ type }) => type === 'Reconciling');
const asked = ({ driver }: Story) => driver.log.filter((line) => line.includes('event AwaitingConsent'));

describe('A platform that waits for a person', () => {
  it('is not reconciling, says for what, and has nothing under way', () => {
    const told = sharded().settle();
    expect(reconciling(told)).toMatchObject({
      status: 'False',
      reason: 'WaitingForPerson',
      message: expect.stringMatching(/^database-sharding, DataMoved: .*leadplatform\.io\/data-moved/),
    });
    expect(told.driver.status.transition).toBeUndefined();
    expect(told.report('database-sharding')).toMatchObject({ state: 'Progressing', step: 'DataMoved' });
  });

  it('asks once, by an event', () => {
    const told = sharded().settle().settle();
    expect(asked(told)).toEqual([expect.stringContaining('database-sharding, DataMoved: move the data')]);
  });

  it('goes on when the word is there', () => {
    const told = sharded().settle();
    told.driver.annotations = { 'leadplatform.io/data-moved': 'database-sharding/2' };
    told.driver.pass(told.decision());
    told.driver.pass(told.decision());
    expect(reconciling(told)?.status).toBe('True');
    told.settle();
    expect(reconciling(told)).toMatchObject({ status: 'False', reason: 'Converged' });
  });

  it('is reconciling where a Job does what is waited for', () => {
    const told = sharded({ move: { command: ['php', 'artisan', 'move'] } }).settle();
    expect(reconciling(told)).toMatchObject({ status: 'True', reason: 'DataMoved' });
    expect(told.driver.status.transition?.step).toBe('database-sharding/DataMoved');
  });

  it('is reconciling for as long as something else is under way', () => {
    const told = sharded({}, ['load-balancer']).settle();
    expect(reconciling(told)).toMatchObject({ status: 'True', reason: 'AddressAssigned' });
  });

  it('waits for everything that data is lost by at once, and leaves it alone', () => {
    const told = sharded().settle();
    told.settle([]);
    expect(reconciling(told)).toMatchObject({
      status: 'False',
      reason: 'WaitingForPerson',
      message: expect.stringMatching(/RemovalUnconfirmed: .*leadplatform\.io\/confirm-removal/),
    });
    expect(told.driver.status.transition).toBeUndefined();
  });

  it('is not reconciling any more once a step has taken too long, and the capability is blocked', () => {
    const told = new Story(['load-balancer'], {
      capabilities: { loadBalancer: { ingress: { hosts: ['leads.example.com'] } } },
    }).settle();
    expect(reconciling(told)?.status).toBe('True');
    told.driver.now += 24 * 3_600_000;
    told.settle();
    expect(told.report('load-balancer')).toMatchObject({ state: 'Blocked', reason: 'StepTooLong' });
    expect(reconciling(told)?.status).toBe('False');
    expect(told.driver.status.transition).toBeUndefined();
  });
});
