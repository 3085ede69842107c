import { expect, it } from 'vitest';
import { UndeclaredFields } from '../../../controller/leadplatform/undeclared-fields.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { refused } from './api-stub.ts';

const MINUTE = 60_000;
const status = {
  tier: 'cached',
  operator: { namespace: 'system', pod: 'x', uid: '1' },
  components: [
    { name: 'ingest', replicas: 2, wantedReplicas: 3 },
    { name: 'sync', replicas: 1 },
  ],
  lastDecision: { rule: 'Load', inputs: [{ name: 'leadsPerDay', value: 4 }] },
} as unknown as LeadPlatformStatus;

const lacking = (...fields: readonly string[]) =>
  refused(500, fields.map((field) => `${field}: field not declared in schema`).join('\n'));

const setUp = () => new UndeclaredFields({ logger: silentLogger, install: '' });

it('leaves a status as it is where nothing is known to be missing', () => {
  expect(setUp().takenOutOf(status, 0)).toBe(status);
});

it.each<[string, string, object]>([
  ['a field', '.status.operator', { operator: undefined }],
  ['one within another', '.status.operator.uid', { operator: { namespace: 'system', pod: 'x' } }],
  [
    'one in a list, in each of its entries',
    '.status.components[0].wantedReplicas',
    {
      components: [
        { name: 'ingest', replicas: 2 },
        { name: 'sync', replicas: 1 },
      ],
    },
  ],
  [
    'one in a list with keys',
    '.status.components[name="sync"].replicas',
    { components: [{ name: 'ingest', wantedReplicas: 3 }, { name: 'sync' }] },
  ],
  [
    'one in a list within another field',
    '.status.lastDecision.inputs[0].value',
    { lastDecision: { rule: 'Load', inputs: [{ name: 'leadsPerDay' }] } },
  ],
  ['one that it does not have', '.status.rollback.separate', {}],
])('takes %s out: %s', (_, field, rest) => {
  const undeclared = setUp();
  expect(undeclared.learn(lacking(field), 0)).toBe(true);
  expect(undeclared.takenOutOf(status, 1)).toEqual({ ...status, ...rest });
});

it.each<[string, Error]>([
  ['a server that fails', refused(500, 'etcdserver: leader changed')],
  ['a value that is wrong', refused(422, '.status.tier: expected string')],
  ['a field that is none of the status', lacking('.spec.image', '.status')],
  ['anything else', new Error('.status.operator: field not declared in schema')],
])('learns nothing from %s', (_, error) => {
  expect(setUp().learn(error, 0)).toBe(false);
});

it.each([
  ['later', 10 * MINUTE],
  ['by a clock that was set back', -10 * MINUTE],
])('has them asked again ten minutes %s', (_, after) => {
  const undeclared = setUp();
  undeclared.learn(lacking('.status.operator'), 0);
  expect(undeclared.takenOutOf(status, after - Math.sign(after))).not.toHaveProperty('operator');
  expect(undeclared.takenOutOf(status, after)).toBe(status);
});
