import type { Dispatcher } from 'undici';
import { FencedError, KubeError, errorFromAnswer, said } from './errors.ts';
import type { Fence } from './fence.ts';

export interface ExchangeInit {
  readonly method: string;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** For the whole exchange from the moment that it is put on the wire; with `hurry` from now. */
  readonly timeoutMs?: number | undefined;
  readonly hurry?: boolean | undefined;
  readonly fence?: Fence | undefined;
  /** Called when a successful answer begins. */
  readonly onOpen?: (() => void) | undefined;
  /** Given, a successful answer goes there piece by piece instead of into `body`. */
  readonly onData?: ((chunk: Buffer) => void) | undefined;
}

/** A failed answer's body is an explanation; more of it than this explains nothing. */
const LONGEST_ERROR_BODY = 64 * 1024;

/**
 * One request and its answer, as a handler of undici's dispatcher.
 *
 * undici calls `onRequestStart` in the same turn in which it writes the request to the socket, after all queueing and
 * connecting. That makes it the place to ask the fence: a process that was stopped with requests in its queue asks
 * again when it wakes up, and sends none of them.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly body: Promise<string>;
  status = 0;
  readonly #init: ExchangeInit;
  readonly #chunks: Buffer[] = [];
  readonly #resolve: (body: string) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #length = 0;
  #retryAfterMs: number | undefined;
  #settled = false;

  constructor(init: ExchangeInit) {
    this.#init = init;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.body = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // Of a request that could not be handed over nobody waits for the answer, and its signal may abort later.
    promise.catch(() => undefined);
    init.signal?.addEventListener('abort', this.#onAbort);
    if (init.signal?.aborted) this.#onAbort();
    else if (init.hurry === true) this.#giveUpAfter(init.timeoutMs ?? Infinity);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection.
    if (this.#settled) return controller.abort(new Error('given up'));
    const { fence } = this.#init;
    if (fence !== undefined && !fence.mayWrite()) {
      this.#fail(new FencedError());
      return controller.abort(new Error('fenced'));
    }
    const timeoutMs = Math.min(this.#init.timeoutMs ?? Infinity, fence?.remainingMs() ?? Infinity);
    if (this.#timer === undefined) this.#giveUpAfter(timeoutMs);
  }

  #giveUpAfter(timeoutMs: number): void {
    if (!Number.isFinite(timeoutMs)) return;
    this.#timer = setTimeout(
      () => this.#giveUp(this.#noAnswer('Timeout', `no answer within ${Math.round(timeoutMs)} ms`)),
      timeoutMs,
    );
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.status = status;
    if (status < 300) this.#init.onOpen?.();
    const after = Number(headers['retry-after']);
    // Its other form, a date, is not one that the API server sends.
    if (after > 0) this.#retryAfterMs = after * 1000;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return;
    const ok = this.status < 300;
    if (ok && this.#init.onData !== undefined) {
      try {
        this.#init.onData(chunk);
      } catch (error) {
        this.#giveUp(error);
      }
      return;
    }
    this.#length += chunk.length;
    if (ok || this.#length <= LONGEST_ERROR_BODY) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    const text = (this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)).toString(
      'utf8',
    );
    if (this.status < 300) {
      this.#settle();
      this.#resolve(text);
    } else {
      this.#fail(errorFromAnswer(this.#init, this.status, text, this.#retryAfterMs));
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    const code = (error as { code?: unknown }).code;
    const idle = code === 'UND_ERR_BODY_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT';
    const reason = idle ? 'Timeout' : this.#controller === undefined ? 'NotConnected' : 'Unreachable';
    this.#fail(this.#noAnswer(reason, typeof code === 'string' ? code : error.message, error));
  }

  #noAnswer(reason: string, why: string, cause?: Error): KubeError {
    const { method, path } = this.#init;
    return new KubeError({ status: 0, reason, ...said(method, path, why), cause });
  }

  readonly #onAbort = (): void => this.#giveUp(this.#init.signal?.reason);

  #giveUp(error: unknown): void {
    this.#fail(error);
    this.#controller?.abort(new Error('given up'));
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#init.signal?.removeEventListener('abort', this.#onAbort);
  }
}
