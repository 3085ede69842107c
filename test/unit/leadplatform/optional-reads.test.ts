import { expect, it, onTestFinished, vi } from 'vitest';
import { OptionalReads } from '../../../controller/leadplatform/optional-reads.ts';
import { valueOr } from '../../../src/model/optional-read.ts';
import { refused } from './api-stub.ts';

const signal = new AbortController().signal;

function given() {
  const logged: string[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push([level, message, ...Object.values(fields)].join(': '));
  return { logged, reads: new OptionalReads({ warn: log('warn'), debug: log('debug') }) };
}

it('gives what was read', async () => {
  const { logged, reads } = given();
  expect(await reads.read('pods', signal, async () => 7)).toEqual({ value: 7 });
  expect(logged).toEqual([]);
});

it.each([
  ['Forbidden', refused(403, 'Forbidden')],
  ['Absent', refused(404, 'NotFound')],
  ['Absent', refused(503, 'ServiceUnavailable')],
  ['Failed', refused(500, 'InternalError')],
  ['Failed', new Error('cut off')],
])('says that it is %s, and why, of %s', async (unavailable, error) => {
  const { reads } = given();
  const read = await reads.read('nodes', signal, () => Promise.reject(error));
  expect(read).toEqual({ unavailable, reason: error.message });
  expect(valueOr(read, 'nothing')).toBe('nothing');
});

it('warns once of a right that is missing, of each read, and of nothing else', async () => {
  const { logged, reads } = given();
  const fail = (name: 'pods' | 'quotas', status: number) =>
    reads.read(name, signal, () => Promise.reject(refused(status, 'no')));
  for (const status of [403, 403, 500]) await fail('pods', status);
  await fail('quotas', 403);
  expect(logged).toEqual([
    'warn: Pods are not asked why they do not come up: the ServiceAccount may not list pods; grant it',
    'debug: Going on without an optional read: pods: Forbidden: 403: no',
    'debug: Going on without an optional read: pods: Failed: 500: no',
    expect.stringContaining('warn: Quotas are not looked at'),
  ]);
});

it('ends a read that takes too long, and goes on without it', async () => {
  const timeouts: number[] = [];
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    timeouts.push(ms);
    return AbortSignal.abort(new Error('too long'));
  });
  onTestFinished(() => timeout.mockRestore());
  const { reads } = given();
  const hangs = (within: AbortSignal | undefined) => Promise.reject(within?.reason as Error);
  expect(await reads.read('nodes', signal, hangs)).toEqual({ unavailable: 'Failed', reason: 'too long' });
  expect(timeouts).toEqual([5_000]);
});

it('rejects with the reason of whoever no longer wants it', async () => {
  const { logged, reads } = given();
  const gone = AbortSignal.abort(new Error('deposed'));
  await expect(reads.read('pods', gone, () => Promise.reject(new Error('x')))).rejects.toThrow('deposed');
  expect(logged).toEqual([]);
});
