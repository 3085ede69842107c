/** What is made of a run: whether it ended by itself, was blocked, or grew. Pure. */
import type { Pulse } from './reader-process.ts';
import type { Protocol, Said } from './servers.ts';

export interface Run {
  readonly protocol: Protocol;
  readonly isGuarded: boolean;
  readonly said: Said;
  readonly pulses: readonly Pulse[];
  /** How the process ended by itself, or was found to hang; undefined where it read until it was told to stop. */
  readonly ended: string | undefined;
  readonly seconds: number;
}

export interface Verdict {
  /** What did not hold, each a sentence. */
  readonly failures: readonly string[];
  readonly longestBlockMs: number;
  /** Resident memory in the middle of the second fifth and of the last, in bytes. */
  readonly early: number;
  readonly late: number;
}

const LONGEST_BLOCK_MS = 200;
/** What a heap may wander by. */
const FLAT = { share: 1.1, bytes: 16e6 };

export function judged({ said, pulses, ended }: Run, wanted: number): Verdict {
  const fifth = (index: number): number => {
    const size = pulses.length / 5;
    return median(pulses.slice(Math.floor(index * size), Math.max(1, Math.floor((index + 1) * size))));
  };
  const [early, late] = [fifth(1), fifth(4)];
  // The first pulse is of a process that compiles what it loaded.
  const longestBlockMs = Math.max(0, ...pulses.slice(1).map(({ blockedMs }) => blockedMs));
  const failures = [
    ended,
    ended === undefined && said.replies < wanted ? `only ${said.replies} replies were read` : undefined,
    said.wellFormed * 2 < said.replies
      ? 'fewer than half were well-formed and came after the login'
      : undefined,
    longestBlockMs > LONGEST_BLOCK_MS
      ? `the event loop was blocked for ${Math.round(longestBlockMs)} ms`
      : undefined,
    late > Math.max(early * FLAT.share, early + FLAT.bytes)
      ? `memory grew from ${megabytes(early)} to ${megabytes(late)}`
      : undefined,
  ].filter((failure) => failure !== undefined);
  return { failures, longestBlockMs, early, late };
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

function median(pulses: readonly Pulse[]): number {
  const sorted = pulses.map(({ resident }) => resident).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
