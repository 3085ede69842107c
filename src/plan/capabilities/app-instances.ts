import { blocked, progressing, ready, replicasOf, type Reporter } from './report.ts';

/** docs/design/ladder.md: app × 3, workers × 5 over all queues together. */
const INGEST = 3;
const WORKERS = 5;

export const appInstances: Reporter = (context) => {
  const { web, workers } = replicasOf(context);
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
};
