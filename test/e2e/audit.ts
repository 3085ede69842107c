/** What ServiceAccounts asked of the API server and were not allowed to, by its audit log. */
import { auditEvents } from '../../testbed/audit-log.ts';

export interface Audit {
  /** Requests that were answered. */
  readonly asked: number;
  /** Those that no right of theirs covered, each once, like `get /api/v1/namespaces/leads/pods`. */
  readonly forbidden: readonly string[];
}

/** Of the operator, wherever it is installed under its own name. */
export const OPERATOR = /^system:serviceaccount:[^:]+:leadplatform-operator$/;

// A quota that is full and a namespace that is on its way out answer 403 too, to whoever may.
const DECISION = 'authorization.k8s.io/decision';
const BINDINGS = new Set(['rolebindings', 'clusterrolebindings']);

/**
 * Reads the log from its beginning. What an operator asks for while it is being uninstalled does not count: its rights may
 * go before its pods. Nor does what it was allowed at another time: an API server that has just been started refuses
 * everybody until it has read the roles.
 */
export async function auditOf(log: string, who: RegExp): Promise<Audit> {
  const forbidden = new Set<string>();
  const allowed = new Set<string>();
  let asked = 0;
  let uninstalled = false;
  for await (const event of auditEvents(log, ['"system:serviceaccount:', 'rolebindings"'])) {
    if (event.stage !== 'ResponseComplete') continue;
    const { verb, requestURI, user: { username = '' } = {}, objectRef = {}, annotations = {} } = event;
    if (
      BINDINGS.has(objectRef.resource ?? '') &&
      objectRef.name?.startsWith('leadplatform-operator') === true
    ) {
      if (verb === 'delete') uninstalled = true;
      if (verb === 'create') uninstalled = false;
    }
    if (!who.test(username)) continue;
    asked += 1;
    // Of a path: that of a watch says where it goes on, and is another one each time.
    if (annotations[DECISION] === 'allow') allowed.add(`${verb} ${pathOf(requestURI)}`);
    if (annotations[DECISION] === 'forbid' && !uninstalled) forbidden.add(`${verb} ${requestURI}`);
  }
  return { asked, forbidden: [...forbidden].filter((one) => !allowed.has(pathOf(one))) };
}

const pathOf = (uri: string) => uri.replace(/\?.*$/, '');
