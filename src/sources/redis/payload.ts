/** What the payload of a Laravel job tells about its age. */
import type { Instant } from '../../signals/reading.ts';

export interface JobHead {
  /** When the job was queued, if the payload says so. */
  readonly queuedAt?: Instant;
  /** What tells the job from others. */
  readonly uuid?: string;
}

/** Beyond this a payload is not parsed. */
export const LARGEST_PAYLOAD = 65_536;
/** 2001, in seconds: what is earlier is no time at which a job was queued, but something else. */
const EARLIEST_S = 1e9;
const LATEST_S = 1e11;

/** Horizon's `pushedAt` (seconds with a fraction, as text), else Laravel's `createdAt` (seconds, from 12.11 on). */
export function readHead(payload: string): JobHead {
  if (payload.length > LARGEST_PAYLOAD) return {};
  let job: unknown;
  try {
    job = JSON.parse(payload);
  } catch {
    return {};
  }
  if (job === null || typeof job !== 'object') return {};
  const { pushedAt, createdAt, uuid } = job as Record<string, unknown>;
  const queuedAt = instantOf(pushedAt) ?? instantOf(createdAt);
  return {
    ...(queuedAt === undefined ? {} : { queuedAt }),
    ...(typeof uuid === 'string' && uuid !== '' ? { uuid } : {}),
  };
}

function instantOf(seconds: unknown): Instant | undefined {
  if (typeof seconds !== 'number' && typeof seconds !== 'string') return undefined;
  const value = Number(seconds);
  return value >= EARLIEST_S && value <= LATEST_S ? value * 1_000 : undefined;
}
