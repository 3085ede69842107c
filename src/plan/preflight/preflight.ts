/**
 * Before the first step of a transition: is there room for what is going to be made? A quota that is full shows only when
 * the first half is there, and connections only when workers fail. Pure; what is known is `Snapshot.headroom`.
 *
 * | asked for                                   | against                                                        |
 * |---------------------------------------------|----------------------------------------------------------------|
 * | pods, objects, volume claims, CPU, memory   | every ResourceQuota of the namespace that is for all pods      |
 * | what a LimitRange gives containers          | the same: it is filled in when a Pod is made                   |
 * | connections of both sides, at their most    | what the database allows, less what others hold                |
 *
 * Room on nodes holds nothing up: what is told of it is in `status/pods-without-room.ts`.
 */
import type { Beginning, PreflightCheck } from './check.ts';
import { connections } from './connections.ts';
import { quotas } from './quotas.ts';

/** How long a look counts; then it is looked again. */
export const PREFLIGHT_AGAIN_MS = 30_000;

/** In the order in which they are asked: the first that finds something is told. */
const CHECKS: readonly PreflightCheck[] = [quotas, connections];

/** Why nothing can be begun now, as the middle of a sentence; undefined where nothing is known against it. */
export function shortfall(beginning: Beginning): string | undefined {
  for (const check of CHECKS) {
    const found = check(beginning);
    if (found !== undefined) return found;
  }
  return undefined;
}
