/** What a worker and the web side know of a queue, whichever server it lies on. */
import type { Payload } from './payload.ts';

export interface ReservedJob {
  readonly queue: string;
  /** As it lies in the queue, for the table of failed jobs. */
  readonly text: string;
  readonly payload: Payload;
  /** This one included. */
  readonly attempts: number;
  /** The job is done. */
  delete(): Promise<void>;
  /** The job goes back, to be taken again after some seconds. */
  release(delaySeconds: number): Promise<void>;
}

export interface QueueConnection {
  /** As `queue:work NAME` and QUEUE_CONNECTION have it. */
  readonly name: string;
  push(queue: string, payload: string): Promise<void>;
  later(queue: string, delaySeconds: number, payload: string): Promise<void>;
  /** Takes the oldest job that is due, and holds it. */
  pop(queue: string): Promise<ReservedJob | undefined>;
  /** As Laravel's `Queue::size`: jobs that wait, that are for later, and that are held. */
  size(queue: string): Promise<number>;
  close(): Promise<void>;
}
