/**
 * What an HTTP endpoint says as JSON, under the same guard as signals that are read by HTTP. Where it wants a credential, or
 * shows a certificate of a CA of its own, both come from Secrets of the platform's namespace, and are read again now and then.
 */
import type { HttpProbe } from '../../probes/probe.ts';
import { accessTo, type StoreAccess } from '../access.ts';
import { passwordInClear } from '../credentials.ts';
import type { SourceDeps } from '../deps.ts';
import type { HttpClient } from '../http/client.ts';
import type { OpenProbe } from './open-probe.ts';

/** Two platforms that ask for the same within this time get the same answer, in milliseconds. */
const SHARE_MS = 1_000;
/** Of the one store that is asked by HTTP with a credential. */
const FIELD = 'spec.stores.search';

export function probeHttp(probe: HttpProbe, deps: SourceDeps, now: () => number): OpenProbe {
  if (probe.acceptsAnything === true) {
    const { resource: client, release } = deps.pools.httpAs({ tls: { mode: 'Require' } });
    return {
      put: async () => ({ status: await client.status(probe.url, now(), SHARE_MS) }),
      close: release,
    };
  }
  const facts = async (client: HttpClient) => ({
    status: 200,
    body: await client.json(probe.url, now(), SHARE_MS),
  });
  if (probe.basicAuth === undefined && probe.ca === undefined) {
    return { put: () => facts(deps.pools.http), close: () => undefined };
  }
  if (probe.basicAuth !== undefined && !isEncrypted(probe) && probe.mayBeInClear !== true) {
    const refusal = passwordInClear(FIELD, probe.basicAuth.secret, `give ${FIELD}.url as https://`);
    return { put: () => Promise.reject(refusal), close: () => undefined };
  }
  const access = accessOf(probe, deps);
  return { put: () => access.with(facts), close: access.join() };
}

const isEncrypted = ({ url }: HttpProbe): boolean => new URL(url).protocol === 'https:';

function accessOf(probe: HttpProbe, deps: SourceDeps): StoreAccess<HttpClient> {
  const { basicAuth, ca } = probe;
  const store = {
    secretRef: basicAuth && {
      name: basicAuth.secret,
      // A user name that is known is read from nowhere.
      userKey: basicAuth.userKey ?? '',
      passwordKey: basicAuth.passwordKey,
    },
    tls: isEncrypted(probe)
      ? {
          mode: 'VerifyFull' as const,
          ...(ca && { secretRef: { name: ca.secret, caKey: ca.key, certKey: '', keyKey: '' } }),
        }
      : { mode: 'Disable' as const },
  };
  return accessTo(FIELD, store, deps, ({ user, password, tls }) =>
    deps.pools.httpAs({
      tls,
      ...(password !== undefined && { user: basicAuth?.user ?? user ?? '', password }),
    }),
  );
}
