/** What ServiceAccounts asked of the API server and were not allowed to, by its audit log. */
import { auditEvents } from '../../testbed/audit-log.ts';
import { operatorName, operatorNamespace } from '../../testbed/real/operator.ts';

export interface Audit {
  /** Requests that were answered. */
  readonly asked: number;
  /** Those that no right of theirs covered, each once, like `get /api/v1/namespaces/leads/pods`. */
  readonly forbidden: readonly string[];
}

/** Of the operator, wherever it is installed under its own name. The group is its namespace. */
export const OPERATOR = /^system:serviceaccount:([^:]+):leadplatform-operator$/;

// A quota that is full and a namespace that is on its way out answer 403 too, to whoever may.
const DECISION = 'authorization.k8s.io/decision';
const BINDINGS = new Set(['rolebindings', 'clusterrolebindings']);

/**
 * Reads the log from its beginning. What an operator asks for while it is being uninstalled does not count: its rights may
 * go before its pods. Nor does what it was allowed at another time: an API server that has just been started refuses
 * everybody until it has read the roles.
 */
export async function auditOf(log: string, who: RegExp): Promise<Audit> {
  const forbidden = new Map<string, string>();
  const allowed = new Set<string>();
  const uninstalled = new Set<string>();
  let asked = 0;
  for await (const event of auditEvents(log, ['"system:serviceaccount:', 'rolebindings"'])) {
    if (event.stage !== 'ResponseComplete') continue;
    const { verb, requestURI, user: { username = '' } = {}, objectRef = {}, annotations = {} } = event;
    const { resource = '', name = '', namespace = operatorNamespace } = objectRef;
    if (BINDINGS.has(resource) && name.includes(operatorName)) {
      if (verb === 'delete') uninstalled.add(releaseOf(namespace));
      if (verb === 'create') uninstalled.delete(releaseOf(namespace));
    }
    const [, account = ''] = who.exec(username) ?? [];
    if (account === '') continue;
    asked += 1;
    // Of a path: that of a watch says where it goes on, and is another one each time.
    const key = `${account} ${verb} ${pathOf(requestURI)}`;
    if (annotations[DECISION] === 'allow') allowed.add(key);
    if (annotations[DECISION] === 'forbid' && !uninstalled.has(releaseOf(account)))
      forbidden.set(`${verb} ${requestURI}`, key);
  }
  return { asked, forbidden: [...forbidden].filter(([, key]) => !allowed.has(key)).map(([what]) => what) };
}

const pathOf = (uri: string) => uri.replace(/\?.*$/, '');
/** A binding is in the namespace that is watched or in that of the operator, and they go one after the other. */
const releaseOf = (namespace: string) => namespace.replace(/-operator$/, '');
