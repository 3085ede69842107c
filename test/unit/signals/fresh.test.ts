import { describe, expect, it } from 'vitest';
import { freshReadings, withoutSuddenZero } from '../../../src/signals/fresh.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { HOUR, MINUTE, MONDAY, readings, spec } from '../decide/given.ts';

const everyMinute = spec({
  signals: {
    staleAfter: '2m',
    agents: { http: { url: 'http://dialer.example/agents', path: 'agents', interval: '1m' } },
  },
});

describe('what can be believed', () => {
  it.each<[string, Reading, string | undefined]>([
    ['a reading of this moment', { value: 7, at: MONDAY }, undefined],
    [
      'a reading as old as an interval and a half, and staleAfter',
      { value: 7, at: MONDAY - 3.5 * MINUTE },
      undefined,
    ],
    ['a reading older than that', { value: 7, at: MONDAY - 3.5 * MINUTE - 1 }, 'Stale'],
    ['zero', { value: 0, at: MONDAY }, undefined],
    ['NaN', { value: NaN, at: MONDAY }, 'NotANumber'],
    ['null', { value: null as unknown as number, at: MONDAY }, 'NotANumber'],
    ['text', { value: '7' as unknown as number, at: MONDAY }, 'NotANumber'],
    ['a negative number', { value: -1, at: MONDAY }, 'OutOfRange'],
    ['infinity', { value: Infinity, at: MONDAY }, 'OutOfRange'],
    ['an absurd number', { value: 1e12, at: MONDAY }, 'OutOfRange'],
    ['a clock that runs a minute ahead', { value: 7, at: MONDAY + MINUTE }, undefined],
    ['a reading from the future', { value: 7, at: MONDAY + HOUR }, 'OutOfRange'],
    ['a reading without a time', { value: 7, at: NaN }, 'OutOfRange'],
  ])('%s', (_what, reading, reason) => {
    const { agents } = freshReadings(readings({ agents: reading }, MONDAY), everyMinute, MONDAY);
    expect('unknown' in agents ? agents.unknown : undefined).toBe(reason);
  });

  it('is not a queue of which one number is wrong', () => {
    const { queues } = freshReadings(
      readings(
        { queues: { good: { ready: 3 }, bad: { ready: 3, inFlight: -1 }, odd: { oldestAgeSeconds: NaN } } },
        MONDAY,
      ),
      everyMinute,
      MONDAY,
    );
    expect(queues['good']).toMatchObject({ value: { ready: 3 } });
    expect(queues['bad']).toMatchObject({ unknown: 'OutOfRange' });
    expect(queues['odd']).toMatchObject({ unknown: 'NotANumber' });
  });
});

describe('a sudden zero', () => {
  it.each([
    ['after a busy day is suspicious', 20_000, HOUR, 'Suspicious'],
    ['a day after the last look is believed', 20_000, 24 * HOUR, undefined],
    ['after next to nothing is believed', 99, MINUTE, undefined],
  ])('%s', (_what, before, later, reason) => {
    const zero = { value: 0, at: MONDAY + later };
    const seen = withoutSuddenZero(zero, { value: before, at: MONDAY }, spec());
    expect('unknown' in seen ? seen.unknown : undefined).toBe(reason);
  });

  it('counts the shorter day of a rehearsal', () => {
    const rehearsal = spec({ signals: { leadsPerDay: { postgres: { window: '10s' } } } });
    const zero = { value: 0, at: MONDAY + 10_000 };
    expect(withoutSuddenZero(zero, { value: 20_000, at: MONDAY }, rehearsal)).toBe(zero);
  });
});
