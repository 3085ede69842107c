import type { Capability } from './contract/capability.ts';
import { ABSENT, blocked, progressing, ready, type PartialContribution } from './contract/contribution.ts';
import { replicasOf } from './replicas.ts';

/** docs/design/ladder.md: app × 3, workers × 5 over all queues together. */
const INGEST = 3;
const WORKERS = 5;

export const appInstances: Capability = {
  name: 'app-instances',
  summary: 'At least three replicas of ingest and five workers over all queues.',
  manual: {
    fields: ['spec.components.ingest', 'spec.components.sync', 'spec.components.queues', 'spec.replicasPin'],
    how: 'From the tier `scaled` on the floors are three replicas of the web side and five workers over all queues together, those of sync among them; between floor and ceiling sizes follow the load. It is Ready once as many are ready, and Blocked where bounds, pins or budgets hold them below. With `spec.scaling.floors: Measured` it has no floors: it is Ready once as many are ready as the load needs.',
    costs: 'Eight pods at least, and their database connections.',
    touches: 'The replicas of Deployments.',
    undo: 'Set the policy of `app-instances` to `Never` to have it no longer asked for; the floors belong to the tier, and go with it (`maxTier`, or `spec.tiers` with floors of your own).',
  },
  build: (context) => {
    if (!context.wanted) return ABSENT;
    const { web, workers } = replicasOf(context);
    if (context.spec.scaling.floors === 'Measured') return asNeeded(web, workers);
    if (web.wanted < INGEST || workers.wanted < WORKERS) {
      return blocked(
        'HeldBelow',
        `${INGEST} replicas of the web side and ${WORKERS} workers are needed, but bounds, pins or budgets hold them at ${web.wanted} and ${workers.wanted}; raise replicas.max or lift the pin.`,
      );
    }
    return web.ready >= INGEST && workers.ready >= WORKERS
      ? ready(`${web.ready} replicas of the web side and ${workers.ready} workers are ready.`)
      : progressing(
          'ComponentsNotReady',
          `${web.ready} of ${INGEST} replicas of the web side and ${workers.ready} of ${WORKERS} workers are ready.`,
        );
  },
};

type Replicas = ReturnType<typeof replicasOf>['web'];

/** Instances by the load, as many as there have to be. */
function asNeeded(web: Replicas, workers: Replicas): PartialContribution {
  const isReady = web.ready >= web.wanted && workers.ready >= workers.wanted;
  const have = `${web.ready} of ${web.wanted} replicas of the web side and ${workers.ready} of ${workers.wanted} workers are ready`;
  return isReady
    ? ready(`${have}, as many as the load needs (scaling.floors is Measured).`)
    : progressing('ComponentsNotReady', `${have}.`);
}
