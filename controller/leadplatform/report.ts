/** Says what was seen and decided: the status, when it is news, and events. */
import type { LeadPlatformStatus } from '../../src/api/schema/status.ts';
import type { PlatformEvent } from '../../src/plan/types.ts';
import { statusNeedsWrite, statusNews } from '../../src/plan/plan.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { Resources } from '../runtime/resources.ts';
import type { LeadPlatformObject } from './kinds.ts';
import { FIELD_MANAGER, LEAD_PLATFORMS } from './kinds.ts';
import type { PlatformMemory } from './memory.ts';
import type { World } from './world.ts';

export interface Reporter {
  readonly resources: Resources;
  readonly world: World;
  readonly events: EventRecorder;
}

export async function report(
  { resources, world, events }: Reporter,
  platform: LeadPlatformObject,
  memory: PlatformMemory,
  news: { readonly status: LeadPlatformStatus; readonly events: readonly PlatformEvent[] },
  now: number,
  signal: AbortSignal,
): Promise<void> {
  for (const { type, reason, message, key } of news.events)
    events.record({ about: platform, type, reason, message, key });
  const { status: before = {} } = platform;
  const isSettling = statusNews(before, news.status) === 'settling';
  memory.statusSettlingSince = isSettling ? (memory.statusSettlingSince ?? now) : undefined;
  const times = { writtenAt: memory.statusWrittenAt, settlingSince: memory.statusSettlingSince };
  if (!statusNeedsWrite(before, news.status, times, now)) return;
  const written = await resources.applyStatus(LEAD_PLATFORMS, platform, news.status, {
    fieldManager: FIELD_MANAGER,
    signal,
  });
  memory.statusWrittenAt = now;
  world.wrotePlatform(written);
}
