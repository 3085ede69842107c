import { expect, it } from 'vitest';
import type { KubeObject } from '../../../controller/runtime/resources.ts';
import { Store } from '../../../controller/runtime/store.ts';

interface Owned extends KubeObject {
  owners: string[];
}

const owned = (name: string, ...owners: string[]): Owned => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'leads', name },
  owners,
});
const names = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata.name);

it('finds objects by each of the keys that they are filed under', () => {
  const store = new Store<Owned>({ owner: (object) => object.owners });
  store.set(owned('a', 'x', 'y'));
  store.set(owned('b', 'y'));
  store.set(owned('c'));
  expect(names(store.by('owner', 'x'))).toEqual(['a']);
  expect(names(store.by('owner', 'y'))).toEqual(['a', 'b']);
  expect(names(store.by('owner', 'z'))).toEqual([]);
});

it('moves an object to its new key, and forgets one that is gone', () => {
  const store = new Store<Owned>({ owner: (object) => object.owners });
  store.set(owned('a', 'x'));
  expect(store.set(owned('a', 'y'))?.owners).toEqual(['x']);
  expect(names(store.by('owner', 'x'))).toEqual([]);
  expect(names(store.by('owner', 'y'))).toEqual(['a']);
  expect(store.delete('leads/a')?.owners).toEqual(['y']);
  expect(names(store.by('owner', 'y'))).toEqual([]);
  expect(store.size).toBe(0);
});

it('says so when an index is asked for that there is not', () => {
  expect(() => new Store().by('owner', 'x')).toThrow('no index "owner"');
});

it('gives what is filed under a key in the same order, whichever of it changed last', () => {
  const store = new Store<Owned>({ owner: (object) => object.owners });
  for (const name of ['a', 'b', 'c']) store.set(owned(name, 'x'));
  store.set(owned('a', 'x', 'y'));
  expect(names(store.by('owner', 'x'))).toEqual(['a', 'b', 'c']);
});
