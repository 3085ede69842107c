import { expect, it } from 'vitest';
import { MONDAY, decideGiven, readings, spec, TIMED_OUT } from '../decide/given.ts';
import { viewsOf } from '../../../src/signals/view.ts';

it.each([
  ['leadsTotal', 5e6, undefined],
  ['leadsTotal', 12e6, 'comfortable up to 5,000,000'],
  ['activeLeads', 9_999_999, undefined],
  ['activeLeads', 10e6, 'from 10,000,000 on the platform has to change'],
  ['agents', 500, undefined],
  ['agents', 501, 'comfortable up to 500; from 1,000 on the platform has to change'],
] as const)('%s of %d say %s', (name, value, message) => {
  const views = viewsOf(readings({ [name]: value }, MONDAY), spec());
  expect(views.find((view) => view.name === name)?.message).toBe(message);
});

it('does not say of the sum of all queues what it says of the queue that is unknown', () => {
  const { reasons } = decideGiven({ values: { queues: { default: TIMED_OUT, 'vici-updates': {} } } });
  expect(reasons.filter((reason) => reason.startsWith('queueDepth'))).toEqual([
    'queueDepth.default is unknown (SourceTimeout): the source did not answer in time.',
  ]);
});
