import { expect, it } from 'vitest';
import { asRefusal } from '../../../controller/leadplatform/failures.ts';
import { ChildOwnedByOther } from '../../../controller/runtime/children.ts';
import { FencedError, KubeError } from '../../../controller/runtime/errors.ts';

const kubeError = (status: number, reason: string, message: string) =>
  new KubeError({ status, reason, message });

it('says whose a child is, and how it can be handed over', () => {
  const failure = asRefusal(new ChildOwnedByOther('Service', 'brain', 'nobody in particular'));
  expect(failure?.reason).toBe('ChildOwnedByOther');
  expect(failure?.message).toContain('Service "brain"');
  expect(failure?.message).toContain('leadplatform.io/adopt-by');
});

it.each([
  ['a full quota', kubeError(403, 'Forbidden', 'exceeded quota: pods'), 'Forbidden'],
  [
    'a child that the API server rejects',
    kubeError(422, 'Invalid', 'spec.replicas: Invalid value'),
    'ChildRejected',
  ],
])('takes %s for news to a person', (_, error, reason) => {
  expect(asRefusal(error)?.reason).toBe(reason);
});

it.each([
  ['a conflict', kubeError(409, 'Conflict', 'the object has been modified')],
  ['an API server that is away', kubeError(0, 'Unreachable', 'connect ECONNREFUSED')],
  ['a deposed leader', new FencedError()],
  ['anything else', new Error('boom')],
])('takes %s for something that passes', (_, error) => {
  expect(asRefusal(error)).toBeUndefined();
});
