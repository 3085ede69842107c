/**
 * Controllers of engines and Gateways for as long as a test runs: whatever comes into its namespace, or is changed there, is
 * told to be well (`engine-driver.ts`). That component is simulated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CHILD_TYPES } from '../../../controller/leadplatform/kinds.ts';
import type { Resources } from '../../../controller/runtime/resources.ts';
import type { DrivenKind, Otherwise } from '../../fixtures/engine-status.ts';
import { drive } from './engine-driver.ts';

const KINDS = ['Cluster', 'RabbitmqCluster', 'Elasticsearch', 'HTTPRoute'] as const satisfies DrivenKind[];
const PAUSE_MS = 500;

/** `otherwise`: what is said of a kind beyond that it is well. Returns what ends it. */
export function playControllers(
  resources: Resources,
  namespace: string,
  otherwise: Partial<Record<DrivenKind, Otherwise>>,
): () => Promise<void> {
  const stopping = new AbortController();
  const told = new Set<string>();
  const look = async () => {
    for (const kind of KINDS) {
      const { items } = await resources.list(CHILD_TYPES[kind], { namespace });
      for (const { metadata } of items) {
        const version = `${metadata.uid}@${metadata.generation}`;
        if (told.has(version)) continue;
        await drive(kind, namespace, metadata.name ?? '', otherwise[kind] ?? {});
        told.add(version);
      }
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      // What was deleted between two looks is gone; everything else is tried again.
      await look().catch(() => undefined);
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await running;
  };
}
