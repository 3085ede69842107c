/** Reads JSON from addresses that an author chose: no redirects, no address that is refused, bounded, never shown. */
import type { LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { AddressPolicy } from '../address/policy.ts';
import { type ConnectionContext, connectionContext } from '../connection-context.ts';
import { tlsOptions, type TlsSettings } from '../credentials.ts';
import { SourceFailure } from '../failure.ts';
import { failureOf } from '../failures.ts';
import type { Guard } from '../guard/guard.ts';
import { LARGEST_REPLY } from '../guard/replies.ts';
import { Shared } from '../shared.ts';
import type { Instant } from '../../model/reading.ts';

const TIMEOUT_MS = 5_000;
/** Larger answers are shared while they are under way, but not kept: a thousand of them would be the operator's memory. */
const LARGEST_KEPT = 16_384;

interface Answer {
  readonly json: unknown;
  readonly size: number;
}

/** The headers by which a question at `url` shows who asks. */
export type Authorize = (url: URL, now: Instant) => Readonly<Record<string, string>>;

export function basicAuth(user: string | undefined, password: string): Authorize {
  const authorization = `Basic ${Buffer.from(`${user ?? ''}:${password}`).toString('base64')}`;
  return () => ({ authorization });
}

/** How a client shows who it is, where it is for one server alone. */
export interface HttpIdentity {
  readonly authorize?: Authorize | undefined;
  readonly tls?: TlsSettings;
}

export class HttpClient {
  readonly #agent: Agent;
  readonly #authorize: Authorize | undefined;
  readonly #shared = new Shared();

  constructor(
    { authorize, tls }: HttpIdentity = {},
    { guard, addresses }: Pick<ConnectionContext, 'guard' | 'addresses'> = connectionContext(),
  ) {
    this.#authorize = authorize;
    this.#agent = new Agent({
      connect: guarded(
        { timeout: TIMEOUT_MS, allowH2: false, ...(tls && tlsOptions(tls)) },
        guard,
        addresses,
      ),
      connections: 4,
      allowH2: false,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      keepAliveTimeout: 20_000,
    });
  }

  /**
   * The JSON at `url`, shared with every caller that asks within `maxAge` milliseconds. Sends no cookie, and no credential but the
   * client's own.
   * Throws `SourceFailure`; its message names the host, never the path, the query or what was answered.
   */
  async json(url: string, now: Instant, maxAge: number): Promise<unknown> {
    const { json } = await this.#shared.get(
      url,
      now,
      maxAge,
      () => this.#fetch(new URL(url), now),
      ({ size }) => size <= LARGEST_KEPT,
    );
    return json;
  }

  /**
   * The status that `url` answers with, redirects and pages that are missing included, shared like the JSON. Throws
   * `SourceFailure` where nothing answers, or an error of the server (5xx).
   */
  status(url: string, now: Instant, maxAge: number): Promise<number> {
    return this.#shared.get(`HEAD ${url}`, now, maxAge, async () => {
      const { what, ask } = this.#question(new URL(url), 'HEAD', now);
      try {
        const { statusCode, body } = await ask();
        body.on('error', () => undefined).destroy();
        // One that does not know HEAD is there, too.
        if (statusCode >= 500 && statusCode !== 501)
          throw new SourceFailure('SourceRefused', `${what} answers with HTTP ${statusCode}`);
        return statusCode;
      } catch (error) {
        throw failureOf(error, what);
      }
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #question(url: URL, method: 'GET' | 'HEAD', now: Instant) {
    const ask = () =>
      this.#agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          accept: method === 'GET' ? 'application/json' : '*/*',
          'user-agent': 'leadplatform-operator',
          ...this.#authorize?.(url, now),
        },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    return { what: `the HTTP endpoint at ${url.host}`, ask };
  }

  async #fetch(url: URL, now: Instant): Promise<Answer> {
    const { what, ask } = this.#question(url, 'GET', now);
    try {
      const { statusCode, body } = await ask();
      if (statusCode !== 200) {
        // Unread, it would keep the connection.
        body.on('error', () => undefined).destroy();
        throw refusal(statusCode, what, this.#authorize !== undefined);
      }
      return parse(await readBounded(body, what), what);
    } catch (error) {
      throw failureOf(error, what);
    }
  }
}

/** Connects as the driver does, where that is let, and puts the guard before it hears of the socket. */
function guarded(
  options: buildConnector.BuildOptions,
  guard: Guard,
  addresses: AddressPolicy,
): buildConnector.connector {
  // A connector keeps sessions of TLS: one for each lookup, of which there are two.
  const connectors = new Map<LookupFunction, buildConnector.connector>();
  const connectorWith = (lookup: LookupFunction): buildConnector.connector => {
    const connector = connectors.get(lookup) ?? buildConnector({ ...options, lookup });
    connectors.set(lookup, connector);
    return connector;
  };
  return (to, callback) => {
    const port = Number(to.port) || (to.protocol === 'https:' ? 443 : 80);
    try {
      addresses.check(to.hostname, port);
    } catch (error) {
      return callback(error as SourceFailure, null);
    }
    return connectorWith(addresses.lookupFor(port))(to, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      guard(socket, `the HTTP endpoint at ${to.host ?? to.hostname}`, 'http');
      callback(null, socket);
    });
  };
}

function refusal(status: number, what: string, knowsUs: boolean): SourceFailure {
  if (status >= 300 && status < 400) {
    return new SourceFailure(
      'Redirected',
      `${what} redirects, which is not followed; give the address that answers by itself`,
    );
  }
  if (knowsUs && (status === 401 || status === 403)) {
    return new SourceFailure(
      'CredentialRejected',
      `${what} refuses the credential (HTTP ${status}); correct user and password in the Secret`,
    );
  }
  if (status === 401 || status === 403) {
    return new SourceFailure(
      'SourceRefused',
      `${what} asks for a credential (HTTP ${status}), and none is sent`,
    );
  }
  if (status === 404) {
    return new SourceFailure('NotFound', `${what} knows no such path (HTTP 404); correct the URL`);
  }
  return new SourceFailure('SourceRefused', `${what} answered with HTTP ${status}`, status);
}

async function readBounded(body: AsyncIterable<Buffer>, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_REPLY) {
      throw new SourceFailure(
        'TooLarge',
        `${what} answered with more than 1 MB; give an address that says less`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The marks that bytes of UTF-16 begin with; that of UTF-8 the decoder takes away by itself. */
const MARKS = new Map([
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]);

function parse(body: Buffer, what: string): Answer {
  const encoding = MARKS.get(body.subarray(0, 2).toString('hex')) ?? 'utf-8';
  const text = new TextDecoder(encoding).decode(body);
  if (text.trim() === '') throw new SourceFailure('EmptyResult', `${what} answered with nothing`);
  try {
    return { json: JSON.parse(text) as unknown, size: body.length };
  } catch {
    throw new SourceFailure('NotANumber', `${what} answered with something that is not JSON`);
  }
}
