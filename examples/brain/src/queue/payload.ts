/** The payload of a queued job, with the fields that Laravel and Horizon give it. */
import { randomUUID } from 'node:crypto';
import { serialise, unserialise, type PhpObject } from './php-object.ts';

export interface Payload {
  readonly uuid: string;
  readonly displayName: string;
  /** Of the job itself; null leaves it to the worker's --tries. */
  readonly maxTries: number | null;
  /** Seconds, of the job itself; null leaves it to the worker's --timeout. */
  readonly timeout: number | null;
  readonly attempts: number;
  readonly data: { readonly command: string };
}

export interface JobOptions {
  readonly maxTries?: number | undefined;
  readonly timeout?: number | undefined;
}

/** @param now Milliseconds since the epoch. */
export function payloadOf(job: PhpObject, now: number, { maxTries, timeout }: JobOptions = {}): string {
  const uuid = randomUUID();
  return JSON.stringify({
    uuid,
    displayName: job.className,
    job: 'Illuminate\\Queue\\CallQueuedHandler@call',
    maxTries: maxTries ?? null,
    maxExceptions: null,
    failOnTimeout: false,
    backoff: null,
    timeout: timeout ?? null,
    retryUntil: null,
    data: { commandName: job.className, command: serialise(job) },
    createdAt: Math.floor(now / 1_000),
    id: uuid,
    attempts: 0,
    type: 'job',
    // Horizon writes it with a fraction, as text: Redis' JSON would cut its digits.
    pushedAt: (now / 1_000).toFixed(4),
  });
}

export class NotAPayload extends Error {
  override readonly name = 'NotAPayload';
}

/** @throws NotAPayload */
export function readPayload(text: string): Payload {
  const found = JSON.parse(text) as Partial<Payload>;
  if (typeof found.uuid !== 'string' || typeof found.attempts !== 'number') {
    throw new NotAPayload('a job without uuid or attempts lies in the queue');
  }
  return {
    uuid: found.uuid,
    displayName: found.displayName ?? '',
    maxTries: found.maxTries ?? null,
    timeout: found.timeout ?? null,
    attempts: found.attempts,
    data: { command: found.data?.command ?? '' },
  };
}

/** The job inside. @throws NotSerialised */
export const jobIn = ({ data }: Payload): PhpObject => unserialise(data.command);
