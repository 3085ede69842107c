import { expect, it } from 'vitest';
import { asLastingFault, asRefusal } from '../../../controller/leadplatform/failures.ts';
import { ChildOwnedByOther } from '../../../controller/runtime/children.ts';
import { FencedError, KubeError } from '../../../controller/runtime/errors.ts';

const kubeError = (status: number, reason: string, message: string) =>
  new KubeError({ status, reason, message });

it.each([
  ['nobody controls it', false, 'brain', 'Annotate it leadplatform.io/adopt-by=brain'],
  ['another controls it, whatever it says', true, 'brain', 'Rename or delete one of the two'],
  ['nothing takes it over', false, undefined, 'Rename or delete one of the two'],
])('says what helps against a name that is taken, where %s', (_, isControlled, adopter, cure) => {
  const failure = asRefusal(new ChildOwnedByOther('Service', 'brain', 'whoever', isControlled), adopter);
  expect(failure?.reason).toBe('ChildOwnedByOther');
  expect(failure?.message).toContain('Service "brain" exists already and belongs to whoever');
  expect(failure?.message).toContain(cure);
});

it.each([
  ['a full quota', kubeError(403, 'Forbidden', 'exceeded quota: pods'), 'Forbidden'],
  [
    'a child that the API server rejects',
    kubeError(422, 'Invalid', 'spec.replicas: Invalid value'),
    'ChildRejected',
  ],
  [
    'a field that the definition of an engine lacks',
    kubeError(500, 'InternalError', '.spec.storage.tier: field not declared in schema'),
    'ChildRejected',
  ],
  [
    'an admission webhook that is down',
    kubeError(
      500,
      'InternalError',
      'Internal error occurred: failed calling webhook "v.example.org": refused',
    ),
    'WebhookFailed',
  ],
])('takes %s for news to a person', (_, error, reason) => {
  expect(asRefusal(error)?.reason).toBe(reason);
});

it.each([
  ['a conflict', kubeError(409, 'Conflict', 'the object has been modified')],
  ['an API server that is away', kubeError(0, 'Unreachable', 'connect ECONNREFUSED')],
  ['a server that fails', kubeError(500, 'InternalError', 'etcdserver: leader changed')],
  ['a deposed leader', new FencedError()],
  ['anything else', new Error('boom')],
])('takes %s for something that passes', (_, error) => {
  expect(asRefusal(error)).toBeUndefined();
});

it('names the webhook, what it said, and what would help', () => {
  const words =
    'POST /api/v1/namespaces/leads/services: 500: Internal error occurred: failed calling webhook "v.example.org": failed to call webhook: Post "https://hooks.example.org/": connect: connection refused';
  expect(asRefusal(kubeError(500, 'InternalError', words))?.message).toBe(
    'the admission webhook "v.example.org" does not answer, so the API server refuses the write (failed to call webhook: Post "https://hooks.example.org/": connect: connection refused). Bring its server back, or delete its webhook configuration',
  );
});

it.each([
  ['a server that fails', kubeError(503, 'ServiceUnavailable', 'no endpoints'), 'ServerError'],
  ['a gateway before it', kubeError(504, 'Timeout', 'request did not complete'), 'ServerError'],
  ['a server that is away', kubeError(0, 'Unreachable', 'connect ECONNREFUSED'), undefined],
  ['a conflict', kubeError(409, 'Conflict', 'modified'), undefined],
])('in the long run takes %s for %j', (_, error, reason) => {
  expect(asLastingFault(error)?.reason).toBe(reason);
});
