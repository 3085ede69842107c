import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, MONDAY, decideGiven, on, component, componentOf } from './given.ts';

/** What was remembered while the clock ran a year ahead, before somebody set it right. */
const AHEAD = MONDAY + 365 * DAY;

describe('after a clock was set back by a year', () => {
  it('a descent waits for as long as there is between two tiers, and not for a year', () => {
    const history = { ...on('scaled', 2_000), tierSince: AHEAD };
    const first = decideGiven({ values: { leadsPerDay: 2_000 }, history });
    expect(first.tier.rule).toBe('WaitingBetweenTiers');
    expect(first.history.tierSince).toBe(MONDAY);
  });

  it('a red signal is red from now on', () => {
    const history = { ...on('cached', 6_000), redSince: { responseTime: AHEAD } };
    const { history: next } = decideGiven({ values: { leadsPerDay: 6_000, responseTime: 900 }, history });
    expect(next.redSince).toEqual({ responseTime: MONDAY });
  });

  it('the web side is followed again', () => {
    const history = { ...on('balanced', 26_000), stable: { component: 'ingest', replicas: 4, since: AHEAD } };
    const components = [component('ingest', 4), component('sync', 1), component('queue-default', 4)];
    const { history: next } = decideGiven({ values: { leadsPerDay: 26_000 }, components, history });
    expect(next.stable?.since).toBe(MONDAY);
  });

  it('the connections of the database are what is measured now', () => {
    const history = {
      ...on('balanced', 26_000),
      connections: { others: 0, allowed: 1_000, at: AHEAD },
    };
    const decision = decideGiven({
      values: {
        leadsPerDay: 26_000,
        connections: { used: 60, allowed: 100 },
        queues: { default: { ready: 5_000 } },
      },
      components: [component('ingest', 3), component('sync', 1), component('queue-default', 4)],
      history,
    });
    expect(decision.history.connections).toEqual({ others: 40, allowed: 100, at: MONDAY });
    expect(componentOf(decision, 'queue-default').replicas).toBe(24);
  });

  it('a look that is a moment older than the last one changes nothing', () => {
    const connections = { others: 7, allowed: 100, at: MONDAY + MINUTE / 2 };
    const { history } = decideGiven({
      values: { leadsPerDay: 26_000, connections: { used: 60, allowed: 100 } },
      history: { ...on('balanced', 26_000), connections },
    });
    expect(history.connections).toEqual(connections);
  });

  it('no descent follows, neither then nor before', () => {
    const past = on('scaled', 16_000);
    const ahead = decideGiven({ values: { leadsPerDay: 2_000 }, history: past, now: AHEAD });
    expect(ahead.tier).toMatchObject({ to: 'scaled', rule: 'HistoryTooShort' });
    const back = decideGiven({
      values: { leadsPerDay: 2_000 },
      history: ahead.history,
      now: MONDAY + HOUR,
    });
    expect(back.tier).toMatchObject({ to: 'scaled', rule: 'HistoryTooShort' });
  });
});
