/** Says what was seen and decided: the status, when it is news, and events. */
import { inTodaysNames } from '../../src/api/earlier-names.ts';
import { describeProblem, type Admission } from '../../src/api/admit.ts';
import type { LeadPlatformStatus, OperatorPod } from '../../src/api/schema/status.ts';
import type { PlatformEvent } from '../../src/plan/types.ts';
import { stalledStatus, statusNeedsWrite, statusNews } from '../../src/plan/plan.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { Resources } from '../runtime/resources.ts';
import type { LeadPlatformObject } from './kinds.ts';
import { FIELD_MANAGER, LEAD_PLATFORMS } from './kinds.ts';
import type { PlatformState } from './platform-state.ts';
import type { ClusterCache } from './cluster-cache.ts';

export interface Reporter {
  readonly resources: Resources;
  readonly cache: ClusterCache;
  readonly events: EventRecorder;
  /** The Pod that this process is; undefined outside of one. */
  readonly pod?: OperatorPod | undefined;
}

/** Says it in the name of this process: each status that it writes names its Pod. */
export async function report(
  { resources, cache, events, pod }: Reporter,
  platform: LeadPlatformObject,
  state: PlatformState,
  news: { readonly status: LeadPlatformStatus; readonly events: readonly PlatformEvent[] },
  now: number,
  signal: AbortSignal,
): Promise<void> {
  for (const { type, reason, message, key } of news.events)
    events.record({ about: platform, type, reason, message, key });
  const before = withToldPod(platform.status ?? {}, pod, state);
  const status = { ...news.status, operator: pod };
  const isSettling = statusNews(before, status) === 'settling';
  state.statusSettlingSince = isSettling ? (state.statusSettlingSince ?? now) : undefined;
  const times = { writtenAt: state.statusWrittenAt, settlingSince: state.statusSettlingSince };
  if (!statusNeedsWrite(before, status, times, now)) return;
  const written = await resources.applyStatus(LEAD_PLATFORMS, platform, status, {
    fieldManager: FIELD_MANAGER,
    signal,
  });
  state.statusWrittenAt = now;
  cache.wrotePlatform(written);
}

/**
 * The status, with our Pod in it once this process has written it: an API server that drops the field, whose definition of
 * LeadPlatforms is older, would be written to at every pass.
 */
const withToldPod = (
  status: LeadPlatformStatus,
  pod: OperatorPod | undefined,
  { statusWrittenAt }: PlatformState,
): LeadPlatformStatus => (statusWrittenAt === undefined ? status : { ...status, operator: pod });

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
