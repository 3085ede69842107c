/** What the payload of a Laravel job tells about its age. */
import type { Instant } from '../../model/reading.ts';

export interface JobHead {
  /** When the job became due, if the payload says so: when it was queued, and its delay after that. */
  readonly dueAt?: Instant;
  /** What tells the job from others. */
  readonly uuid?: string;
}

/** Beyond this a payload is not parsed. */
export const LARGEST_PAYLOAD = 65_536;
/** 2001, in seconds: what is earlier is no time at which a job was queued, but something else. */
const EARLIEST_S = 1e9;
const LATEST_S = 1e11;

/**
 * Due is Horizon's `pushedAt` (seconds with a fraction, as text), else Laravel's `createdAt` (seconds, from 12.11 on), and
 * `delay` (seconds, from 12 on) after it. A job that a worker has put back, with its backoff, keeps all three: what it
 * became due by does not stand in the payload.
 */
export function readHead(payload: string): JobHead {
  if (payload.length > LARGEST_PAYLOAD) return {};
  let job: unknown;
  try {
    job = JSON.parse(payload);
  } catch {
    return {};
  }
  if (job === null || typeof job !== 'object') return {};
  const { pushedAt, createdAt, delay, attempts, uuid } = job as Record<string, unknown>;
  const queuedAt = instantOf(pushedAt) ?? instantOf(createdAt);
  const delayMs = delayIn(delay);
  const isBack = Number(attempts) > 0;
  return {
    ...(queuedAt !== undefined && delayMs !== undefined && !isBack && { dueAt: queuedAt + delayMs }),
    ...(typeof uuid === 'string' && uuid !== '' ? { uuid } : {}),
  };
}

/** Seconds that this very job may run for, where it says so. */
export function timeoutIn(payload: string): number | undefined {
  if (payload.length > LARGEST_PAYLOAD) return undefined;
  try {
    const job: unknown = JSON.parse(payload);
    const timeout =
      job !== null && typeof job === 'object' && 'timeout' in job ? numberIn(job.timeout) : undefined;
    return timeout !== undefined && timeout > 0 ? timeout : undefined;
  } catch {
    return undefined;
  }
}

function instantOf(seconds: unknown): Instant | undefined {
  const value = numberIn(seconds);
  return value !== undefined && value >= EARLIEST_S && value <= LATEST_S ? value * 1_000 : undefined;
}

/** Milliseconds; none and a negative one are zero, as Laravel has it. `undefined` where it cannot be read. */
function delayIn(delay: unknown): number | undefined {
  if (delay === undefined || delay === null) return 0;
  const seconds = numberIn(delay);
  return seconds === undefined ? undefined : Math.max(0, seconds * 1_000);
}

function numberIn(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
