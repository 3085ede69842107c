/** The bounds that the schedules of a component give it: of those whose window is open, the greatest floor and the least ceiling. */
import type { Component } from '../api/components.ts';
import type { Schedule } from '../api/schema/schedules.ts';
import type { Instant } from '../model/reading.ts';
import { instant, plural } from '../text/words.ts';
import { isWorkers } from './component-sets.ts';
import { windowAt } from './schedule-window.ts';

/** One bound of a schedule whose window is open. */
interface ScheduledBound {
  readonly replicas: number;
  /** Which entry of `schedules` it is. */
  readonly index: number;
  readonly endsAt: Instant;
  /** A clause: which schedule says so, and until when. */
  readonly why: string;
}

/** What the schedules of a component say in `[since, until)`. */
export interface ScheduledBounds {
  readonly floor: ScheduledBound | undefined;
  readonly ceiling: ScheduledBound | undefined;
  readonly since: Instant;
  /** The next beginning or end of a window; infinite where there is none. */
  readonly until: Instant;
}

/** What the schedules of several components say, in their order, in `[since, until)`. */
export interface SchedulesInForce {
  readonly each: readonly ScheduledBounds[];
  readonly since: Instant;
  readonly until: Instant;
}

const NOT_SCHEDULED: ScheduledBounds = {
  floor: undefined,
  ceiling: undefined,
  since: -Infinity,
  until: Infinity,
};

const ofOne = new WeakMap<readonly Schedule[], ScheduledBounds>();
const ofSeveral = new WeakMap<readonly Component[], SchedulesInForce>();

const schedulesOf = (component: Component): readonly Schedule[] =>
  isWorkers(component) ? component.settings.schedules : component.ingest.schedules;

/** What it says stays the same object until a window begins or ends. */
export function scheduledBoundsOf(component: Component, now: Instant): ScheduledBounds {
  const schedules = schedulesOf(component);
  if (schedules.length === 0) return NOT_SCHEDULED;
  let bounds = ofOne.get(schedules);
  if (bounds === undefined || now < bounds.since || now >= bounds.until)
    ofOne.set(schedules, (bounds = boundsAt(schedules, now)));
  return bounds;
}

/** What they say stays the same object until a window begins or ends, so that what follows from it is worked out once. */
export function schedulesInForce(components: readonly Component[], now: Instant): SchedulesInForce {
  let inForce = ofSeveral.get(components);
  if (inForce === undefined || now < inForce.since || now >= inForce.until) {
    const each = components.map((component) => scheduledBoundsOf(component, now));
    inForce = {
      each,
      since: Math.max(...each.map(({ since }) => since)),
      until: Math.min(...each.map(({ until }) => until)),
    };
    ofSeveral.set(components, inForce);
  }
  return inForce;
}

function boundsAt(schedules: readonly Schedule[], now: Instant): ScheduledBounds {
  let { floor, ceiling, since, until } = NOT_SCHEDULED;
  schedules.forEach((schedule, index) => {
    const window = windowAt(schedule, now);
    since = Math.max(since, window.since);
    until = Math.min(until, window.until);
    const { endsAt } = window;
    if (endsAt === undefined) return;
    const { min, max } = schedule.replicas;
    const entry = `schedules[${index}] (${schedule.cron.trim().replaceAll(/\s+/g, ' ')}, ${schedule.timeZone})`;
    if (min !== undefined && isFirst(min, endsAt, floor, Math.sign)) {
      const why = `${entry} asks for ${plural(min, 'replica')} until ${instant(endsAt)}`;
      floor = { replicas: min, index, endsAt, why };
    }
    if (max !== undefined && isFirst(max, endsAt, ceiling, (more) => -Math.sign(more))) {
      const why = `${entry} allows ${plural(max, 'replica')} until ${instant(endsAt)}`;
      ceiling = { replicas: max, index, endsAt, why };
    }
  });
  return { floor, ceiling, since, until };
}

/** Whether a bound comes before another one: by its replicas, and of two alike the one that holds for longer. */
function isFirst(
  replicas: number,
  endsAt: Instant,
  other: ScheduledBound | undefined,
  order: (more: number) => number,
): boolean {
  if (other === undefined) return true;
  return (order(replicas - other.replicas) || endsAt - other.endsAt) > 0;
}
