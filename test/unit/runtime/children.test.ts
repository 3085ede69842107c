import { expect, it } from 'vitest';
import { writeChild } from '../../../controller/runtime/children.ts';
import type { KubeRequest } from '../../../controller/runtime/client.ts';
import { KubeError } from '../../../controller/runtime/errors.ts';
import { type KubeObject, resourceType } from '../../../controller/runtime/resources.ts';
import { apiStub, refused } from '../leadplatform/api-stub.ts';

const WIDGETS = resourceType({ group: 'example.org', version: 'v1', plural: 'widgets', kind: 'Widget' });
const owner = { apiVersion: 'v1', kind: 'Owner', name: 'o', uid: 'o', controller: true };
const TYPE = { apiVersion: 'example.org/v1', kind: 'Widget' } as const;
const widget = (resourceVersion = '1', uid = 'u'): KubeObject => ({
  ...TYPE,
  metadata: { name: 'w', namespace: 'n', uid, resourceVersion, ownerReferences: [owner] },
});
const desired: KubeObject = { ...TYPE, metadata: { name: 'w', namespace: 'n', ownerReferences: [owner] } };

const LITTLE = { spec: { rival: null } };
const MUCH = { spec: { pods: 'ours' } };
const SIZE = { spec: { replicas: 3 } };

/** What a request is, in a word: an apply, a read, or the patch that it sends. */
function wordOf({ method, contentType, body }: KubeRequest): string {
  if (contentType === 'application/apply-patch+yaml') return 'apply';
  if (method === 'GET') return 'read';
  const { metadata: _, ...patch } = body as KubeObject;
  return JSON.stringify(patch);
}

/** Writes a child against a server that gives these answers in turn; the last is given for ever. */
async function write(answers: Readonly<Record<string, readonly (number | KubeObject)[]>>) {
  const left = new Map(Object.entries(answers).map(([word, all]) => [word, [...all]]));
  const { requests, resources } = apiStub((request) => {
    const all = left.get(wordOf(request)) ?? [widget('9')];
    const answer = (all.length > 1 ? all.shift() : all[0]) ?? 200;
    if (typeof answer !== 'number') return answer;
    return refused(answer, answer === 409 ? 'Conflict' : 'Invalid');
  });
  const outcome = await writeChild(resources, WIDGETS, desired, {
    fieldManager: 'test',
    observed: widget(),
    clearings: () => [LITTLE, MUCH],
    meanwhile: () => SIZE,
  }).catch((error: unknown) => error);
  return { outcome, requests, words: requests.map(wordOf) };
}
const [little, much, size] = [LITTLE, MUCH, SIZE].map((patch) => JSON.stringify(patch)) as [
  string,
  string,
  string,
];

it('takes the fields of others away that make an apply invalid, of the very version that it has read, and applies again', async () => {
  const { outcome, requests, words } = await write({ apply: [422, widget('9')], read: [widget('7')] });
  expect(words).toEqual(['apply', 'read', little, 'apply']);
  expect(requests[2]?.body).toEqual({ ...LITTLE, metadata: { resourceVersion: '7' } });
  expect(outcome).toMatchObject({ outcome: 'applied' });
});

it.each<[string, Parameters<typeof write>[0], readonly string[]]>([
  [
    'takes more away where less is not enough',
    { [little]: [422, widget()] },
    ['read', little, much, 'apply'],
  ],
  [
    'reads again where others wrote meanwhile',
    { [little]: [409, widget('8')] },
    ['read', little, 'read', little, 'apply'],
  ],
])('%s', async (_, answers, after) => {
  const { words, outcome } = await write({ apply: [422, widget('9')], read: [widget('7')], ...answers });
  expect(words).toEqual(['apply', ...after]);
  expect(outcome).toMatchObject({ outcome: 'applied' });
});

it('writes the size alone where everything else is refused, and throws what the apply was told', async () => {
  const { outcome, words } = await write({ apply: [422], read: [widget()], [little]: [422], [much]: [422] });
  expect(words).toEqual(['apply', 'read', little, much, 'read', size]);
  expect(outcome).toBeInstanceOf(KubeError);
  expect(outcome).toMatchObject({ status: 422 });
});

it('gives up with a conflict where others write without end', async () => {
  const { outcome, words } = await write({ apply: [422], read: [widget()], [little]: [409] });
  expect(words.filter((word) => word === 'read')).toHaveLength(4);
  expect(outcome).toMatchObject({ status: 409 });
});

it('leaves an object alone that took the name meanwhile', async () => {
  const { outcome, words } = await write({ apply: [422], read: [widget('1', 'another')] });
  expect(words).toEqual(['apply', 'read', 'read']);
  expect(outcome).toMatchObject({ status: 422 });
});

it.each([403, 409, 500])('takes nothing away where the answer is %i', async (status) => {
  const { outcome, words } = await write({ apply: [status] });
  expect(words).toEqual(['apply']);
  expect(outcome).toMatchObject({ status });
});
