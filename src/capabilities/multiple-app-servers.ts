import { childNames } from '../plan/names.ts';
import type { Capability } from './capability.ts';
import { blocked, type Contribution, gated, progressing, ready } from './contribution.ts';
import { leavingEnvironment, named, rolledOut } from './environment.ts';
import { replicasOf } from './replicas.ts';
import { overridden, partsWithout, type Site } from './site.ts';

export const multipleAppServers: Capability = {
  name: 'multiple-app-servers',
  recommendedFrom: 25_000,
  requiredFrom: 50_000,
  holdsData: false,
  relieves: ['responseTime', 'cpu', 'memory'],
  prerequisites: ['more than one node'],
  summary: 'Spreads replicas over nodes, with a disruption budget.',
  manual: {
    fields: ['spec.components.ingest.replicas', 'spec.capabilities.environment'],
    how: 'By a rolling update replicas are spread over nodes where there are several (on one node they run side by side), and a disruption budget lets a drain take a quarter of them at a time. Where `redis-cache` is in place, sessions move into Redis (`SESSION_DRIVER`), so that any replica may answer any request; who is logged in logs in once more.',
    costs: 'At least two replicas of the web side. One rolling update.',
    touches: 'The pod template and the environment of every part, and a PodDisruptionBudget each.',
    undo: 'Set the policy of `multiple-app-servers` to `Never`. Sessions go back to where the application had them, which logs people out.',
  },
  build: (site) => {
    const sessions = named(site.spec, [{ name: 'SESSION_DRIVER', value: 'redis' }]);
    if (!site.wanted) return leavingEnvironment(site, sessions);
    const pods = { spread: true };
    if (!site.isInPlace('redis-cache')) return { ...progressOf(site), pods };
    const taken = overridden(site, sessions);
    // Whoever keeps sessions elsewhere on purpose has replicas that share them all the same.
    if (taken.length > 0) return { ...progressOf(site), pods };
    const progress = progressOf(site);
    const late = partsWithout(site, sessions);
    return {
      ...(progress.state === 'Ready' ? gated([rolledOut(late)], progress) : progress),
      pods,
      env: sessions,
    };
  },
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
