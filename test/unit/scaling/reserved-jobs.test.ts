/** Jobs that are reserved by workers that died are no work until they come back. */
import { describe, expect, it } from 'vitest';
import { component, decideGiven, on, running, type Given } from '../decide/given.ts';

const values = { leadsPerDay: 26_000, queues: { default: { ready: 3, inFlight: 9, oldestAgeSeconds: 4 } } };
const balanced = on('balanced', 26_000);

describe('jobs in flight', () => {
  it.each<[string, Given, number]>([
    ['as many workers as there are', { components: running(9) }, 9],
    ['fewer workers', { components: running(2) }, 2],
    [
      'fewer workers, and others that are on their way out',
      { components: [...running(2), component('all-in-one', 3)] },
      5,
    ],
    ['workers that do not exist yet', { components: [component('ingest', 3), component('sync', 1)] }, 9],
  ])('count as worked on where there are %s: %i', (_, given, workedOn) => {
    const { history } = decideGiven({ values, history: balanced, ...given });
    expect(history.queues['default']).toMatchObject({ inFlight: workedOn, size: 3 + workedOn });
  });
});
