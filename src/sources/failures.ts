/** The errors of drivers and sockets, as reasons. No driver's own message passes: it may quote data or an address's user. */
import type { UnknownReason } from '../model/reading.ts';
import { SourceFailure } from './failure.ts';

type Explanation = readonly [UnknownReason, string];

/** By a word that a server chose: an object would answer to `constructor`, too. */
const table = (rows: Readonly<Record<string, Explanation>>): ReadonlyMap<string, Explanation> =>
  new Map(Object.entries(rows));

/** `{}` is what was asked, such as `Postgres at db:5432`. */
const SYSTEM = table({
  ECONNREFUSED: ['SourceUnreachable', '{} refuses the connection; is it running, and is the port right?'],
  ECONNRESET: ['SourceUnreachable', '{} closed the connection'],
  EPIPE: ['SourceUnreachable', '{} closed the connection'],
  ENOTFOUND: ['SourceUnreachable', '{} has a host name that does not resolve; correct it'],
  EAI_AGAIN: ['SourceUnreachable', '{} has a host name that cannot be resolved now'],
  EHOSTUNREACH: ['SourceUnreachable', '{} has no route to it; is there a network policy in between?'],
  ENETUNREACH: ['SourceUnreachable', '{} has no route to it; is there a network policy in between?'],
  ETIMEDOUT: ['SourceTimeout', '{} did not answer in time'],
  UND_ERR_CONNECT_TIMEOUT: ['SourceTimeout', '{} did not accept a connection in time'],
  UND_ERR_HEADERS_TIMEOUT: ['SourceTimeout', '{} did not answer in time'],
  UND_ERR_BODY_TIMEOUT: ['SourceTimeout', '{} stopped in the middle of its answer'],
  UND_ERR_SOCKET: ['SourceUnreachable', '{} closed the connection'],
  UND_ERR_DESTROYED: ['SourceUnreachable', '{} is no longer read'],
  UND_ERR_CLOSED: ['SourceUnreachable', '{} is no longer read'],
  EPROTO: ['SourceRefused', '{} does not speak the TLS that was asked for; check tls.mode and the port'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['SourceRefused', '{} does not speak TLS on this port; check tls.mode'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'SourceRefused',
    '{} shows a self-signed certificate; give its CA in tls.secretRef',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'SourceRefused',
    '{} shows a certificate of an unknown CA; give the CA in tls.secretRef',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'SourceRefused',
    '{} shows a certificate of an unknown CA; give the CA in tls.secretRef',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'SourceRefused',
    '{} shows a certificate of an unknown CA; give the CA in tls.secretRef',
  ],
  CERT_HAS_EXPIRED: ['SourceRefused', '{} shows a certificate that has expired; renew it'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'SourceRefused',
    '{} shows a certificate for another host name; correct the host, or use tls.mode VerifyCA',
  ],
  ERR_TLS_CERT_ALTNAME_FORMAT: ['SourceRefused', '{} shows a certificate that cannot be read'],
});

/** SQLSTATE, or its class of two letters. */
const SQL = table({
  '28': ['CredentialRejected', '{} rejects the credential; correct the Secret, or pg_hba.conf'],
  '3D000': ['NotFound', '{} has no database of that name; set stores.postgres.database'],
  '3F000': ['NotFound', '{} has no schema of that name; correct the table of the signal'],
  '42P01': ['NotFound', '{} has no table of that name; set the table of the signal'],
  '42703': ['NotFound', '{} has no column of that name; set the column or condition of the signal'],
  '42501': ['SourceRefused', '{} does not let the role read this; grant it SELECT on the table'],
  '42': ['SourceRefused', '{} cannot run the query; check the types and the condition of the signal'],
  '22': ['SourceRefused', '{} cannot compute the query; check the condition of the signal'],
  '25006': ['SourceRefused', '{} was asked to write by the condition of the signal; it may only read'],
  '25': ['SourceRefused', '{} cannot run the query in a read-only transaction'],
  '53300': ['SourceRefused', '{} has no connection left; raise max_connections or use fewer'],
  '53': ['SourceRefused', '{} has no resources left'],
  '57014': [
    'SourceTimeout',
    '{} ended the query at its time-out; does the column of the signal have an index?',
  ],
  '57': ['SourceUnreachable', '{} is starting or shutting down'],
  '08': ['SourceUnreachable', '{} lost the connection'],
});

/** The first word of an error reply. */
const REDIS = table({
  WRONGPASS: ['CredentialRejected', '{} rejects the credential; correct the Secret'],
  NOAUTH: ['CredentialMissing', '{} asks for a password; give stores.redis.secretRef'],
  NOPERM: [
    'SourceRefused',
    '{} does not let the user run the command or read the key; extend its ACL to ~<prefix>* +@read +dbsize',
  ],
  WRONGTYPE: ['Suspicious', '{} keeps something else under the key; correct the prefix or the key'],
  LOADING: ['SourceUnreachable', '{} is loading its data'],
  MASTERDOWN: ['SourceUnreachable', '{} has lost its master'],
  CLUSTERDOWN: ['SourceUnreachable', '{} is down as a cluster'],
  MOVED: ['SourceRefused', '{} is a Redis Cluster, which is not read; give a single server or Sentinel'],
});

const TEXT: readonly (readonly [RegExp, Explanation])[] = [
  [/timeout|timed out/i, ['SourceTimeout', '{} did not answer in time']],
  [/does not support SSL/i, ['SourceRefused', '{} does not speak TLS; use tls.mode Disable, or turn it on']],
  [/SASL|client password/i, ['CredentialMissing', '{} asks for a password; give secretRef']],
  [/^ERR (invalid password|AUTH|Client sent AUTH)/i, ['CredentialRejected', '{} rejects the credential']],
  [/^ERR DB index|invalid DB index/i, ['NotFound', '{} has no database of that number; correct it']],
  [/^ERR max number of clients/i, ['SourceRefused', '{} has no connection left']],
  [/sentinels are unreachable/i, ['SourceUnreachable', '{} cannot be found: no sentinel names a master']],
  [/PEM|private key|key values mismatch/i, ['CredentialRejected', '{} cannot use the certificate of tls']],
  [/connection|socket|closed|terminated/i, ['SourceUnreachable', '{} closed the connection']],
];

function explain(error: Error): Explanation | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return ['SourceTimeout', '{} did not answer in time'];
  }
  if (/^[0-9A-Z]{5}$/.test(code) && !SYSTEM.has(code)) {
    return (
      SQL.get(code) ??
      SQL.get(code.slice(0, 2)) ?? ['SourceRefused', `{} refused the query (SQLSTATE ${code})`]
    );
  }
  return (
    SYSTEM.get(code) ??
    REDIS.get(/^[A-Z]+(?= )/.exec(error.message)?.[0] ?? '') ??
    (/^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_)/.test(code)
      ? (['SourceRefused', '{} cannot agree on TLS; check tls'] as const)
      : TEXT.find(([pattern]) => pattern.test(error.message))?.[1])
  );
}

/** What went wrong, as a reason and a sentence. @param what What was asked, such as `Postgres at db:5432`. */
export function failureOf(error: unknown, what: string): SourceFailure {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause instanceof SourceFailure) return cause;
    const explained = explain(cause);
    if (explained !== undefined)
      return new SourceFailure(
        explained[0],
        explained[1].replace('{}', () => what),
      );
  }
  // The name alone: a message may quote data. `TypeError` tells a fault of the operator from one of the network.
  const kind = error instanceof Error ? error.name : typeof error;
  return new SourceFailure('SourceUnreachable', `${what} could not be read (${kind})`);
}
