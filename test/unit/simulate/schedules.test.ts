import { describe, expect, it } from 'vitest';
import { simulate } from '../../../src/simulate/simulate.ts';
import { MINUTE, spec } from '../decide/given.ts';

describe('simulated days with a schedule', () => {
  it('follow its clock through the change to summer time, at the minute', () => {
    const scheduled = spec({
      components: {
        ingest: {
          schedules: [
            { cron: '0 8 * * *', duration: '9h', timeZone: 'Europe/Berlin', replicas: { min: 2 } },
            { cron: '30 2 * * *', duration: '1h', timeZone: 'Europe/Berlin', replicas: { min: 3 } },
          ],
        },
      },
      tiers: [
        { name: 'only', fromLeadsPerDay: 0, capabilities: [], components: { allInOne: { min: 1, max: 5 } } },
      ],
    });
    // On 2026-03-29, in Berlin, 02:00 is 03:00.
    const traffic = [
      { at: Date.UTC(2026, 2, 28), leads: 0 },
      { at: Date.UTC(2026, 2, 31), leads: 0 },
    ];
    const changes: string[] = [];
    let before: number | undefined;
    for (const { at, decision } of simulate({ spec: scheduled, traffic, step: MINUTE })) {
      if (at >= Date.UTC(2026, 2, 31)) break;
      const replicas = decision.components[0]?.replicas;
      if (replicas !== before) changes.push(`${new Date(at).toISOString().slice(5, 16)} ${replicas}`);
      before = replicas;
    }
    expect(changes).toEqual([
      '03-28T00:01 1',
      '03-28T01:30 3',
      '03-28T02:30 1',
      '03-28T07:00 2',
      '03-28T16:00 1',
      '03-29T01:00 3',
      '03-29T02:00 1',
      '03-29T06:00 2',
      '03-29T15:00 1',
      '03-30T00:30 3',
      '03-30T01:30 1',
      '03-30T06:00 2',
      '03-30T15:00 1',
    ]);
  });
});
