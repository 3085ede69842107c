/** Every object that the platform is to have, in the order in which they are written. */
import type { Decision } from '../decide/types.ts';
import type { CapabilityName } from '../api/names.ts';
import type { LeadPlatformSpec } from '../api/schema/leadplatform.ts';
import type { Part } from '../api/parts.ts';
import { ladderOf } from '../ladder/ladder.ts';
import { built } from './built.ts';
import { disruptionBudget } from './children/budget.ts';
import { callLogJob } from './children/call-log-job.ts';
import { jobPasses } from './children/call-log-passes.ts';
import { deployment } from './children/deployment.ts';
import { serviceAccount } from './children/service-account.ts';
import { service } from './children/service.ts';
import { settings } from './children/settings.ts';
import type { Course } from './transition.ts';
import type { KubeObject, PlatformIdentity } from './types.ts';

/** What pods start with comes before them; who sends them requests comes after. */
export function desiredObjects(
  platform: PlatformIdentity,
  spec: LeadPlatformSpec,
  decision: Decision,
  { wanted, target }: Course,
): readonly KubeObject[] {
  const spread = isActive(decision, 'multiple-app-servers');
  const { name, namespace, uid } = platform;
  const child = (key: string, inputs: readonly unknown[], build: () => KubeObject) =>
    built(spec, `${uid}/${key}`, [name, namespace, ...inputs], build);
  return [
    child('account', [], () => serviceAccount(platform)),
    child('settings', [], () => settings(platform, spec)),
    ...wanted.map(({ part, replicas, startedWith }) =>
      child(part.name, [replicas, startedWith, spread], () =>
        deployment(platform, spec, part, {
          spread,
          ...(replicas !== undefined && { replicas }),
          ...(startedWith !== undefined && { startedWith }),
        }),
      ),
    ),
    child('service', [target], () => service(platform, target)),
    ...wanted
      .filter(({ part }) => spread || floorOf(spec, decision, part) >= 2)
      .map(({ part }) => child(`budget/${part.name}`, [], () => disruptionBudget(platform, part.name))),
    ...jobPasses(spec).map((pass) => child(`job/${pass.pass}`, [], () => callLogJob(platform, spec, pass))),
  ];
}

/** Called for, and nobody is asked first. */
function isActive({ capabilities }: Decision, name: CapabilityName): boolean {
  return capabilities.some((capability) => capability.name === name && capability.consent === 'Given');
}

/** The fewest replicas that the part has on its rung, by the ladder or the user. */
function floorOf(spec: LeadPlatformSpec, { tier }: Decision, part: Part): number {
  const bounds = ladderOf(spec).byName.get(tier.to)?.bounds;
  switch (part.role) {
    case 'all-in-one':
      return Math.max(bounds?.allInOne.min ?? 1, part.ingest.replicas.min ?? 0);
    case 'ingest':
      return Math.max(bounds?.ingest.min ?? 1, part.ingest.replicas.min ?? 0);
    default:
      return Math.max(bounds?.[part.role].min ?? 1, part.settings.replicas.min ?? 0);
  }
}
