import type { Frame } from '../../../testbed/demo/frame.ts';
import type { Look } from '../../../testbed/demo/look.ts';

/** A moment in the middle of the climb; tests change what they are about. */
export function look(changes: Partial<Look> = {}): Look {
  return {
    at: Date.UTC(2026, 2, 2, 8),
    tier: 'separated',
    targetTier: 'scaled',
    rule: 'NotSustainedYet',
    leadsPerDay: 20_312,
    leadsPerMinute: 240_000,
    queueDepths: new Map([['vici-updates', 12]]),
    components: [
      { name: 'ingest', wanted: 3, ready: 1 },
      { name: 'queue-default', wanted: 2, ready: 2 },
      { name: 'sync', wanted: 2, ready: 2 },
    ],
    required: ['load-balancer'],
    reasons: [
      '20,312 leads/day belongs on scaled (from 15,000 leads/day), but has to stay for 10s first; it has been above separated since 2026-03-02T08:00:00Z.',
      'vici-updates has 12 jobs ready, and 3 arrive per second.',
    ],
    events: [],
    ...changes,
  };
}

export function frame(changes: Partial<Frame> = {}): Frame {
  return {
    day: 9.4,
    days: 39,
    dayMs: 5_000,
    elapsedMs: 47_000,
    look: look(),
    ladder: [
      { name: 'single-server', from: 0 },
      { name: 'cached', from: 5_000 },
      { name: 'separated', from: 10_000 },
      { name: 'scaled', from: 15_000 },
    ],
    requiredAhead: ['load-balancer'],
    queues: [
      { name: 'vici-updates', depth: 12, workers: 2, done: 1_234 },
      { name: 'default', depth: undefined, workers: 2, done: 99 },
    ],
    trend: [
      { day: 0.2, load: 0, tier: 0 },
      { day: 5, load: 1, tier: 1 },
      { day: 9.4, load: 3, tier: 2 },
    ],
    notes: [
      { day: 8.1, text: 'TransitionFinished: Moved from cached to separated.' },
      { day: 9.3, text: 'one import of 25,000 leads' },
    ],
    ...changes,
  };
}
