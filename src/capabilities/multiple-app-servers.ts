import { childNames } from '../plan/names.ts';
import type { Capability } from './capability.ts';
import { ABSENT, blocked, type Contribution, progressing, ready } from './contribution.ts';
import { replicasOf } from './replicas.ts';
import type { Site } from './site.ts';

export const multipleAppServers: Capability = {
  name: 'multiple-app-servers',
  recommendedFrom: 25_000,
  requiredFrom: 50_000,
  holdsData: false,
  relieves: ['responseTime', 'cpu', 'memory'],
  prerequisites: ['more than one node'],
  summary: 'Spreads replicas over nodes, with a disruption budget.',
  build: (site) => (site.wanted ? { ...progressOf(site), pods: { spread: true } } : ABSENT),
};

function progressOf(site: Site): Contribution {
  const { platform, course, live } = site;
  const { web } = replicasOf(site);
  if (web.wanted < 2) {
    return blocked(
      'HeldBelow',
      `The web side is held at ${web.wanted}, and one replica cannot be on two nodes; raise replicas.max or lift the pin.`,
    );
  }
  const budget = childNames(platform.name).part(course.target);
  if (live('PodDisruptionBudget', budget) === undefined) {
    return progressing('BudgetMissing', `PodDisruptionBudget/${budget} is not there yet.`);
  }
  return web.ready >= 2
    ? ready(
        'Replicas are spread over nodes where there are several, and a drain takes a quarter of them at a time.',
      )
    : progressing('PartsNotReady', `${web.ready} of ${web.wanted} replicas of the web side are ready.`);
}
