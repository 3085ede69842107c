import { expect, it } from 'vitest';
import { confirmedCapabilities } from '../../../src/api/confirmed.ts';

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
