/** How the driver gets a socket to Redis: one whose replies are checked, to the server or to the master that a sentinel names. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { ConnectionContext } from '../connection-context.ts';
import { tlsOptions, type TlsSettings } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { failureOf } from '../failures.ts';

export type ClientOptions = RedisOptions & { replyMapping?: 'legacy' };

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A class, as the driver wants one: it makes one for each client. @param find The address, each time that it connects. */
export function connectorTo(
  what: string,
  tls: TlsSettings,
  find: () => Promise<Address>,
  { guard, addresses }: ConnectionContext,
): NonNullable<RedisOptions['Connector']> {
  return class GuardedConnector extends AbstractConnector {
    constructor({ disconnectTimeout }: { readonly disconnectTimeout: number }) {
      super(disconnectTimeout);
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      const address = await find();
      if (!this.connecting) throw new SourceFailure('SourceUnreachable', `${what} is no longer read`);
      // Also what a sentinel names: it may say anything.
      addresses.check(address.host, address.port);
      const to = { ...address, lookup: addresses.lookupFor(address.port) };
      const socket =
        tls === undefined
          ? connectTcp(to)
          : connectTls({ ...to, ...serverName(address), ...tlsOptions(tls) });
      guard(socket, what, 'redis');
      socket.once('error', (error) => (this.firstError = error));
      this.stream = socket;
      return socket;
    }
  } as unknown as NonNullable<RedisOptions['Connector']>;
}

/** Servers behind one address are told apart by the name (SNI), which an IP address is not. */
const serverName = ({ host }: Address) => (isIP(host) === 0 ? { servername: host } : {});

/** The master, as the first sentinel says that answers and knows it. Throws `SourceFailure`. */
export async function masterOf(
  sentinels: readonly Address[],
  master: string,
  tls: TlsSettings,
  options: ClientOptions,
  context: ConnectionContext,
): Promise<Address> {
  const failures: SourceFailure[] = [];
  for (const address of sentinels) {
    const what = `the sentinel at ${address.host}:${address.port}`;
    const client = new Redis({
      ...options,
      ...(tls !== undefined && { tls: tlsOptions(tls) }),
      Connector: connectorTo(what, tls, () => Promise.resolve(address), context),
    });
    const failed = (error: unknown) => failures.push(failureOfSentinel(error, what));
    client.on('error', failed);
    try {
      await client.connect();
      const found = await client.call('SENTINEL', 'get-master-addr-by-name', master);
      if (!Array.isArray(found)) continue;
      const [host, port] = found as readonly unknown[];
      if (typeof host === 'string' && Number(port) > 0) return { host, port: Number(port) };
    } catch (error) {
      // The next one may know.
      failed(error);
    } finally {
      client.disconnect();
    }
  }
  // What a credential is wrong by can be cured; one that is away says little.
  const [first] = [...failures.filter(({ reason }) => reason.startsWith('Credential')), ...failures];
  if (first !== undefined) throw first;
  throw new SourceFailure(
    'SourceUnreachable',
    `Redis master ${master} of the sentinels cannot be found: no sentinel names a master`,
  );
}

/** A password of the server is not that of its sentinels. */
function failureOfSentinel(error: unknown, what: string): SourceFailure {
  const failure = failureOf(error, what);
  if (failure.reason !== 'CredentialMissing') return failure;
  return new SourceFailure(
    failure.reason,
    `${what} asks for a password; give stores.redis.sentinel.secretRef`,
  );
}
