/** When a server that is left has nothing in it, and when it has been so for long enough that nothing can come any more. */
import { isoTime } from '../../text/time.ts';
import type { Instant } from '../../model/reading.ts';
import type { CapabilityContext } from '../contract/context.ts';
import { callLogsSince } from './migration-state.ts';
import { QUEUE_CAPABILITIES, type QueueServer, type ServerName } from './server.ts';

/** How long a web pod that was told to go may still put jobs into the old server, beyond its drain time: its grace period. */
const LAST_WORDS_MS = 15_000;

export interface Drained {
  /** Nothing is left in them, and no pass over the call logs that was begun before is under way. */
  readonly isDrained: (names: readonly ServerName[]) => boolean;
  /** They have been looked at since nothing could come any more. */
  readonly isQuiet: (names: readonly ServerName[]) => boolean;
  /** From when on nothing can come any more. */
  readonly quietAt: Instant;
  /** Why they are not drained, in words; empty where they are. */
  readonly waits: (names: readonly ServerName[]) => string;
}

export function drainedOf(context: CapabilityContext, of: (name: ServerName) => QueueServer): Drained {
  const { spec, observed } = context;
  const seen = stepSeen(context);
  const isBeyondDrain = seen?.isBeyondDrain === true;
  const isEmpty = (name: ServerName) => of(name).backlog?.jobs === 0;
  const areJobsOver = isBeyondDrain || callLogsSince(context, seen?.since ?? observed.now);
  const quiet = LAST_WORDS_MS + spec.components.ingest.drainTime;
  const quietAt = (isBeyondDrain ? seen.since : observed.now) + quiet;
  const wasSeenQuiet = (name: ServerName) => (of(name).backlog?.at ?? 0) >= quietAt;
  const isDrained = (names: readonly ServerName[]) => names.every(isEmpty) && areJobsOver;
  return {
    isDrained,
    isQuiet: (names) =>
      isDrained(names) && (seen?.isLast === true || (isBeyondDrain && names.every(wasSeenQuiet))),
    quietAt,
    waits: (names) => draining(names.map(of), isEmpty, areJobsOver),
  };
}

/** How far the status says that the move is: when something has been so for long enough, stands there. */
function stepSeen({ observed, now }: CapabilityContext) {
  const movers: readonly string[] = QUEUE_CAPABILITIES;
  const steps = (observed.snapshot.status.capabilities ?? [])
    .filter(({ name, step }) => movers.includes(name) && step !== undefined)
    .filter(({ step = '' }) => ['SourceDrained', 'SourceIdle', 'DrainWorkersRemoved'].includes(step));
  if (steps.length === 0) return undefined;
  const since = Math.max(...steps.map((one) => Date.parse(one.since ?? '')));
  const all = (...names: readonly string[]) => steps.every(({ step = '' }) => names.includes(step));
  return {
    since: Number.isFinite(since) && since <= now ? since : now,
    isBeyondDrain: all('SourceIdle', 'DrainWorkersRemoved'),
    isLast: all('DrainWorkersRemoved'),
  };
}

function draining(
  olds: readonly QueueServer[],
  isEmpty: (name: ServerName) => boolean,
  areJobsOver: boolean,
): string {
  const full = olds
    .filter(({ name }) => !isEmpty(name))
    .map(({ name, backlog, doubt }) => {
      if (backlog === undefined) return `it is not known what is left in ${name}: ${doubt ?? ''}`;
      const until =
        backlog.latest === undefined ? '' : `; the last one comes due at ${isoTime(backlog.latest)}`;
      return `jobs are left in ${name} and are worked off there${until}`;
    });
  if (full.length > 0) return full.join('; ');
  return areJobsOver ? '' : 'a pass over the call logs that was begun before is still under way';
}
