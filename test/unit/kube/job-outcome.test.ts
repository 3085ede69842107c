import { expect, it } from 'vitest';
import { jobOutcome } from '../../../src/kube/job-outcome.ts';

const AT = '2026-03-02T09:00:00Z';
const job = (status?: object) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate' },
  ...(status !== undefined && { status }),
});
const ended = (type: string, rest: object = {}) => job({ conditions: [{ type, status: 'True', ...rest }] });

it.each([
  ['that is not there', undefined, undefined],
  ['that nobody has looked at', job(), undefined],
  ['that runs', job({ active: 1, conditions: [{ type: 'Failed', status: 'False' }] }), undefined],
  [
    'that is complete',
    ended('Complete', { lastTransitionTime: AT }),
    { state: 'Succeeded', at: Date.parse(AT) },
  ],
  [
    'that is complete, by its own time where the condition has none',
    job({ completionTime: AT, conditions: [{ type: 'Complete', status: 'True' }] }),
    { state: 'Succeeded', at: Date.parse(AT) },
  ],
  [
    'that has failed',
    ended('Failed', { reason: 'DeadlineExceeded', message: 'Job was active', lastTransitionTime: AT }),
    { state: 'Failed', at: Date.parse(AT), message: 'DeadlineExceeded: Job was active' },
  ],
  ['that has failed without a word', ended('Failed'), { state: 'Failed', at: 0, message: '' }],
])('tells of a Job %s', (_what, object, outcome) => {
  expect(jobOutcome(object)).toEqual(outcome);
});
