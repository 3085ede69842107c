/**
 * Stands between a socket and the driver that listens to it:
 *
 *     guard(socket, 'Redis at cache:6379', 'redis');
 *
 * The driver gets whole frames that were checked. A bad one, or a throw of the driver at a good one, closes this connection,
 * with the sentence that the reading then has.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { SourceFailure } from '../failure.ts';
import { HttpReplies } from './http.ts';
import { PostgresReplies } from './postgres.ts';
import { RedisReplies } from './redis.ts';
import { BadReply, type Replies } from './replies.ts';

export type Protocol = 'postgres' | 'redis' | 'http';

/** @param what What was asked, such as `Postgres at db:5432`. */
export type Guard = (socket: Socket, what: string, protocol: Protocol) => void;

/** How long a server may take to hang up after us. */
const GOODBYE_MS = 2_000;

const REPLIES: Readonly<Record<Protocol, (isEncrypted: boolean) => Replies>> = {
  postgres: (isEncrypted) => new PostgresReplies(isEncrypted),
  redis: () => new RedisReplies(),
  http: () => new HttpReplies(),
};

type Emit = (event: string | symbol, ...args: readonly unknown[]) => boolean;
type Push = (chunk: Buffer | null, ...rest: readonly unknown[]) => boolean;
type Write = (chunk: Buffer, ...rest: readonly unknown[]) => boolean;
type End = (...args: readonly unknown[]) => Socket;

export const guard: Guard = (socket, what, protocol) => guardSocket(socket, what, protocol, () => undefined);

/** A guard that tells before it looks at an answer, to know what a process hangs at. */
export function guardThatTells(tell: (what: string) => void): Guard {
  return (socket, what, protocol) => guardSocket(socket, what, protocol, tell);
}

function guardSocket(socket: Socket, what: string, protocol: Protocol, tell: (what: string) => void): void {
  const replies = REPLIES[protocol](socket instanceof TLSSocket);
  const emit = socket.emit.bind(socket) as Emit;
  const push = socket.push.bind(socket) as Push;
  const end = socket.end.bind(socket) as End;
  const answerOf = `reading an answer of ${what}`;
  let isClosed = false;
  const close = (error?: SourceFailure): void => {
    isClosed = true;
    socket.destroy(error);
  };
  // The other listeners may be gone by now, and an error without a listener ends the process.
  socket.on('error', () => undefined);
  let goodbye: NodeJS.Timeout | undefined;
  socket.once('close', () => clearTimeout(goodbye));

  /** Hands on what may go on. False where the connection is closed. */
  const deliver = (bytes: Buffer, handOn: (whole: Buffer) => boolean): boolean => {
    if (isClosed) return false;
    tell(answerOf);
    try {
      const whole = replies.received(bytes);
      const goesOn = whole === undefined || handOn(whole);
      if (replies.isOver) close();
      return goesOn;
    } catch (error) {
      close(failureOfReply(error, what));
      return false;
    }
  };
  // Of HTTP the driver reads from the stream's buffer; the others listen for data.
  if (protocol === 'http') {
    socket.push = ((chunk: Buffer | null, ...rest: readonly unknown[]) =>
      chunk === null
        ? push(chunk, ...rest)
        : deliver(chunk, (whole) => push(whole, ...rest))) as Socket['push'];
  } else {
    socket.emit = ((event, ...args) =>
      event === 'data'
        ? deliver(args[0] as Buffer, (whole) => emit('data', whole))
        : emit(event, ...args)) as Emit as Socket['emit'];
  }

  const listenToWrites = (): void => {
    const write = socket.write.bind(socket) as Write;
    socket.write = (chunk: Buffer | string, ...rest: readonly unknown[]) => {
      const bytes =
        typeof chunk === 'string'
          ? Buffer.from(chunk, typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8')
          : chunk;
      replies.sent(bytes);
      return write(bytes, ...rest);
    };
  };
  // A socket that is told to connect takes its own `write` again.
  if (socket.pending && !socket.connecting) socket.prependOnceListener('connect', listenToWrites);
  else listenToWrites();

  socket.end = (...args: readonly unknown[]) => {
    // One that never hangs up would keep the socket, and may go on to send.
    goodbye ??= setTimeout(close, GOODBYE_MS).unref();
    return end(...args);
  };
}

function failureOfReply(error: unknown, what: string): SourceFailure {
  return error instanceof BadReply
    ? new SourceFailure(error.reason, `${what} ${error.message}`)
    : new SourceFailure(
        'MalformedReply',
        `${what} sends an answer that cannot be read; is it the server that the spec means?`,
      );
}
