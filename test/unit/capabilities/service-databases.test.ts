/** Services whose data is in a database of their own: nobody else has it, so they are not merged back before it is. */
import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../src/api/names.ts';
import { Story } from './story.ts';

const NAMES: readonly CapabilityName[] = ['load-balancer', 'database-per-service', 'microservices'];
const ADDRESS = { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } };
const service = (name: string) => ({ name, port: 9000, paths: [`/${name}`], first: true });
const capabilities = (...services: readonly string[]) => ({
  loadBalancer: { ingress: { hosts: ['leads.example.com'] } },
  databasePerService: { services: [{ name: 'orders' }] },
  microservices: { services: services.map(service) },
});
const ORDERS = ['Deployment', 'Service', 'PodDisruptionBudget', 'Ingress'].map(
  (kind) => `${kind}/brain-service-orders`,
);

/** Two services, of which `orders` runs with a database of its own. */
function story(): Story {
  const told = new Story(
    NAMES,
    { capabilities: capabilities('orders', 'reports') },
    { separate: true, tier: { to: 'enterprise' } },
  );
  told.driver.serves = new Set(['Cluster']);
  told.driver.annotations = { 'leadplatform.io/data-moved': 'database-per-service/orders' };
  told.settle();
  told.says('Cluster/brain-db-orders', { phase: 'Cluster in healthy state', readyInstances: 2 });
  for (const name of ['', '-service-orders', '-service-reports']) told.says(`Ingress/brain${name}`, ADDRESS);
  told.settle();
  for (const name of NAMES) expect(told.report(name)?.state, name).toBe('Ready');
  return told;
}
const there = (told: Story) => ORDERS.filter((key) => told.has(key));
const secrets = (told: Story) => JSON.stringify(told.template('service-orders'));

describe('a service with a database of its own', () => {
  it.each([
    ['the load does not call for services any more', ['load-balancer']],
    ['nor for a way in', []],
  ] as const)('stays with its way in when %s, until its data is moved back', (_case, names) => {
    const told = story();
    told.settle(names);
    expect(there(told)).toEqual(ORDERS);
    expect(secrets(told)).toContain('brain-db-orders-app');
    expect(told.report('microservices')).toMatchObject({
      state: 'Leaving',
      step: 'DatabaseInUse',
      message: expect.stringContaining('the data of orders is in a database of its own'),
    });
    expect(told.has('Deployment/brain-service-reports')).toBe(false);
    told.driver.annotations = { 'leadplatform.io/data-moved-back': 'database-per-service' };
    told.settle(names);
    expect(there(told)).toEqual([]);
    expect(told.report('microservices')).toBeUndefined();
    expect(told.has('Cluster/brain-db-orders')).toBe(true);
  });

  it('stays as it is when the spec forgets it, until somebody says that its data is back', () => {
    const told = story();
    told.edit({ capabilities: capabilities('reports') });
    told.settle();
    expect(there(told)).toEqual(ORDERS);
    expect(told.report('microservices')).toMatchObject({
      step: 'DatabaseInUse',
      message: expect.stringContaining('leadplatform.io/data-moved-back'),
    });
    told.driver.annotations = { 'leadplatform.io/data-moved-back': 'database-per-service/orders' };
    told.settle();
    expect(there(told)).toEqual([]);
  });
});
