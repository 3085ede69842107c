import { expect, it } from 'vitest';
import { emptyHistory } from '../../../../src/model/history.ts';
import { learnedOf } from '../../../../src/model/learned.ts';
import { persistedHistory, restoreHistory } from '../../../../src/ladder/persisted.ts';
import { observeQueues } from '../../../../src/scaling/observations.ts';
import { observeFlow } from '../../../../src/scaling/queue/flow.ts';
import { observeStarts } from '../../../../src/scaling/queue/pod-starts.ts';
import { MONDAY, readings, spec } from '../../decide/given.ts';
import { flowGiven, look, ready } from './given.ts';

const IN_SPEC = { serviceSeconds: 5, longestSeconds: 120 };

/** What the next process begins with. */
const restarted = (history: Parameters<typeof persistedHistory>[0]) =>
  restoreHistory(persistedHistory(history)).learned;

it('begins where an earlier process was, in place of what the spec says', () => {
  const queues = {
    default: flowGiven({ serviceSeconds: 21, learnedFrom: 600, dispersion: 1.4, unevenness: 2 }),
  };
  const learned = restarted({ ...emptyHistory(), queues, starts: { 'queue-default': ready(3, 44) } });
  const flow = observeFlow(undefined, look(0, 3, 1), IN_SPEC, learned?.queues['default']);
  expect(flow).toMatchObject({
    serviceSeconds: 21,
    learnedFrom: 600,
    dispersion: 1.4,
    unevenness: 2,
    size: 4,
  });
  const observed = { name: 'queue-default', desiredReplicas: 3, readyReplicas: 3 };
  expect(observeStarts(undefined, observed, 0, learned?.startSeconds['queue-default']).startSeconds).toBe(44);
});

it('is kept over a second restart, also of a queue that was not looked at in between', () => {
  const queues = { default: flowGiven({ serviceSeconds: 21 }), mail: flowGiven({ serviceSeconds: 3 }) };
  const first = restarted({ ...emptyHistory(), queues });
  const seen = { default: flowGiven({ serviceSeconds: 30 }) };
  const second = restarted({ ...emptyHistory(), queues: seen, ...(first && { learned: first }) });
  expect(second?.queues).toMatchObject({ default: { serviceSeconds: 30 }, mail: { serviceSeconds: 3 } });
});

it('is nothing before some jobs were seen', () => {
  expect(learnedOf({ queues: { default: flowGiven({ learnedFrom: 20 }) }, starts: {} })).toBeUndefined();
});

it('takes a queue that is named like a part of every object for what it is', () => {
  const learned = restarted({ ...emptyHistory(), queues: { constructor: flowGiven({ serviceSeconds: 9 }) } });
  expect(Object.keys(learned?.queues ?? {})).toEqual(['constructor']);
});

it('is not what every object has under the name of a queue', () => {
  const given = spec({ components: { queues: [{ name: 'constructor', capacity: { jobsPerMinute: 12 } }] } });
  const read = readings({ queues: { constructor: {} } }, MONDAY);
  const queues = observeQueues(
    { ...emptyHistory(), learned: { queues: {}, startSeconds: {} } },
    read,
    given,
    () => ready(3),
  );
  expect(queues).toMatchObject({ constructor: { serviceSeconds: 5 } });
});
