/** When a component has other bounds than its own: windows that begin by a cron schedule and last a while. */
import { z } from 'zod';
import { Cron } from 'croner';
import { formatDuration, parseDuration } from '../quantity.ts';
import { schedule, timeZone } from './ladder.ts';
import { count, duration, ruled } from './primitives.ts';

const DAY_MS = parseDuration('1d');
const LONGEST_MS = parseDuration('7d');
/** Enough for a schedule of weekdays, or of days of a month, to come round. */
const LOOKED_AT = 50;
/** Nothing hangs on the day: the shortest time between two instants of a schedule is much the same in any year. */
const ANY_INSTANT = new Date(Date.UTC(2024, 0, 1));

/**
 * How soon a schedule comes due again before `longest` is over; undefined where it does not. In UTC, for a day is not too
 * short because clocks are changed on it; and among its first instants alone, for a window that begins again while it is
 * open is no more than a longer one.
 */
function shortestGap(cron: string, longest: number): number | undefined {
  // Mostly it comes due once a day at most, and this is dear.
  if (longest <= DAY_MS && /^\s*\d+\s+\d+\s/.test(cron)) return undefined;
  try {
    const instants = new Cron(cron, { paused: true, timezone: 'UTC' });
    let last = instants.nextRun(ANY_INSTANT);
    for (let looked = 1; last !== null && looked < LOOKED_AT; looked++) {
      const next = instants.nextRun(last);
      if (next !== null && next.getTime() - last.getTime() < longest) return next.getTime() - last.getTime();
      last = next;
    }
  } catch {
    // That it cannot be read is said where it stands.
  }
  return undefined;
}

const ScheduledReplicas = ruled(
  z.strictObject({
    min: count(1_000).optional().meta({
      description:
        'The floor while the window is open, where it is above the others. It is asked for at the beginning of the window.',
    }),
    max: count(1_000).min(1).optional().meta({
      description:
        'The ceiling while the window is open, where it is below the others. It holds at once, and wins over every floor.',
    }),
  }),
  { description: 'Floor and ceiling while the window is open; one of them at least.' },
  {
    rule: 'has(self.min) || has(self.max)',
    message: 'a schedule has neither replicas.min nor replicas.max; give it one of them',
    holds: ({ min, max }) => min !== undefined || max !== undefined,
  },
  {
    rule: '!has(self.min) || !has(self.max) || self.min <= self.max',
    message: 'a schedule has replicas.min greater than replicas.max; make min at most max',
    holds: ({ min, max }) => min === undefined || max === undefined || min <= max,
  },
);

const Schedule = z
  .strictObject({
    cron: schedule().meta({
      description:
        'When the window begins: five cron fields. A single hour and minute that the clocks leave out begins at the first instant after it, and one that they show twice begins the first time.',
    }),
    duration: duration()
      .refine((ms) => ms > 0, { message: 'must be more than 0; write how long the window is open, like 9h' })
      .refine((ms) => ms <= LONGEST_MS, {
        message: 'must be at most 7d; bounds that hold for longer are replicas.min and replicas.max',
      })
      .meta({
        description:
          'How long the window is open, in time that goes by, whatever clocks show meanwhile. At most 7d.',
      }),
    timeZone: timeZone().default('UTC').meta({ description: 'The time zone of cron. Default: UTC.' }),
    replicas: ScheduledReplicas,
  })
  .superRefine(({ cron, duration: ms }, context) => {
    const gap = ms > 0 && ms <= LONGEST_MS ? shortestGap(cron, ms) : undefined;
    if (gap === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['duration'],
      message: `is ${formatDuration(ms)}, but cron comes due again after ${formatDuration(gap)}; make it at most ${formatDuration(gap)}, or let cron come due less often`,
    });
  })
  .meta({ description: 'One window.' });
export type Schedule = z.output<typeof Schedule>;

export const Schedules = z.array(Schedule).max(10).default([]).meta({
  description:
    'Windows with bounds of their own, like office hours. Where several are open, the greatest floor and the least ceiling count, together with those of replicas and of the tier. Default: none.',
  'x-kubernetes-list-type': 'atomic',
});

interface Scheduled {
  readonly replicas: { readonly max?: number | undefined };
  readonly schedules: readonly Schedule[];
}

/** No schedule asks for more than its component may ever have. */
export const SCHEDULES_BELOW_MAXIMUM = {
  rule: '!has(self.replicas) || !has(self.replicas.max) || !has(self.schedules) || self.schedules.all(s, !has(s.replicas.min) || s.replicas.min <= self.replicas.max)',
  message:
    'a schedule has replicas.min greater than replicas.max of its component, which wins; lower the one or raise the other',
  holds: ({ replicas: { max }, schedules }: Scheduled) =>
    max === undefined || schedules.every(({ replicas: { min } }) => min === undefined || min <= max),
};
