/** What a person is told whose change was put back. */
import { componentOfName } from '../../kube/names.ts';
import type { Drift } from './writes.ts';

/** Fields that are named; beyond that it is no longer a sentence. */
const MOST_FIELDS = 10;

/** A number that was set by hand, what became of it, and how to hold it; undefined where that was not changed. */
export function scaledByHand(platform: string, { kind, name, scaled }: Drift): string | undefined {
  if (scaled === undefined) return undefined;
  const component = componentOfName(platform, name);
  const pin = `{component: ${component}, replicas: ${scaled.to}}`;
  return `${kind} ${name} was scaled from ${scaled.from} to ${scaled.to} by another client and is put back to ${scaled.from}; to hold ${scaled.to}, add ${pin} to spec.replicasPin.`;
}

export function driftMessage(platform: string, drift: Drift): string {
  const { kind, name, paths, scaled } = drift;
  const others = scaled === undefined ? paths : paths.filter((path) => path !== 'spec.replicas');
  const changed = `${kind} ${name} was changed by another client and is set back: ${others.slice(0, MOST_FIELDS).join(', ')}.`;
  const isSuspended = kind === 'CronJob' && paths.some((path) => path.endsWith('.suspend'));
  const stop = isSuspended ? 'To have no such jobs, set spec.callLogSync.strategy to None.' : undefined;
  return [scaledByHand(platform, drift), others.length > 0 ? changed : undefined, stop]
    .filter((sentence) => sentence !== undefined)
    .join(' ');
}
