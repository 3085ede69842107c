import { expect, it } from 'vitest';
import { ChildOwnedByOther, slimManagedFields, writeChild } from '../../../controller/runtime/children.ts';
import { isConflict } from '../../../controller/runtime/errors.ts';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { createNamespace, describeWith, kubectl } from '../support.ts';
import type { ConfigMap, Connection } from './cluster.ts';
import { CONFIG_MAPS, configMap, connection } from './cluster.ts';

const MANAGER = { fieldManager: 'runtime-test' };

/** A child with an owner, as every child of the operator has. */
function childOf(
  owner: KubeObject,
  namespace: string,
  name: string,
  data: Record<string, string>,
): ConfigMap {
  const { name: ownerName, uid = '' } = owner.metadata;
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: ownerName, uid, controller: true };
  return { ...configMap(namespace, name, data), metadata: { namespace, name, ownerReferences: [reference] } };
}

async function start(): Promise<
  Connection & { namespace: string; owner: ConfigMap; live(name: string): Promise<ConfigMap> }
> {
  const namespace = await createNamespace();
  const connected = await connection();
  const owner = await connected.resources.create(CONFIG_MAPS, configMap(namespace, 'owner'), MANAGER);
  const live = (name: string) => connected.resources.get(CONFIG_MAPS, { namespace, name });
  return { ...connected, namespace, owner, live };
}

describeWith(['cluster'], 'a child', () => {
  it('loses a field that a later write no longer names, at the cost of one more request, once', async () => {
    const { resources, namespace, owner, live, writes } = await start();
    const before = writes();
    const first = await writeChild(
      resources,
      CONFIG_MAPS,
      childOf(owner, namespace, 'a', { kept: '1', gone: '1' }),
      {
        ...MANAGER,
        observed: undefined,
      },
    );
    expect([first.outcome, writes() - before]).toEqual(['created', 1]);

    const observed = slimManagedFields(await live('a'));
    const second = await writeChild(resources, CONFIG_MAPS, childOf(owner, namespace, 'a', { kept: '2' }), {
      ...MANAGER,
      observed,
    });
    expect([second.outcome, writes() - before]).toEqual(['applied', 3]);
    expect((await live('a')).data).toEqual({ kept: '2' });

    const third = await writeChild(resources, CONFIG_MAPS, childOf(owner, namespace, 'a', { new: '3' }), {
      ...MANAGER,
      observed: slimManagedFields(await live('a')),
    });
    expect([third.outcome, writes() - before]).toEqual(['applied', 4]);
    expect((await live('a')).data).toEqual({ new: '3' });
  });

  it('is not changed by a write that says nothing new', async () => {
    const { resources, namespace, owner, live } = await start();
    const desired = childOf(owner, namespace, 'a', { kept: '1' });
    await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed: undefined });
    await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed: await live('a') });
    const observed = await live('a');
    const again = await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed });
    expect(again.outcome).toBe('unchanged');
    expect((await live('a')).metadata.resourceVersion).toBe(observed.metadata.resourceVersion);
  });

  it('keeps what others added to it', async () => {
    const { resources, namespace, owner, live } = await start();
    const write = async (data: Record<string, string>, observed: ConfigMap | undefined) =>
      writeChild(resources, CONFIG_MAPS, childOf(owner, namespace, 'a', data), { ...MANAGER, observed });
    await write({ ours: '1' }, undefined);
    await kubectl(['patch', 'configmap', 'a', `--namespace=${namespace}`, '--patch={"data":{"theirs":"1"}}']);
    await write({ ours: '2' }, await live('a'));
    expect((await live('a')).data).toEqual({ ours: '2', theirs: '1' });
  });

  it.each([
    { how: 'the cache is behind', observe: () => undefined },
    { how: 'the cache shows the child as it was created', observe: (created: ConfigMap) => created },
  ])('is written where $how', async ({ observe }) => {
    const { resources, namespace, owner, live } = await start();
    const created = await writeChild(
      resources,
      CONFIG_MAPS,
      childOf(owner, namespace, 'a', { a: '1', b: '1' }),
      {
        ...MANAGER,
        observed: undefined,
      },
    );
    await writeChild(resources, CONFIG_MAPS, childOf(owner, namespace, 'a', { b: '2', c: '2' }), {
      ...MANAGER,
      observed: created.object,
    });
    await writeChild(resources, CONFIG_MAPS, childOf(owner, namespace, 'a', { c: '3' }), {
      ...MANAGER,
      observed: observe(slimManagedFields(structuredClone(created.object))),
    });
    expect((await live('a')).data).toEqual({ c: '3' });
  });

  it('loses fields that the same manager once wrote without apply', async () => {
    const { resources, namespace, owner, live } = await start();
    const desired = childOf(owner, namespace, 'a', { kept: '1' });
    await resources.apply(CONFIG_MAPS, desired, MANAGER);
    await resources.mergePatch(CONFIG_MAPS, { namespace, name: 'a' }, { data: { patched: '1' } }, MANAGER);
    const observed = slimManagedFields(await live('a'));
    await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed });
    expect((await live('a')).data).toEqual({ kept: '1' });
  });

  it.each([
    { whose: 'no controller (written by "kubectl-create")', owners: [] },
    {
      whose: 'App "another"',
      // Of a kind that is not installed: of any other the garbage collector would miss the owner, and take the child.
      owners: [
        { apiVersion: 'example.org/v1', kind: 'App', name: 'another', uid: 'not-ours', controller: true },
      ],
    },
  ])('is never taken from $whose', async ({ whose, owners }) => {
    const { resources, namespace, owner, live } = await start();
    const plain = configMap(namespace, 'a', { theirs: '1' });
    const foreign = { ...plain, metadata: { ...plain.metadata, ownerReferences: owners } };
    await kubectl(['create', '--filename=-'], { input: JSON.stringify(foreign) });
    const before = await live('a');
    const desired = childOf(owner, namespace, 'a', { ours: '1' });
    for (const observed of [undefined, before]) {
      const error = await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed }).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(ChildOwnedByOther);
      expect(error).toMatchObject({
        kind: 'ConfigMap',
        isControlled: owners.length > 0,
        message: `ConfigMap "a" exists already and belongs to ${whose}; it was left alone`,
      });
    }
    expect(await live('a')).toEqual(before);
  });

  it('is adopted where the caller says so', async () => {
    const { resources, namespace, owner, live } = await start();
    await kubectl(['create', 'configmap', 'a', `--namespace=${namespace}`, '--from-literal=theirs=1']);
    const desired = childOf(owner, namespace, 'a', { ours: '1' });
    await writeChild(resources, CONFIG_MAPS, desired, {
      ...MANAGER,
      observed: undefined,
      isOurs: () => true,
    });
    expect((await live('a')).data).toEqual({ ours: '1', theirs: '1' });
  });

  it('that somebody made anew under its name is a conflict, and stays as it is', async () => {
    const { resources, namespace, owner, live } = await start();
    const desired = childOf(owner, namespace, 'a', { ours: '1' });
    await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed: undefined });
    await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed: await live('a') });
    const observed = await live('a');
    await kubectl(['delete', 'configmap', 'a', `--namespace=${namespace}`]);
    await kubectl(['create', 'configmap', 'a', `--namespace=${namespace}`, '--from-literal=theirs=1']);
    const error = await writeChild(resources, CONFIG_MAPS, desired, { ...MANAGER, observed }).catch(
      (e: unknown) => e,
    );
    expect(isConflict(error)).toBe(true);
    expect((await live('a')).data).toEqual({ theirs: '1' });
  });
});
