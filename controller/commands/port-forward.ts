/**
 * A connection to a port of a Pod, through the API server and the kubelet: what `kubectl port-forward` has, without a port
 * on this machine.
 *
 *     const stream = await connectToPod(client, { namespace: 'leadplatform-system', name: 'operator-0', port: 8082 }, signal);
 *
 * A WebSocket of the protocol `v4.channel.k8s.io`, which every kubelet speaks. A message begins with the number of its channel:
 * 0 is data, in both directions, 1 is what went wrong. The first message of each channel is the number of the port.
 *
 * The right is `pods/portforward`: `get` for the hand-shake, which is a GET, and since Kubernetes 1.35 also `create`.
 */
import { Duplex } from 'node:stream';
import { Dispatcher, WebSocket } from 'undici';
import { PODS } from '../leadplatform/kinds.ts';
import type { Handshake, KubeClient } from '../runtime/client.ts';
import { pathOf } from '../runtime/resources.ts';

export interface PodPort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** The connection was not made. */
export class PortForwardError extends Error {
  override readonly name = 'PortForwardError';
  /** Of HTTP; 0 where the API server did not answer. */
  readonly status: number;

  constructor(status: number) {
    super(status === 0 ? 'the API server did not answer' : `the API server answered ${status}`);
    this.status = status;
  }
}

const PROTOCOL = 'v4.channel.k8s.io';
const DATA = 0;
const PORT_BYTES = 2;

/** A connection to a port of a Pod. Where it fails, what has come before is still to be read, and then it ends. */
export type PodConnection = Duplex & {
  /** What went wrong, in the words of the other end. */
  readonly failure: Error | undefined;
};

/** Rejects with `PortForwardError`, or the reason of the signal, which ends the connection as well. */
export async function connectToPod(
  client: Pick<KubeClient, 'handshake'>,
  { namespace, name, port }: PodPort,
  signal: AbortSignal,
): Promise<PodConnection> {
  const handshake = await client.handshake();
  signal.throwIfAborted();
  const dispatcher = new HandshakeDispatcher(handshake);
  const path = `${pathOf(PODS, namespace, name, 'portforward')}?ports=${port}`;
  // The host is no address: the dispatcher knows where the API server is, and speaks TLS with it.
  const socket = new WebSocket(`ws://kubernetes${path}`, {
    protocols: [PROTOCOL],
    headers: { ...handshake.headers },
    dispatcher,
  });
  socket.binaryType = 'arraybuffer';
  const stream = new PodStream(socket);
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
      stream.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', abort));
    const refused = () => {
      reject(new PortForwardError(dispatcher.status));
      stream.destroy();
    };
    socket.addEventListener('close', refused);
    socket.addEventListener('open', () => {
      // From now on a close is the end of the stream, of which something may still be to be read.
      socket.removeEventListener('close', refused);
      resolve(stream);
    });
    // A `close` follows.
    socket.addEventListener('error', () => undefined);
  });
}

/** Hands the request of the hand-shake over to the client's own connections; of a refusal WebSocket tells no status. */
class HandshakeDispatcher extends Dispatcher {
  /** Of the answer; 0 while there is none. */
  status = 0;
  readonly #handshake: Handshake;

  constructor(handshake: Handshake) {
    super();
    this.#handshake = handshake;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    // Of the same kind as the handler, which keeps things of its own in itself.
    const watched = Object.create(handler) as Dispatcher.DispatchHandler;
    watched.onResponseStart = (controller, status, headers, text) => {
      this.status = status;
      handler.onResponseStart?.call(watched, controller, status, headers, text);
    };
    this.#handshake.dispatch(options, watched);
    return true;
  }
}

/** Both directions of channel 0. The words of channel 1, such as that nothing listens at the port, are its end. */
class PodStream extends Duplex {
  failure: Error | undefined;
  readonly #socket: WebSocket;
  readonly #begun = new Set<number>();
  #hasEnded = false;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.addEventListener('message', ({ data }: { data: unknown }) => {
      if (data instanceof ArrayBuffer) this.#take(Buffer.from(data));
    });
    socket.addEventListener('close', () => this.#end());
    this.on('error', () => undefined);
  }

  #take(message: Buffer): void {
    const channel = message[0];
    if (channel === undefined || this.destroyed || this.#hasEnded) return;
    let content = message.subarray(1);
    if (!this.#begun.has(channel)) {
      this.#begun.add(channel);
      content = content.subarray(PORT_BYTES);
    }
    if (content.length === 0) return;
    if (channel === DATA) this.push(content);
    else {
      this.failure = new Error(content.toString('utf8'));
      this.#end();
    }
  }

  #end(): void {
    if (this.#hasEnded || this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
  }

  override _read(): void {
    // Whatever comes is pushed: an answer is short.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(DATA), chunk]));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.close();
    done(error);
  }
}
