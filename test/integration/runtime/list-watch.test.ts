import { expect, it, onTestFinished } from 'vitest';
import type { Change, ListWatchOptions } from '../../../controller/runtime/list-watch.ts';
import { ListWatch } from '../../../controller/runtime/list-watch.ts';
import { slimManagedFields } from '../../../controller/runtime/children.ts';
import { isGone } from '../../../controller/runtime/errors.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { resourceType } from '../../../controller/runtime/resources.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';
import type { ConfigMap } from './cluster.ts';
import { CONFIG_MAPS, configMap, connection, memoryLogger, proxiedKubeconfig } from './cluster.ts';
import { widgetDefinition } from './widgets.ts';

const MANAGER = { fieldManager: 'runtime-test' };
const WITHIN = { timeout: 20_000, interval: 20 };

/** A running cache that ends with the test, and what it told of. */
function watching<T extends KubeObject>(options: ListWatchOptions<T>) {
  const cache = new ListWatch<T>(options);
  onTestFinished(() => cache.stop());
  const told: string[] = [];
  cache.onChange(({ type, object }: Change<T>) => told.push(`${type} ${object.metadata.name}`));
  cache.start();
  return { cache, told };
}

describeWith(['cluster'], 'a list-watch', () => {
  it('holds every object of a list of many pages, and says what it is', async () => {
    const namespace = await createNamespace();
    const { client, resources, samples } = await connection();
    const count = 1_001;
    await Promise.all(
      Array.from({ length: count }, (_, n) =>
        resources.create(CONFIG_MAPS, configMap(namespace, `c-${n}`), MANAGER),
      ),
    );
    const before = samples.length;
    const { cache, told } = watching({ client, type: CONFIG_MAPS, namespace });
    await cache.waitForSync();
    expect(cache.list().filter(({ metadata }) => metadata.name?.startsWith('c-'))).toHaveLength(count);
    expect(told).toHaveLength(cache.size);
    expect(samples.length - before, 'three pages').toBe(3);
    expect(cache.get(namespace, 'c-7')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it('tells of what is made, changed and deleted, and selects by label', async () => {
    const namespace = await createNamespace();
    const { client, resources } = await connection();
    const { cache, told } = watching({ client, type: CONFIG_MAPS, namespace, labelSelector: 'mine=yes' });
    await cache.waitForSync();
    const plain = configMap(namespace, 'mine');
    const mine = { ...plain, metadata: { ...plain.metadata, labels: { mine: 'yes' } } };
    await resources.create(CONFIG_MAPS, configMap(namespace, 'other'), MANAGER);
    await resources.create(CONFIG_MAPS, mine, MANAGER);
    await resources.mergePatch(CONFIG_MAPS, { namespace, name: 'mine' }, { data: { a: '1' } }, MANAGER);
    await expect.poll(() => cache.get(namespace, 'mine')?.data, WITHIN).toEqual({ a: '1' });
    await resources.delete(CONFIG_MAPS, { namespace, name: 'mine' });
    await expect.poll(() => told, WITHIN).toEqual(['added mine', 'modified mine', 'deleted mine']);
    expect(cache.size).toBe(0);
  });

  it('keeps only what the transform leaves, from lists and watches alike, and finds it by index', async () => {
    const namespace = await createNamespace();
    const { client, resources } = await connection();
    const labelled = (name: string, team: string): ConfigMap => ({
      ...configMap(namespace, name, { large: 'x'.repeat(1_000) }),
      metadata: { namespace, name, labels: { team } },
    });
    await resources.create(CONFIG_MAPS, labelled('listed', 'a'), MANAGER);
    const { cache } = watching<ConfigMap>({
      client,
      type: CONFIG_MAPS,
      namespace,
      labelSelector: 'team',
      transform: (object) => {
        delete object.data;
        return slimManagedFields(object);
      },
      indexes: { team: (object) => object.metadata.labels?.['team'] },
    });
    await cache.waitForSync();
    await resources.create(CONFIG_MAPS, labelled('watched', 'a'), MANAGER);
    await expect
      .poll(() => cache.by('team', 'a').map(({ metadata }) => metadata.name), WITHIN)
      .toEqual(['listed', 'watched']);
    for (const object of cache.list()) {
      expect(object.data).toBeUndefined();
      expect(object.metadata.managedFields).toEqual([{ manager: 'runtime-test', operation: 'Update' }]);
    }
    await resources.mergePatch(
      CONFIG_MAPS,
      { namespace, name: 'watched' },
      { metadata: { labels: { team: 'b' } } },
      MANAGER,
    );
    await expect.poll(() => cache.by('team', 'b').length, WITHIN).toBe(1);
    expect(cache.by('team', 'a').map(({ metadata }) => metadata.name)).toEqual(['listed']);
  });

  it('misses nothing that happened while the connection was cut, and does not list again', async () => {
    const namespace = await createNamespace();
    const direct = await connection();
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig });
    const { cache, told } = watching({ client, type: CONFIG_MAPS, namespace });
    await expect.poll(() => cache.state, WITHIN).toBe('watching');
    await direct.resources.create(CONFIG_MAPS, configMap(namespace, 'before'), MANAGER);
    await expect.poll(() => told, WITHIN).toContain('added before');
    proxy.refuse(true);
    proxy.cut();
    await expect.poll(() => cache.state, WITHIN).toBe('retrying');
    expect(cache.hasSynced()).toBe(true);
    await direct.resources.create(CONFIG_MAPS, configMap(namespace, 'during'), MANAGER);
    await direct.resources.delete(CONFIG_MAPS, { namespace, name: 'before' });
    proxy.refuse(false);
    await expect.poll(() => told.slice(-2), WITHIN).toEqual(['added during', 'deleted before']);
    expect(cache.state).toBe('watching');
    expect(cache.lists).toBe(1);
  });

  it('lists again when it could not watch for a while, and tells of the difference', async () => {
    const namespace = await createNamespace();
    const direct = await connection();
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig });
    const logger = memoryLogger();
    const { cache, told } = watching({ client, type: CONFIG_MAPS, namespace, logger, random: () => 0 });
    await direct.resources.create(CONFIG_MAPS, configMap(namespace, 'gone'), MANAGER);
    await direct.resources.create(CONFIG_MAPS, configMap(namespace, 'stays'), MANAGER);
    await expect.poll(() => told, WITHIN).toContain('added stays');
    proxy.refuse(true);
    proxy.cut();
    await expect.poll(() => logger.lines.filter(({ level }) => level === 'warn').length, WITHIN).toBe(1);
    await direct.resources.delete(CONFIG_MAPS, { namespace, name: 'gone' });
    await direct.resources.mergePatch(
      CONFIG_MAPS,
      { namespace, name: 'stays' },
      { data: { a: '1' } },
      MANAGER,
    );
    // After three failures in a row the resource version is given up.
    await expect.poll(() => cache.failures, WITHIN).toBeGreaterThanOrEqual(3);
    proxy.refuse(false);
    await expect.poll(() => cache.get(namespace, 'stays')?.data, WITHIN).toEqual({ a: '1' });
    await expect.poll(() => cache.get(namespace, 'gone'), WITHIN).toBeUndefined();
    expect(cache.lists).toBe(2);
    expect(told.filter((line) => line === 'deleted gone')).toHaveLength(1);
    expect(told.filter((line) => line === 'modified stays')).toHaveLength(1);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('lists again at once when the server no longer knows the version to watch from', async () => {
    const namespace = await createNamespace();
    const { client } = await connection();
    const widgets = widgetDefinition();
    await widgets.install();
    const type = resourceType({ group: widgets.group, version: 'v1', plural: 'widgets', kind: 'Widget' });
    const create = (name: string) =>
      kubectl(['create', '--filename=-'], { input: JSON.stringify(widgets.widget(namespace, name)) });
    await create('before');
    // The first watch asks for what happened since the beginning of time, before there was such a type.
    const stream = client.stream.bind(client);
    client.stream = (request) => {
      client.stream = stream;
      return stream({ ...request, query: { ...request.query, resourceVersion: 1 } });
    };
    const { cache, told } = watching({ client, type });
    await expect.poll(() => cache.lists, WITHIN).toBe(2);
    expect(isGone(cache.lastError)).toBe(true);
    await create('after');
    await expect.poll(() => told, WITHIN).toEqual(['added before', 'added after']);
  });

  it('notices a connection on which nothing comes any more', async () => {
    const namespace = await createNamespace();
    const direct = await connection();
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig });
    const { cache } = watching({ client, type: CONFIG_MAPS, namespace, idleTimeoutMs: 1_000 });
    await expect.poll(() => cache.state, WITHIN).toBe('watching');
    const watches = cache.watches;
    // The connection that is open now is silent for ever; new ones are not.
    proxy.stall(true);
    proxy.stallNew(false);
    await direct.resources.create(CONFIG_MAPS, configMap(namespace, 'unheard'), MANAGER);
    await expect.poll(() => cache.get(namespace, 'unheard'), WITHIN).toBeDefined();
    expect(cache.watches).toBeGreaterThan(watches);
  });

  it('waits for a type that is not installed, and finds its objects when it is', async () => {
    const { client } = await connection();
    const widgets = widgetDefinition();
    const type = resourceType({ group: widgets.group, version: 'v1', plural: 'widgets', kind: 'Widget' });
    const { cache, told } = watching({ client, type, absentRetryMs: 200 });
    await cache.waitForSync();
    expect([cache.state, cache.size]).toEqual(['absent', 0]);
    await widgets.install();
    await expect.poll(() => cache.state, WITHIN).toBe('watching');
    const namespace = await createNamespace();
    await kubectl(['create', '--filename=-'], { input: JSON.stringify(widgets.widget(namespace, 'w')) });
    await expect.poll(() => told, WITHIN).toEqual(['added w']);
    await widgets.uninstall();
    await expect.poll(() => cache.state, WITHIN).toBe('absent');
    expect(told).toEqual(['added w', 'deleted w']);
  });

  it('stops silently, and lets who waits for it go', async () => {
    const namespace = await createNamespace();
    const { proxy, kubeconfig } = await proxiedKubeconfig();
    const { client } = await connection({ kubeconfig });
    const logger = memoryLogger();
    const { cache } = watching({ client, type: CONFIG_MAPS, namespace, logger });
    await expect.poll(() => cache.state, WITHIN).toBe('watching');
    await cache.stop();
    expect(cache.state).toBe('stopped');
    await expect.poll(() => proxy.open(), WITHIN).toBe(proxy.opened() - 1);
    expect(logger.lines).toEqual([]);

    proxy.refuse(true);
    proxy.cut();
    const { cache: never } = watching({ client, type: CONFIG_MAPS, namespace });
    await expect(never.waitForSync(AbortSignal.timeout(50))).rejects.toThrow('timeout');
  });
});
