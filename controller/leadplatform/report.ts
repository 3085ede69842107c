/** Says what was seen and decided: the status, when it is news, and events. */
import { isDeepStrictEqual } from 'node:util';
import { inTodaysNames } from '../../src/api/earlier-names.ts';
import { describeProblem, type Admission } from '../../src/api/admit.ts';
import type { LeadPlatformStatus, OperatorPod } from '../../src/api/schema/status.ts';
import type { PlatformEvent } from '../../src/plan/types.ts';
import { stalledStatus, statusNews, statusToWrite } from '../../src/plan/plan.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { Resources } from '../runtime/resources.ts';
import type { LeadPlatformObject } from './kinds.ts';
import { FIELD_MANAGER, LEAD_PLATFORMS } from './kinds.ts';
import type { PlatformState } from './platform-state.ts';
import type { ClusterCache } from './cluster-cache.ts';
import type { UndeclaredFields } from './undeclared-fields.ts';

export interface Reporter {
  readonly resources: Resources;
  readonly cache: ClusterCache;
  readonly events: EventRecorder;
  readonly undeclared: UndeclaredFields;
  /** The Pod that this process is; undefined outside of one. */
  readonly pod?: OperatorPod | undefined;
}

/** How often one status is tried, each time without one more field that the definition lacks: an answer names only one. */
const MOST_TRIES = 20;

/** Says it in the name of this process: each status that it writes names its Pod. */
export async function report(
  reporter: Reporter,
  platform: LeadPlatformObject,
  state: PlatformState,
  news: { readonly status: LeadPlatformStatus; readonly events: readonly PlatformEvent[] },
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const { events, undeclared, pod } = reporter;
  for (const { type, reason, message, key } of news.events)
    events.record({ about: platform, type, reason, message, key });
  const whole = { ...news.status, operator: pod };
  let status = undeclared.takenOutOf(whole, now);
  for (let tries = 1; ; tries += 1) {
    try {
      return await writeStatus(reporter, platform, state, status, now, signal);
    } catch (error) {
      if (!undeclared.learn(error, now) || tries === MOST_TRIES) throw error;
      const refused = status;
      status = undeclared.takenOutOf(whole, now);
      // What it names is not in it: the same would be refused again.
      if (isDeepStrictEqual(status, refused)) throw error;
    }
  }
}

/** Writes it where it is news. */
async function writeStatus(
  { resources, cache }: Reporter,
  platform: LeadPlatformObject,
  state: PlatformState,
  status: LeadPlatformStatus,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const before = platform.status ?? {};
  const isSettling = statusNews(before, status) === 'settling';
  state.statusSettlingSince = isSettling ? (state.statusSettlingSince ?? now) : undefined;
  const times = { writtenAt: state.statusWrittenAt, settlingSince: state.statusSettlingSince };
  const toWrite = statusToWrite(before, status, times, now);
  if (toWrite === undefined) return;
  const written = await resources.applyStatus(LEAD_PLATFORMS, platform, toWrite, {
    fieldManager: FIELD_MANAGER,
    signal,
  });
  // Another Pod's name alone brings no numbers up to date.
  if (toWrite === status) state.statusWrittenAt = now;
  cache.wrotePlatform(written);
}

/** Says what is wrong with a spec that cannot be planned: always in the status, and once in an event. */
export async function reportInvalid(
  reporter: Reporter,
  platform: LeadPlatformObject,
  state: PlatformState,
  { problems, reason }: Extract<Admission, { ok: false }>,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const message = problems.map(describeProblem).join('; ');
  const generation = platform.metadata.generation ?? 0;
  const before = inTodaysNames(platform.status ?? {});
  const status = stalledStatus(before, generation, reason, message, now);
  const isTold = platform.status?.conditions?.some(
    (condition) =>
      condition.type === 'Stalled' &&
      condition.reason === reason &&
      condition.observedGeneration === generation,
  );
  const event = { type: 'Warning', reason, message, key: `${reason}/${generation}` } as const;
  await report(reporter, platform, state, { status, events: isTold ? [] : [event] }, now, signal);
}
