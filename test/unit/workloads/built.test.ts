import { expect, it } from 'vitest';
import { admit } from '../../../src/api/admit.ts';
import type { LeadPlatformSpec } from '../../../src/api/schema/leadplatform.ts';
import type { KubeObject, PlatformIdentity } from '../../../src/kube/object.ts';
import { built } from '../../../src/workloads/built.ts';
import { service } from '../../../src/workloads/service.ts';
import { serviceAccount } from '../../../src/workloads/service-account.ts';

function specOf(image: string): LeadPlatformSpec {
  const admission = admit({ image });
  if (!admission.ok) throw new Error('the spec is not valid');
  return admission.spec;
}

const platformOf = (name: string): PlatformIdentity => ({
  name,
  namespace: 'leads',
  uid: `uid-of-${name}`,
  generation: 1,
  annotations: {},
});

function childrenOf(platform: PlatformIdentity, spec: LeadPlatformSpec): readonly [KubeObject, KubeObject] {
  const child = (name: string, build: () => KubeObject) =>
    built(spec, { platform: platform.uid, child: name }, [platform.name], build);
  return [
    child('account', () => serviceAccount(platform)),
    child('service', () => service(platform, 'all-in-one')),
  ];
}

it('is built once, until what it is built from changes', () => {
  const spec = specOf('brain:1');
  const platform = platformOf('a');
  const of = { platform: platform.uid, child: 'service' };
  let builds = 0;
  const build = () => {
    builds += 1;
    return service(platform, 'all-in-one');
  };
  const first = built(spec, of, ['all-in-one'], build);
  expect(built(spec, of, ['all-in-one'], build)).toBe(first);
  expect(builds).toBe(1);
  expect(built(spec, of, ['ingest'], build)).toEqual(first);
  expect(builds).toBe(2);
  expect(built(specOf('brain:1'), of, ['ingest'], build)).toEqual(first);
  expect(builds).toBe(3);
});

it('has the labels and the owner of its siblings, once', () => {
  const [account, ofService] = childrenOf(platformOf('c'), specOf('brain:1'));
  expect(ofService.metadata.ownerReferences).toBe(account.metadata.ownerReferences);
  expect(ofService.metadata.labels).toBe(account.metadata.labels);
});

it('is that of its own platform, also where several have one spec', () => {
  const spec = specOf('brain:1');
  const [of, others] = [childrenOf(platformOf('a'), spec), childrenOf(platformOf('b'), spec)];
  expect(of.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual(['uid-of-a', 'uid-of-a']);
  expect(others.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual(['uid-of-b', 'uid-of-b']);
  expect(childrenOf(platformOf('a'), spec)[1]).toBe(of[1]);
});
