import { expect, it } from 'vitest';
import {
  FencedError,
  TerminalError,
  errorFromAnswer,
  isAlreadyExists,
  isConflict,
  isFenced,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isTerminal,
  isThrottled,
  undeclaredFields,
} from '../../../controller/runtime/errors.ts';

const predicates = {
  isAlreadyExists,
  isConflict,
  isFenced,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isTerminal,
  isThrottled,
};

const answer = (status: number, reason: string, details?: object) =>
  errorFromAnswer(
    { method: 'POST', path: '/api/v1/pods' },
    status,
    JSON.stringify({ kind: 'Status', message: 'words', reason, details }),
  );

/** Of a server-side apply, in the words of the API server; `test/integration/runtime/status.test.ts` has them from a real one. */
const lacking = (words: string) => {
  const message = `failed to create typed patch object (leads/brain; leadplatform.io/v1alpha1, Kind=LeadPlatform): ${words}`;
  return errorFromAnswer(
    { method: 'PATCH', path: '/apis/leadplatform.io/v1alpha1' },
    500,
    JSON.stringify({ kind: 'Status', message }),
  );
};

it.each<[string, readonly string[]]>([
  ['.status.operator: field not declared in schema', ['.status.operator']],
  [
    'errors:\n  .status.operator: field not declared in schema\n  .status.hooks[0].passage: field not declared in schema',
    ['.status.operator', '.status.hooks[0].passage'],
  ],
  [
    '.status.conditions[type="Ready"].because: field not declared in schema',
    ['.status.conditions[type="Ready"].because'],
  ],
  ['.status.tier: expected string, got &value.valueUnstructured{Value:1}', []],
])('finds the fields that a definition lacks in %j', (words, fields) => {
  expect(undeclaredFields(lacking(words))).toEqual(fields);
});

it.each([
  { error: answer(409, 'Conflict'), holds: ['isConflict'] },
  { error: answer(409, 'AlreadyExists'), holds: ['isAlreadyExists'] },
  { error: answer(404, 'NotFound'), holds: ['isNotFound'] },
  { error: answer(404, 'NotFound', { kind: 'configmaps' }), holds: ['isNotFound'] },
  {
    error: answer(404, 'NotFound', { kind: 'namespaces' }),
    holds: ['isNamespaceTerminating', 'isNotFound'],
  },
  { error: answer(410, 'Expired'), holds: ['isGone'] },
  { error: answer(422, 'Invalid'), holds: ['isInvalid'] },
  {
    error: answer(422, 'Invalid', { causes: [{ field: 'metadata.uid' }] }),
    holds: ['isConflict'],
  },
  { error: answer(403, 'Forbidden'), holds: ['isForbidden'] },
  {
    error: answer(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] }),
    holds: ['isForbidden', 'isNamespaceTerminating'],
  },
  { error: answer(429, 'TooManyRequests'), holds: ['isThrottled'] },
  { error: answer(503, 'ServiceUnavailable'), holds: [] },
  { error: lacking('.status.operator: field not declared in schema'), holds: [] },
  { error: new FencedError(), holds: ['isFenced'] },
  { error: new TerminalError('BadSchedule', 'words'), holds: ['isTerminal'] },
  { error: new Error('words'), holds: [] },
  { error: 'words', holds: [] },
])('$error is $holds', ({ error, holds }) => {
  const held = Object.entries(predicates).filter(([, predicate]) => predicate(error));
  expect(held.map(([name]) => name)).toEqual(holds);
});

it('repeats the words of the server, and where they were said', () => {
  expect(answer(404, 'NotFound').message).toBe('POST /api/v1/pods: 404: words');
});

it('leaves out a body that is no Status', () => {
  const error = errorFromAnswer({ method: 'GET', path: '/api' }, 502, '<html>token=abc</html>');
  expect(error).toMatchObject({ status: 502, reason: 'Http502' });
  expect(error.message).not.toContain('abc');
});

it.each([
  { header: 7_000, details: { retryAfterSeconds: 3 }, expected: 7_000 },
  { header: undefined, details: { retryAfterSeconds: 3 }, expected: 3_000 },
  { header: undefined, details: undefined, expected: undefined },
])('takes the wait from the header, else from the Status: $expected', ({ header, details, expected }) => {
  const body = JSON.stringify({ kind: 'Status', details });
  expect(errorFromAnswer({ method: 'GET', path: '/' }, 429, body, header).retryAfterMs).toBe(expected);
});

it('says what is wrong with an object in one order, in whichever the server looked', () => {
  const causes = ['spec.limits[cpu]', 'spec.limits[memory]'].map((field) => ({
    field,
    message: 'Invalid value',
  }));
  const saysOf = (found: typeof causes) => {
    const list = found.map(({ field, message }) => `${field}: ${message}`).join(', ');
    const message = `Deployment.apps "brain" is invalid: [${list}]`;
    const body = JSON.stringify({ kind: 'Status', reason: 'Invalid', message, details: { causes: found } });
    return errorFromAnswer({ method: 'PATCH', path: '/' }, 422, body).message;
  };
  expect(saysOf(causes)).toContain(
    'is invalid: [spec.limits[cpu]: Invalid value, spec.limits[memory]: Invalid value]',
  );
  expect(saysOf(causes.toReversed())).toBe(saysOf(causes));
});
