/**
 * Laravel's queue on RabbitMQ, as the driver laravel-queue-rabbitmq has it: durable queues of the queue's own name, a job
 * for later in `<queue>.delay.<ms>`, from where it goes to its queue when its time is over, and the number of attempts in a
 * header. A job is acknowledged when it is done; what its worker takes to the grave goes to the next one.
 *
 * Where it differs on purpose: a job that comes again because its worker died counts as one attempt more.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import amqp, { type ChannelModel, type ConfirmChannel, type Message } from 'amqplib';
import { log, said } from '../log.ts';
import { readPayload } from './payload.ts';
import type { QueueConnection, ReservedJob } from './queue.ts';

export interface RabbitmqServer {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
}

const ATTEMPTS = 'laravel';
/** An orderly goodbye needs an answer, too. */
const GOODBYE_MS = 2_000;

interface Connection {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  /** Queues that are there; as far as we know. */
  readonly declared: Set<string>;
  /** By message, what is told when it comes back. */
  readonly returned: Map<string, () => void>;
  isOpen: boolean;
}

export class RabbitmqQueue implements QueueConnection {
  readonly name = 'rabbitmq';
  readonly #server: RabbitmqServer;
  readonly #patience: 'requests' | 'jobs';
  readonly #answerMs: number;
  #opening: Promise<Connection> | undefined;
  #closed = false;

  /** @param answerMs How long a request waits for an answer. A worker waits until the heartbeat says that the server is away. */
  constructor(server: RabbitmqServer, patience: 'requests' | 'jobs', answerMs: number) {
    this.#server = server;
    this.#patience = patience;
    this.#answerMs = answerMs;
  }

  push(queue: string, payload: string): Promise<void> {
    return this.#publish(queue, 0, payload, 0);
  }

  later(queue: string, delaySeconds: number, payload: string): Promise<void> {
    return this.#publish(queue, delaySeconds, payload, 0);
  }

  async pop(queue: string): Promise<ReservedJob | undefined> {
    const connection = await this.#connection();
    const { channel } = connection;
    await declare(connection, queue);
    const message = await channel.get(queue, { noAck: false });
    if (message === false) return undefined;
    const text = message.content.toString();
    const payload = readPayload(text);
    const attempts = attemptsIn(message.properties.headers) + (message.fields.redelivered ? 1 : 0) + 1;
    // Only on the channel that it came by. Once that is gone the server gives the job to somebody else, whatever we say.
    const isOurs = () => {
      if (!connection.isOpen)
        log('warning', 'Leaving a job to another worker, for RabbitMQ went away', { queue });
      return connection.isOpen;
    };
    return {
      queue,
      text,
      payload,
      attempts,
      delete: async () => {
        if (isOurs()) channel.ack(message);
      },
      release: async (delaySeconds) => {
        if (!isOurs()) return;
        await this.#publish(queue, delaySeconds, text, attempts);
        if (isOurs()) channel.ack(message);
      },
    };
  }

  /** As the driver has it: jobs that wait. Those for later lie in other queues, and those that are held in none. */
  async size(queue: string): Promise<number> {
    return this.#answered(async () => {
      const connection = await this.#connection();
      await declare(connection, queue);
      return (await connection.channel.checkQueue(queue)).messageCount;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const goodbye = this.#opening?.then(leave).catch(() => undefined);
    // One that hangs keeps nobody.
    if (goodbye !== undefined) await Promise.race([goodbye, delay(GOODBYE_MS)]);
  }

  /** Back once the server has it on disk. */
  async #publish(queue: string, seconds: number, payload: string, attempts: number): Promise<void> {
    const ttl = Math.ceil(seconds) * 1_000;
    await this.#answered(async () => {
      const connection = await this.#connection();
      await declare(connection, queue);
      const into = ttl > 0 ? await declareForLater(connection, queue, ttl) : queue;
      if (await send(connection, into, payload, attempts)) return;
      // Somebody has deleted the queue since.
      connection.declared.delete(queue);
      throw new Error(`RabbitMQ has no queue ${into} any more`);
    });
  }

  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#patience === 'jobs') return ask();
    const late = new AbortController();
    const timeout = delay(this.#answerMs, undefined, { signal: late.signal }).then(() => {
      throw new Error('RabbitMQ does not answer');
    });
    try {
      return await Promise.race([ask(), timeout]);
    } finally {
      timeout.catch(() => undefined);
      late.abort();
    }
  }

  /** The connection that is open. For a request it is there soon or not at all; a worker asks again by itself. */
  #connection(): Promise<Connection> {
    if (this.#closed) return Promise.reject(new Error('the queue is closed'));
    if (this.#opening === undefined) {
      const opening = this.#open(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
      this.#opening = opening;
    }
    return this.#opening;
  }

  /** @param forget Called when there is no connection, or no longer. */
  async #open(forget: () => void): Promise<Connection> {
    const { host, port, username, password, vhost } = this.#server;
    try {
      const model = await amqp.connect(
        { protocol: 'amqp', hostname: host, port, username, password, vhost, heartbeat: 10 },
        { timeout: this.#answerMs, clientProperties: { connection_name: `brain ${this.#patience}` } },
      );
      model.on('error', (error: Error) => log('warning', 'Losing RabbitMQ', { host, port, ...said(error) }));
      const channel = await model.createConfirmChannel();
      const returned: Connection['returned'] = new Map();
      const connection: Connection = { model, channel, declared: new Set(), returned, isOpen: true };
      const ended = () => {
        if (!connection.isOpen) return;
        connection.isOpen = false;
        forget();
        // Of the two, one may have ended alone.
        model.close().catch(() => undefined);
      };
      model.on('close', ended);
      channel.setMaxListeners(0);
      channel.on('error', () => undefined);
      channel.on('close', ended);
      channel.on('return', ({ properties }: Message) => returned.get(String(properties.messageId))?.());
      return connection;
    } catch (error) {
      forget();
      throw error;
    }
  }
}

/**
 * The channel first: what was acknowledged last goes the same way before its goodbye. That of the connection would overtake
 * it, and the server would give the job to the next worker.
 */
async function leave({ model, channel }: Connection): Promise<void> {
  await channel.close();
  await model.close();
}

async function declare({ channel, declared }: Connection, queue: string): Promise<void> {
  if (declared.has(queue)) return;
  await channel.assertQueue(queue, { durable: true });
  declared.add(queue);
}

/** The queue from which jobs go to their own when they are due. Unused for long it ends by itself: declared each time. */
async function declareForLater({ channel }: Connection, queue: string, ttl: number): Promise<string> {
  const waiting = `${queue}.delay.${ttl}`;
  const args = {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': queue,
    'x-message-ttl': ttl,
    'x-expires': 2 * ttl,
  };
  await channel.assertQueue(waiting, { durable: true, arguments: args });
  return waiting;
}

/** False when there is no such queue: the server confirms such a message all the same, and drops it. */
async function send(
  { channel, returned }: Connection,
  queue: string,
  payload: string,
  attempts: number,
): Promise<boolean> {
  const messageId = randomUUID();
  const { promise: confirmed, resolve, reject } = Promise.withResolvers<void>();
  let isThere = true;
  returned.set(messageId, () => (isThere = false));
  const lost = () => reject(new Error('RabbitMQ went away before it took the job'));
  channel.once('close', lost);
  try {
    const headers = { [ATTEMPTS]: { attempts } };
    channel.sendToQueue(
      queue,
      Buffer.from(payload),
      { persistent: true, mandatory: true, contentType: 'application/json', messageId, headers },
      (error: unknown) => (error instanceof Error ? reject(error) : resolve()),
    );
    await confirmed;
    return isThere;
  } finally {
    channel.off('close', lost);
    returned.delete(messageId);
  }
}

function attemptsIn(headers: Readonly<Record<string, unknown>> | undefined): number {
  const laravel = headers?.[ATTEMPTS];
  const attempts = (laravel as { readonly attempts?: unknown } | undefined)?.attempts;
  return typeof attempts === 'number' ? attempts : 0;
}
