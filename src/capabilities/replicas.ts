/** Replicas wanted and ready of the web side, and of workers over all queues. A pod with everything counts for both. */
import type { CapabilityContext } from './contract/context.ts';

export function replicasOf({ transitionState: { wanted } }: Pick<CapabilityContext, 'transitionState'>) {
  const web = wanted.filter(
    ({ component }) => component.role === 'ingest' || component.role === 'all-in-one',
  );
  const total = (count: (sized: (typeof wanted)[number]) => number) =>
    wanted.reduce((sum, sized) => {
      if (sized.component.role === 'ingest') return sum;
      return (
        sum + count(sized) * (sized.component.role === 'all-in-one' ? sized.component.workers.length : 1)
      );
    }, 0);
  return {
    web: { wanted: web[0]?.wanted ?? 0, ready: web[0]?.live?.ready ?? 0 },
    workers: { wanted: total((sized) => sized.wanted), ready: total(({ live }) => live?.ready ?? 0) },
  };
}
