/**
 * Requests to one API server.
 *
 *     const kube = await loadKube({ kubeconfig: 'path', context: 'name' });
 *     const client = kube.client({ logger });
 *     const pod = await client.request<Pod>({ method: 'GET', path: '/api/v1/namespaces/leads/pods/brain' });
 *     const leaderClient = client.fenced(lease);     // same connections; its writes ask the lease
 *
 * What it adds to plain HTTP: a bounded pool of connections, a time-out on everything, a patient repeat where that
 * is safe, credentials that rotate, `KubeError` for whatever goes wrong, and the fence.
 */
import type { Dispatcher } from 'undici';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { pause, systemClock } from './clock.ts';
import { FencedError, KubeError, isUnauthorized, notKubernetes, undeclaredFields } from './errors.ts';
import { Exchange } from './exchange.ts';
import type { Fence } from './fence.ts';
import type { Transport } from './transport.ts';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path without query; see `pathOf`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * From the moment that it is put on the wire: waiting for a free connection does not count, except where it is
   * `urgent`. Default 30 s.
   */
  readonly timeoutMs?: number | undefined;
  /** A write that may be repeated even where the first try may have arrived. GETs are so by nature. */
  readonly idempotent?: boolean | undefined;
  /** How often it is tried again. Default 5. */
  readonly retries?: number | undefined;
  /** Skips the line: a connection of its own, outside the pool. For what must not wait behind a thousand writes. */
  readonly urgent?: boolean | undefined;
}

export interface StreamRequest {
  readonly path: string;
  readonly query?: KubeRequest['query'];
  readonly signal: AbortSignal;
  /** Without a single byte for this long the stream is taken for dead. */
  readonly idleTimeoutMs: number;
  /** Called when the server has agreed. */
  onOpen?(): void;
  onData(chunk: Buffer): void;
}

export interface Handshake {
  readonly headers: Readonly<Record<string, string>>;
  dispatch(options: Omit<Dispatcher.DispatchOptions, 'origin'>, handler: Dispatcher.DispatchHandler): void;
}

/** One answer, or one failure to get one, for metrics. `status` 0 is no answer. */
export interface RequestSample {
  readonly method: string;
  readonly status: number;
  readonly durationSeconds: number;
}

export interface ClientOptions {
  readonly onRequest?: ((sample: RequestSample) => void) | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Of requests that say nothing of their own. Default 30 s. */
  readonly timeoutMs?: number;
  /** Of requests that say nothing of their own. Default 5. */
  readonly retries?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 5;
const RETRY_BACKOFF = { baseMs: 200, maxMs: 10_000 };
/** A server that asks for more than this gets the error handed to the caller, whose queue waits better. */
const LONGEST_RETRY_AFTER_MS = 30_000;

export class KubeClient {
  readonly #transport: Transport;
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #fence: Fence | undefined;

  constructor(transport: Transport, options: ClientOptions = {}, fence?: Fence) {
    this.#transport = transport;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#fence = fence;
  }

  /** The same client, each of whose writes asks the fence right before it is put on the wire. */
  fenced(fence: Fence): KubeClient {
    return new KubeClient(this.#transport, this.#options, fence);
  }

  /** How many connections were opened so far; to see that they are shared. */
  get connectionsOpened(): number {
    return this.#transport.connectionsOpened;
  }

  /** The parsed answer. Rejects with `KubeError`, `FencedError`, or the reason of `signal`. */
  async request<T = unknown>(request: KubeRequest): Promise<T> {
    const retries = request.retries ?? this.#options.retries ?? DEFAULT_RETRIES;
    for (let attempt = 0; ; attempt++) {
      try {
        const body = await this.#once(request);
        return parsed(request, body) as T;
      } catch (error) {
        const waitMs = attempt < retries ? this.#retryAfter(request, error, attempt) : undefined;
        if (waitMs === undefined) throw error;
        await pause(this.#clock, waitMs, request.signal);
        request.signal?.throwIfAborted();
      }
    }
  }

  /** Reads an endless answer, for watches. Resolves when the server ends it; rejects like `request`. Never repeats. */
  async stream(request: StreamRequest): Promise<void> {
    const credentials = await this.#transport.credentials();
    const exchange = new Exchange({
      method: 'GET',
      path: request.path,
      signal: request.signal,
      onOpen: request.onOpen?.bind(request),
      onData: request.onData.bind(request),
    });
    this.#transport.dispatch(
      {
        method: 'GET',
        path: withQuery(request.path, request.query),
        headers: { ...credentials, accept: 'application/json' },
        headersTimeout: DEFAULT_TIMEOUT_MS,
        bodyTimeout: request.idleTimeoutMs,
      },
      exchange,
      'own',
    );
    await exchange.body;
  }

  /**
   * For a protocol that begins with a request of HTTP, such as WebSocket: the headers that prove who asks, and the way to hand
   * its first request over, on a connection of its own. Nothing is added to it: no time-out, no repeat, no fence.
   */
  async handshake(): Promise<Handshake> {
    const headers = await this.#transport.credentials();
    return {
      headers,
      dispatch: (options, handler) => this.#transport.dispatch(options, handler, 'own'),
    };
  }

  async #once(request: KubeRequest): Promise<string> {
    request.signal?.throwIfAborted();
    const fence = request.method === 'GET' ? undefined : this.#fence;
    // Asked again on the wire, which is what counts; this spares a connection from being opened in vain.
    if (fence?.mayWrite() === false) throw new FencedError();
    const headers: Record<string, string> = { ...(await this.#transport.credentials()) };
    headers['accept'] = 'application/json';
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    if (body !== null) headers['content-type'] = request.contentType ?? 'application/json';
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const started = this.#clock.now();
    const exchange = new Exchange({
      method: request.method,
      path: request.path,
      signal: request.signal,
      timeoutMs,
      hurry: request.urgent,
      fence,
    });
    const options: Omit<Dispatcher.DispatchOptions, 'origin'> = {
      method: request.method,
      path: withQuery(request.path, request.query),
      headers,
      body,
      // The exchange has a time-out for the whole; these would only round it to undici's coarse ticks.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#transport.dispatch(options, exchange, request.urgent === true ? 'own' : 'shared');
    try {
      const answer = await exchange.body;
      this.#sample(request, exchange.status, started);
      return answer;
    } catch (error) {
      if (error instanceof KubeError) this.#sample(request, error.status, started);
      // The token or certificate may have been replaced: read them again before the repeat.
      if (isUnauthorized(error)) await this.#transport.refresh();
      throw error;
    }
  }

  /** Milliseconds to wait before the next attempt; undefined where there must be none. */
  #retryAfter(request: KubeRequest, error: unknown, attempt: number): number | undefined {
    if (!(error instanceof KubeError) || error instanceof FencedError) return undefined;
    if (!mayRepeat(request, error, attempt)) return undefined;
    if (error.retryAfterMs !== undefined && error.retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
    return Math.max(error.retryAfterMs ?? 0, 0) + backoffMs(RETRY_BACKOFF, attempt, this.#options.random);
  }

  #sample(request: KubeRequest, status: number, started: number): void {
    this.#options.onRequest?.({
      method: request.method,
      status,
      durationSeconds: (this.#clock.now() - started) / 1000,
    });
  }
}

/** A page of a proxy's with the status 200 is not an answer of an API server. */
function parsed({ method, path }: KubeRequest, body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw notKubernetes(method, path);
  }
}

/**
 * | answer                        | read or idempotent | any other write |
 * |-------------------------------|--------------------|-----------------|
 * | 429; never connected          | yes                | yes: the server did nothing |
 * | 401, first time               | yes                | yes: the server did nothing |
 * | 500 for fields that the type's definition lacks | no: it says so each time | no |
 * | any other 500, 502, 503, 504  | yes                | no: it may have been done |
 * | no answer, broken connection  | yes                | no |
 * | time-out, anything else       | no                 | no |
 */
function mayRepeat(request: KubeRequest, error: KubeError, attempt: number): boolean {
  const repeatable = request.method === 'GET' || request.idempotent === true;
  switch (error.status) {
    case 429:
      return true;
    case 401:
      return attempt === 0;
    case 500:
    case 502:
    case 503:
    case 504:
      return repeatable && undeclaredFields(error).length === 0;
    case 0:
      return error.reason === 'NotConnected' || (error.reason === 'Unreachable' && repeatable);
    default:
      return false;
  }
}

function withQuery(path: string, query: KubeRequest['query']): string {
  if (query === undefined) return path;
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(String(value))}`;
  }
  return path + text;
}
