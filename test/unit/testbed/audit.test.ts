import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { auditOf, OPERATOR } from '../../e2e/audit.ts';

const ACCOUNT = 'system:serviceaccount:leadplatform-system:leadplatform-operator';

const asked = (path: string, decision: 'allow' | 'forbid', username = ACCOUNT) => ({
  stage: 'ResponseComplete',
  verb: 'get',
  requestURI: path,
  user: { username },
  annotations: { 'authorization.k8s.io/decision': decision },
});
const binding = (
  verb: 'create' | 'delete',
  name = 'leadplatform-operator-lease',
  namespace = 'leadplatform-system',
) => ({
  ...asked('/bindings', 'allow', 'leadplatform-admin'),
  verb,
  objectRef: { resource: 'rolebindings', name, namespace },
});

async function read(...lines: (object | string)[]) {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  await writeFile(join(folder, 'audit.log'), text);
  return auditOf(join(folder, 'audit.log'), OPERATOR);
}

it('tells what no right covers, once, and of nobody else', async () => {
  const audit = await read(
    asked('/a', 'allow'),
    asked('/b', 'forbid'),
    asked('/b', 'forbid'),
    { ...asked('/b', 'forbid'), stage: 'ResponseStarted' },
    asked('/c', 'forbid', 'system:serviceaccount:leads:default'),
    '{"half": "system:serviceaccount:',
  );
  expect(audit).toEqual({ asked: 3, forbidden: ['get /b'] });
});

it('takes a refusal by a quota, which is a 403 too, for none of a right', async () => {
  const full = { ...asked('/a', 'allow'), responseStatus: { code: 403 } };
  expect(await read(full)).toEqual({ asked: 1, forbidden: [] });
});

it('does not count what is forbidden from an uninstall until the next install', async () => {
  const audit = await read(
    asked('/before', 'forbid'),
    binding('delete', 'of-somebody-else'),
    asked('/still-before', 'forbid'),
    binding('delete'),
    asked('/between', 'forbid'),
    binding('create'),
    asked('/after', 'forbid'),
  );
  expect(audit.forbidden).toEqual(['get /before', 'get /still-before', 'get /after']);
});

it('keeps apart the operators of several namespaces, each beside the one that it watches', async () => {
  const of = (namespace: string) => `system:serviceaccount:${namespace}:leadplatform-operator`;
  const audit = await read(
    binding('delete', 'leadplatform-operator', 'leads-a'),
    asked('/a', 'forbid', of('leads-a-operator')),
    asked('/b', 'forbid', of('leads-b-operator')),
    asked('/c', 'forbid', of('leads-b-operator')),
    asked('/c', 'allow', of('leads-a-operator')),
    {
      ...binding('delete', 'leadplatform-operator'),
      objectRef: { resource: 'clusterrolebindings', name: 'leadplatform-operator' },
    },
    asked('/d', 'forbid'),
  );
  expect(audit.forbidden).toEqual(['get /b', 'get /c']);
});

it('does not count what was allowed at another time, as when the API server has just been started', async () => {
  const audit = await read(
    asked('/a?resourceVersion=1', 'forbid'),
    asked('/b', 'forbid'),
    asked('/a?resourceVersion=2', 'allow'),
    { ...asked('/b', 'allow'), verb: 'list' },
  );
  expect(audit).toEqual({ asked: 4, forbidden: ['get /b'] });
});
