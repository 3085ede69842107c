/** User, password and TLS of a store, from the Secrets of the platform's own namespace. */
import type { ConnectionOptions } from 'node:tls';
import type { PostgresStore, RedisStore } from '../api/schema/stores.ts';
import { SourceFailure } from './failure.ts';
import type { ReadSecret } from './port.ts';
import { own } from '../api/own.ts';

/** `undefined`: no TLS. */
export type TlsSettings =
  | {
      readonly mode: 'Require' | 'VerifyCA' | 'VerifyFull';
      readonly ca?: string;
      readonly cert?: string;
      readonly key?: string;
    }
  | undefined;

interface Login {
  readonly user?: string;
  readonly password: string;
}

export interface Credential {
  readonly user?: string;
  readonly password?: string;
  readonly tls: TlsSettings;
  /** Of the sentinels, which have one of their own or none. */
  readonly sentinelCredential?: Login;
}

type Store = Pick<PostgresStore | RedisStore, 'secretRef' | 'tls'> & Pick<Partial<RedisStore>, 'sentinel'>;

async function read(name: string, readSecret: ReadSecret, signal: AbortSignal) {
  let data: Readonly<Record<string, string>> | undefined;
  try {
    data = await readSecret(name, signal);
  } catch {
    throw new SourceFailure('SourceUnreachable', `the Secret ${name} could not be read from the API server`);
  }
  if (data === undefined) {
    throw new SourceFailure(
      'CredentialMissing',
      `the Secret ${name} does not exist in this namespace; create it, or correct secretRef`,
    );
  }
  return data;
}

async function readTls(
  tls: NonNullable<Store['tls']>,
  readSecret: ReadSecret,
  signal: AbortSignal,
): Promise<TlsSettings> {
  const { mode, secretRef } = tls;
  if (mode === 'Disable') return undefined;
  if (secretRef === undefined) return { mode };
  const data = await read(secretRef.name, readSecret, signal);
  const ca = own(data, secretRef.caKey);
  const cert = own(data, secretRef.certKey);
  const key = own(data, secretRef.keyKey);
  if (mode !== 'Require' && !ca && !cert) {
    throw new SourceFailure(
      'CredentialMissing',
      `the Secret ${secretRef.name} has neither a CA under ${secretRef.caKey} nor a certificate under ${secretRef.certKey}; add one, or leave out tls.secretRef`,
    );
  }
  if (Boolean(cert) !== Boolean(key)) {
    throw new SourceFailure(
      'CredentialMissing',
      `the Secret ${secretRef.name} has only one of ${secretRef.certKey} and ${secretRef.keyKey}; a client certificate needs both`,
    );
  }
  return { mode, ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) };
}

/**
 * Why a password is not sent: it could be read on the way to the server, and the author of the platform may have written any
 * host.
 * @param field Where the spec names the server, like `spec.stores.postgres`.
 * @param cure What would be right for a server that has TLS, as what one does.
 */
export function passwordInClear(field: string, secret: string, cure: string): SourceFailure {
  return new SourceFailure(
    'SourceRefused',
    `the password in the Secret ${secret} would go over the network in clear, so it is not sent; ${cure}, or set ${field}.tls: {mode: Disable} if you trust the network in between`,
  );
}

/**
 * Reads what a store's connection needs. Throws `SourceFailure` with a sentence that names Secret and key, never a value.
 * @param field Where the spec names the store, like `spec.stores.postgres`.
 */
export async function readCredential(
  field: string,
  store: Store,
  readSecret: ReadSecret,
  signal: AbortSignal,
): Promise<Credential> {
  const { secretRef, sentinel } = store;
  const sent = secretRef ?? sentinel?.secretRef;
  if (store.tls === undefined && sent !== undefined)
    throw passwordInClear(
      field,
      sent.name,
      `set ${field}.tls: {} where the server has TLS, which verifies it`,
    );
  const tls = store.tls === undefined ? undefined : await readTls(store.tls, readSecret, signal);
  return {
    tls,
    ...(secretRef !== undefined && (await readLogin(secretRef, readSecret, signal))),
    ...(sentinel?.secretRef !== undefined && {
      sentinelCredential: await readLogin(sentinel.secretRef, readSecret, signal),
    }),
  };
}

async function readLogin(
  { name, userKey, passwordKey }: NonNullable<Store['secretRef']>,
  readSecret: ReadSecret,
  signal: AbortSignal,
): Promise<Login> {
  const data = await read(name, readSecret, signal);
  const password = own(data, passwordKey);
  if (!password) {
    throw new SourceFailure(
      'CredentialMissing',
      `the Secret ${name} has no value under the key ${passwordKey}; add it, or correct secretRef.passwordKey`,
    );
  }
  const user = own(data, userKey);
  return { ...(user ? { user } : {}), password };
}

type TlsOptions = Pick<
  ConnectionOptions,
  'rejectUnauthorized' | 'checkServerIdentity' | 'ca' | 'cert' | 'key'
>;

/** TLS settings as Node's `tls.connect` takes them. */
export function tlsOptions(tls: NonNullable<TlsSettings>): TlsOptions {
  const { mode, ca, cert, key } = tls;
  return {
    rejectUnauthorized: mode !== 'Require',
    // The chain alone is verified: the holder of any certificate of this CA may answer under any name.
    ...(mode === 'VerifyCA' ? { checkServerIdentity: () => undefined } : {}),
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
  };
}
