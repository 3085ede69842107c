/** What runs beside the components has their environment, and is waited for like them. */
import { describe, expect, it } from 'vitest';
import type { CapabilityName } from '../../../../src/api/names.ts';
import type { LeadPlatformSpecInput } from '../../../../src/api/schema/leadplatform.ts';
import { Story } from '../story.ts';

const SERVICE = 'Deployment/brain-service-intake';
const assetUrl = 'https://cdn.example.com';
const NAMES: readonly CapabilityName[] = ['app-optimize', 'cdn', 'microservices', 'orchestration'];

/** A platform with a service, and with everything in place that changes its pods. */
function story(
  service: { image?: string; command?: string[]; env?: Record<string, string> } = {},
  names = NAMES,
): Story {
  const spec: Partial<LeadPlatformSpecInput> = {
    components: { ingest: { command: ['php', '-S', '0.0.0.0:8000'] } },
    capabilities: { cdn: { assetUrl }, microservices: { services: [{ name: 'intake', ...service }] } },
  };
  const told = new Story(names, spec, { separate: true, tier: { to: 'microservices' } });
  told.driver.probeResults = { 'cdn/address': { at: told.driver.now, facts: { status: 200 } } };
  return told.settle();
}

const replicas = (told: Story) => told.spec(SERVICE)['replicas'] as number;
/** Its rolling update is not through: one pod is of the template before. */
const lagging = (told: Story) =>
  told.says(SERVICE, {
    observedGeneration: told.find(SERVICE).metadata.generation,
    replicas: replicas(told) + 1,
    updatedReplicas: 1,
    readyReplicas: replicas(told),
    availableReplicas: replicas(told),
  });
const state = (told: Story, name: CapabilityName) => told.report(name)?.state;

describe('the pods of a service', () => {
  it.each(['cdn', 'app-optimize', 'orchestration'] as const)(
    'are waited for when %s changes them',
    (name) => {
      const told = story(
        { command: ['php', 'artisan', 'intake'] },
        NAMES.filter((one) => one !== name),
      );
      for (let count = 0; count < 3; count += 1) {
        told.driver.pass(told.decision(NAMES));
        told.driver.world.step();
        lagging(told);
      }
      told.driver.pass(told.decision(NAMES));
      expect(told.report(name)).toMatchObject({
        state: 'Progressing',
        step: 'RolledOut',
        message: 'RolledOut: pods of service-intake are being replaced.',
      });
      told.settle(NAMES);
      expect(state(told, name)).toBe('Ready');
    },
  );

  it('are waited for when they get the map of the shards', () => {
    const told = story();
    const names = [...NAMES, 'database-sharding'] as const;
    told.driver.serves = new Set(['Cluster']);
    told.driver.annotations = { 'leadplatform.io/data-moved': 'database-sharding/2' };
    told.settle(names);
    for (const shard of [0, 1])
      told.says(`Cluster/brain-shard-${shard}`, { phase: 'Cluster in healthy state', readyInstances: 2 });
    told.driver.pass(told.decision(names));
    told.driver.world.step();
    lagging(told);
    told.driver.pass(told.decision(names));
    expect(told.report('database-sharding')).toMatchObject({
      step: 'Switched',
      message: 'Switched: pods of service-intake do not all have the new map yet.',
    });
    expect(state(told.settle(names), 'database-sharding')).toBe('Ready');
  });

  it('are waited for when an environment is taken back, too', () => {
    const told = story();
    const names = NAMES.filter((name) => name !== 'cdn');
    for (let count = 0; count < 3; count += 1) {
      told.driver.pass(told.decision(names));
      told.driver.world.step();
      lagging(told);
    }
    told.driver.pass(told.decision(names));
    expect(told.report('cdn')).toMatchObject({
      state: 'Leaving',
      message: expect.stringContaining('service-intake'),
    });
    told.settle(names);
    expect(told.report('cdn')).toBeUndefined();
  });

  it.each([
    ['sets the variable itself', { env: { ASSET_URL: 'https://other.example.com' } }],
    [
      'has another image, in which nothing can run before the start',
      { image: 'intake:1', command: ['./intake'] },
    ],
    ['starts by the command of its image', {}],
  ])('hold nothing up where the service %s', (_case, service) => {
    const told = story(service);
    for (const name of ['cdn', 'app-optimize'] as const) expect(state(told, name), name).toBe('Ready');
  });

  it('hold nothing up where none of them ever becomes ready: microservices tells of that', () => {
    const told = story(
      {},
      NAMES.filter((name) => name !== 'cdn'),
    );
    told.driver.world.broken.add('brain-service-intake');
    told.says(SERVICE, { observedGeneration: 1 });
    told.settle(NAMES);
    expect(state(told, 'cdn')).toBe('Ready');
    expect(told.report('microservices')).toMatchObject({ state: 'Progressing', step: 'ServicesReady' });
  });
});
