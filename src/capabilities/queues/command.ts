/** The connection that a worker's own command names: it cannot follow a move. */
import { workerComponents } from '../../api/components.ts';
import type { LeadPlatformSpec } from '../../api/schema/leadplatform.ts';
import type { CapabilityContext } from '../contract/context.ts';
import type { QueueServer } from './server.ts';

/** The connections that commands of the spec name, by queue. */
export function connectionsNamed(spec: LeadPlatformSpec): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const { queue, settings } of workerComponents(spec)) {
    // Also in a line for a shell.
    const words = (settings.command ?? []).flatMap((word) => word.split(/\s+/));
    const next = words[words.indexOf('queue:work') + 1];
    if (words.includes('queue:work') && next !== undefined && /^\w[\w.-]*$/.test(next))
      named.set(queue, next);
  }
  return named;
}

/** Queues of which a command names another connection than that of one of the servers. */
export function namesAnother({ spec }: CapabilityContext, servers: readonly QueueServer[]): boolean {
  const named = [...new Set(connectionsNamed(spec).values())];
  return servers.some(
    ({ connection }) => connection !== undefined && named.some((name) => name !== connection),
  );
}
