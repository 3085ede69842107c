/** What one user has asked of the API server, from its audit log. */
import { auditEvents, resourceOf } from '../testbed/audit-log.ts';

export interface Request {
  /** In ms since the epoch, when the API server received it. */
  readonly at: number;
  readonly verb: string;
  /** Plural, with the subresource, like `leadplatforms/status`. */
  readonly resource: string;
  /** `namespace/name`. */
  readonly object: string;
  readonly code: number;
  /** From its arrival to its answer. */
  readonly seconds: number;
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** The writes of a user that were received in `[from, to)`. */
export async function writesOf(
  auditLog: string,
  user: string,
  from: number,
  to?: number,
): Promise<Request[]> {
  return (await requestsOf(auditLog, user, from, to)).filter(({ verb }) => WRITES.has(verb));
}

/** Whatever a user asked in `[from, to)`, watches left out. */
export async function requestsOf(
  auditLog: string,
  user: string,
  from: number,
  to = Infinity,
): Promise<Request[]> {
  const found: Request[] = [];
  for await (const event of auditEvents(auditLog, [user])) {
    if (event.user?.username !== user || event.stage !== 'ResponseComplete') continue;
    const { verb, objectRef: { namespace = '', name = '' } = {} } = event;
    const at = Date.parse(event.requestReceivedTimestamp);
    if (verb === 'watch' || !(at >= from && at < to)) continue;
    found.push({
      at,
      verb,
      resource: resourceOf(event),
      object: `${namespace}/${name}`,
      code: event.responseStatus?.code ?? 0,
      seconds: (Date.parse(event.stageTimestamp) - at) / 1_000,
    });
  }
  return found;
}

/** `create deployments 3,000 · patch leadplatforms/status 1,000`, the most frequent first. */
export function countedText(requests: readonly Request[]): string {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests) {
    const what = `${verb} ${resource}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${count.toLocaleString('en-US')}`)
    .join(' · ');
}
