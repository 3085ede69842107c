/** A Deployment that somebody paused: it takes another size, and rolls nothing out until it is resumed. */
import { isPaused } from '../../kube/workload.ts';
import type { ObservedChild } from '../../cluster/snapshot.ts';
import { liveComponent, type Observed } from '../../cluster/observed.ts';
import type { Stall } from './stall.ts';

/** Of each whose change waits for that, what waits, and who is to do what. One that has nothing to roll out waits for nobody. */
export function pausedRollouts({ snapshot, own }: Observed): readonly Stall[] {
  return [...own.values()]
    .filter(({ object }) => isPaused(object) && object.metadata.deletionTimestamp === undefined)
    .flatMap((child): readonly Stall[] => {
      const { current, updated, exists } = liveComponent(snapshot, child);
      if (!current || updated >= exists) return [];
      return [
        {
          reason: 'RolloutPaused',
          subject: child.object.metadata.name,
          message: inWords(child, updated, exists),
        },
      ];
    });
}

function inWords({ object, pausedBy }: ObservedChild, updated: number, exists: number): string {
  const { name, namespace = '' } = object.metadata;
  const who = pausedBy === undefined ? '' : `, set by ${pausedBy}`;
  return `Deployment ${name} is paused (spec.paused${who}): ${updated} of ${exists} replicas have the current template, and the others keep the one before. To resume it: kubectl -n ${namespace} rollout resume deployment/${name}`;
}
