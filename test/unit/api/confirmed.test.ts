import { expect, it } from 'vitest';
import { confirmedCapabilities, unknownConfirmations } from '../../../src/api/confirmed.ts';

it.each([
  ['nothing', {}, []],
  ['an empty text', { 'leadplatform.io/confirm': ' , ' }, []],
  ['something that is no text', { 'leadplatform.io/confirm': 7 }, []],
  [
    'names with blanks',
    { 'leadplatform.io/confirm': 'search, message-queue ,' },
    ['search', 'message-queue'],
  ],
])('reads %s', (_what, annotations, names) => {
  expect([...confirmedCapabilities(annotations)]).toEqual(names);
});

it('says which names are no capability, and which was probably meant', () => {
  const told = unknownConfirmations({
    'leadplatform.io/confirm': 'search, mesage-queue, \u001b[2Jx, a, b, c',
  });
  expect(told).toEqual([
    'leadplatform.io/confirm names "mesage-queue", which is no capability; did you mean message-queue?',
    'leadplatform.io/confirm names "?[2Jx", which is no capability.',
    'leadplatform.io/confirm names "a", which is no capability.',
  ]);
  expect(unknownConfirmations({ 'leadplatform.io/confirm': 'search' })).toEqual([]);
});
