/**
 * Laravel's queue on RabbitMQ, as the driver laravel-queue-rabbitmq has it: durable queues of the queue's own name, a job
 * for later in `<queue>.delay.<ms>`, from where it goes to its queue when its time is over, and the number of attempts in a
 * header. A job is acknowledged when it is done; what its worker takes to the grave goes to the next one.
 *
 * Where it differs on purpose: a job that comes again because its worker died counts as one attempt more.
 */
import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
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
const CONNECT_TIMEOUT_MS = 3_000;

export class RabbitmqQueue implements QueueConnection {
  readonly name = 'rabbitmq';
  readonly #server: RabbitmqServer;
  readonly #patience: 'requests' | 'jobs';
  #opening: Promise<ConfirmChannel> | undefined;
  #model: ChannelModel | undefined;
  #declared = new Set<string>();
  #closed = false;

  constructor(server: RabbitmqServer, patience: 'requests' | 'jobs') {
    this.#server = server;
    this.#patience = patience;
  }

  push(queue: string, payload: string): Promise<void> {
    return this.#publish(queue, payload, 0);
  }

  later(queue: string, delaySeconds: number, payload: string): Promise<void> {
    return this.#publishLater(queue, delaySeconds, payload, 0);
  }

  async pop(queue: string): Promise<ReservedJob | undefined> {
    const channel = await this.#channel();
    await this.#declare(channel, queue);
    const message = await channel.get(queue, { noAck: false });
    if (message === false) return undefined;
    const text = message.content.toString();
    const before = attemptsIn(message.properties.headers) + (message.fields.redelivered ? 1 : 0);
    const attempts = before + 1;
    // On the channel that it came by: with another one it comes again by itself.
    const acknowledge = () => channel.ack(message);
    return {
      queue,
      text,
      payload: readPayload(text),
      attempts,
      delete: async () => acknowledge(),
      release: async (delaySeconds) => {
        if (delaySeconds > 0) await this.#publishLater(queue, delaySeconds, text, attempts);
        else await this.#publish(queue, text, attempts);
        acknowledge();
      },
    };
  }

  async size(queue: string): Promise<number> {
    const channel = await this.#channel();
    await this.#declare(channel, queue);
    return (await channel.checkQueue(queue)).messageCount;
  }

  async close(): Promise<void> {
    this.#closed = true;
    // What was acknowledged last is on its way until the channel is closed in order.
    await this.#model?.close().catch(() => undefined);
  }

  async #publish(queue: string, payload: string, attempts: number): Promise<void> {
    const channel = await this.#channel();
    await this.#declare(channel, queue);
    await this.#send(channel, queue, payload, attempts);
  }

  async #publishLater(queue: string, seconds: number, payload: string, attempts: number): Promise<void> {
    const ttl = Math.ceil(seconds) * 1_000;
    if (ttl <= 0) return this.#publish(queue, payload, attempts);
    const channel = await this.#channel();
    await this.#declare(channel, queue);
    const waiting = `${queue}.delay.${ttl}`;
    await this.#declare(channel, waiting, {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': queue,
      'x-message-ttl': ttl,
      'x-expires': 2 * ttl,
    });
    await this.#send(channel, waiting, payload, attempts);
  }

  /** Back once the server has it on disk. */
  async #send(channel: ConfirmChannel, queue: string, payload: string, attempts: number): Promise<void> {
    const { promise: confirmed, resolve, reject } = Promise.withResolvers<void>();
    const lost = () => reject(new Error('RabbitMQ went away before it took the job'));
    channel.once('close', lost);
    channel.sendToQueue(
      queue,
      Buffer.from(payload),
      { persistent: true, contentType: 'application/json', headers: { [ATTEMPTS]: { attempts } } },
      (error: unknown) => (error instanceof Error ? reject(error) : resolve()),
    );
    await confirmed.finally(() => channel.off('close', lost));
  }

  async #declare(channel: ConfirmChannel, queue: string, args?: Record<string, unknown>): Promise<void> {
    // A queue for later ends by itself when it has not been used for a while, so it is declared each time.
    if (args === undefined && this.#declared.has(queue)) return;
    await channel.assertQueue(queue, { durable: true, ...(args && { arguments: args }) });
    if (args === undefined) this.#declared.add(queue);
  }

  /** The channel that is open. For a request it is there soon or not at all; a worker asks again by itself. */
  #channel(): Promise<ConfirmChannel> {
    if (this.#closed) return Promise.reject(new Error('the queue is closed'));
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<ConfirmChannel> {
    const { host, port, username, password, vhost } = this.#server;
    const model = await amqp.connect(
      { protocol: 'amqp', hostname: host, port, username, password, vhost, heartbeat: 10 },
      { timeout: CONNECT_TIMEOUT_MS, clientProperties: { connection_name: `brain ${this.#patience}` } },
    );
    this.#model = model;
    this.#declared = new Set();
    const forget = () => (this.#opening = undefined);
    model.on('error', (error: Error) => log('warning', 'Losing RabbitMQ', { host, port, ...said(error) }));
    model.on('close', forget);
    const channel = await model.createConfirmChannel();
    channel.setMaxListeners(0);
    channel.on('error', () => undefined);
    channel.on('close', forget);
    await channel.prefetch(1);
    return channel;
  }
}

function attemptsIn(headers: Readonly<Record<string, unknown>> | undefined): number {
  const laravel = headers?.[ATTEMPTS];
  const attempts = (laravel as { readonly attempts?: unknown } | undefined)?.attempts;
  return typeof attempts === 'number' ? attempts : 0;
}
