import type { Capability } from './capability.ts';
import { ABSENT, blocked, progressing, ready } from './contribution.ts';
import { replicasOf } from './replicas.ts';

/** docs/design/ladder.md: app × 3, workers × 5 over all queues together. */
const INGEST = 3;
const WORKERS = 5;

export const appInstances: Capability = {
  name: 'app-instances',
  recommendedFrom: 15_000,
  requiredFrom: 100_000,
  holdsData: false,
  relieves: ['responseTime', 'queueDepth', 'cpu', 'memory'],
  summary: 'At least three replicas of ingest and five workers over all queues.',
  build: (site) => {
    if (!site.wanted) return ABSENT;
    const { web, workers } = replicasOf(site);
    if (web.wanted < INGEST || workers.wanted < WORKERS) {
      return blocked(
        'HeldBelow',
        `${INGEST} replicas of the web side and ${WORKERS} workers are called for, but bounds, pins or budgets hold them at ${web.wanted} and ${workers.wanted}; raise replicas.max or lift the pin.`,
      );
    }
    return web.ready >= INGEST && workers.ready >= WORKERS
      ? ready(`${web.ready} replicas of the web side and ${workers.ready} workers are ready.`)
      : progressing(
          'PartsNotReady',
          `${web.ready} of ${INGEST} replicas of the web side and ${workers.ready} of ${WORKERS} workers are ready.`,
        );
  },
};
