/** Platforms on an API server: written as the cases say, and looked at. */
import {
  LEAD_PLATFORMS,
  type LeadPlatformObject,
  CHILD_TYPES,
} from '../../../controller/leadplatform/kinds.ts';
import { isConflict, KubeError } from '../../../controller/runtime/errors.ts';
import type { Resources } from '../../../controller/runtime/resources.ts';
import { admit } from '../../../src/api/admit.ts';
import type { Case } from './cases.ts';
import type { Finding, LastWrite, Seen, SeenDeployment } from './judge.ts';
import { PERMISSIONS } from './permissions.ts';
import type { JsonMap } from './values.ts';

const options = { fieldManager: 'fuzz' } as const;
const AT_ONCE = 12;

export type ProbeResult = 'accepted' | 'refused';

/** Creates the platform, or writes another spec over the one that it has. */
export async function put(
  resources: Resources,
  namespace: string,
  name: string,
  spec: JsonMap,
): Promise<ProbeResult> {
  for (;;) {
    const before = await resources.find(LEAD_PLATFORMS, { namespace, name });
    try {
      if (before === undefined) {
        await resources.create(
          LEAD_PLATFORMS,
          {
            apiVersion: 'leadplatform.io/v1alpha1',
            kind: 'LeadPlatform',
            metadata: { name, namespace },
            spec,
          },
          options,
        );
      } else await resources.replace(LEAD_PLATFORMS, { ...before, spec }, options);
      return 'accepted';
    } catch (error) {
      // The operator has written the status meanwhile.
      if (isConflict(error)) continue;
      if (error instanceof KubeError && error.status >= 400 && error.status < 500) return 'refused';
      throw error;
    }
  }
}

/** Writes one spec of each case. What the API server refuses must be refused offline, too. */
export async function putAll(
  resources: Resources,
  namespace: string,
  cases: readonly Case[],
  which: 0 | 1 | 2,
  answers: Map<string, ProbeResult>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await inParallel(cases, async ({ name, specs }) => {
    const spec = specs[which];
    if (spec === undefined) return;
    const answer = await put(resources, namespace, name, spec);
    answers.set(name, answer);
    if (answer === 'refused' && admit({ metadata: { name }, spec }, PERMISSIONS).ok) {
      const says = 'the API server refuses the spec, and offline it is accepted';
      findings.push({ rule: 'both judges agree', name, says });
    }
  });
  return findings;
}

/** All platforms of the namespace as they are now, each with its Deployments. */
export async function look(
  resources: Resources,
  namespace: string,
  lastWrites: ReadonlyMap<string, readonly LastWrite[]>,
): Promise<readonly Seen[]> {
  const { items: platforms } = await resources.list(LEAD_PLATFORMS, { namespace });
  const { items: deployments } = await resources.list(CHILD_TYPES.Deployment, { namespace });
  return platforms.map((platform) => ({
    platform,
    deployments: deployments.filter(({ metadata }) =>
      (metadata.ownerReferences ?? []).some(({ uid }) => uid === platform.metadata.uid),
    ) as readonly SeenDeployment[],
    lastWrites: lastWrites.get(platform.metadata.name ?? '') ?? [],
  }));
}

export async function deleteAll(resources: Resources, namespace: string): Promise<void> {
  const { items } = await resources.list<LeadPlatformObject>(LEAD_PLATFORMS, { namespace });
  await inParallel(items, async ({ metadata: { name } }) => {
    await resources.delete(LEAD_PLATFORMS, { namespace, name });
  });
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items.values();
  const lane = async (): Promise<void> => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
