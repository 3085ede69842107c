import { describe, expect, it } from 'vitest';
import { SECRET_FIELDS, secretsNamedIn } from '../../../src/api/secret-fields.ts';
import { type Field, fieldsOfSpec } from '../../fixtures/schema-walk.ts';

const texts = fieldsOfSpec().filter(({ schema }) => schema.type === 'string');
const isObjectName = ({ schema }: Field) =>
  schema.patternMessage === 'must be the name of an object of this namespace';

/** Names of objects that are no Secrets: none of them gives its reader anything to log in with. */
const OTHERS = [
  'env[].valueFrom.configMapKeyRef.name',
  'envFrom[].configMapRef.name',
  'podTemplate.priorityClassName',
  'podTemplate.serviceAccountName',
  'podTemplate.volumes[].configMap.name',
  'podTemplate.volumes[].persistentVolumeClaim.claimName',
  'capabilities.redis.storageClassName',
  'capabilities.dedicatedQueueServer.managed.storageClassName',
  'capabilities.messageQueue.storageClassName',
  'capabilities.readReplica.cluster',
  'capabilities.databasePerService.services[].storageClassName',
  'capabilities.databaseSharding.storageClassName',
  'capabilities.loadBalancer.ingress.className',
  'capabilities.loadBalancer.gateway.parentRefs[].name',
  'capabilities.loadBalancer.gateway.parentRefs[].namespace',
  'capabilities.loadBalancer.gateway.parentRefs[].sectionName',
  'capabilities.search.storageClassName',
  'capabilities.orchestration.priorityClassNames.ingest',
  'capabilities.orchestration.priorityClassNames.sync',
  'capabilities.orchestration.priorityClassNames.queue',
];

describe('the fields that name a Secret', () => {
  it('are, with those that name something else, all fields of the schema that name an object', () => {
    const named = texts.filter(isObjectName).map(({ path }) => path);
    expect(named.toSorted()).toEqual([...SECRET_FIELDS, ...OTHERS].toSorted());
  });

  it('are all fields that are called after a Secret, but for keys inside of it', () => {
    const called = texts
      .map(({ path }) => path)
      .filter((path) => /secret/i.test(path) && !/(?:[kK]ey|\.path)$/.test(path));
    expect(called.toSorted()).toEqual(SECRET_FIELDS.toSorted());
  });

  it.each([
    'callLogSync',
    'transitions.hooks[]',
    'capabilities.databasePerService.move',
    'capabilities.databaseSharding.move',
  ])('are none of a Job: it has the environment of the platform (%s)', (job) => {
    const fields = texts.filter(({ path }) => path.startsWith(`${job}.`));
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter(isObjectName)).toEqual([]);
  });

  it.each(SECRET_FIELDS)('are read: %s', (path) => {
    expect(secretsNamedIn(withText(path, 'mine'))).toEqual(['mine']);
  });

  it('name each Secret once, of every entry of a list', () => {
    const ref = (name: string) => ({ valueFrom: { secretKeyRef: { name, key: 'k' } } });
    expect(
      secretsNamedIn({
        env: [{ name: 'A', value: 'x' }, ref('a'), ref('b'), ref('a')],
        stores: { postgres: { secretRef: { name: 'b' } }, redis: { secretRef: { name: 'c' } } },
      }),
    ).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [{ env: 'text', envFrom: [null], stores: null, imagePullSecrets: {} }],
  ])('are none in %j', (spec) => {
    expect(secretsNamedIn(spec)).toEqual([]);
  });
});

/** The least that has this text at a path. */
function withText(path: string, text: string): unknown {
  return path
    .split('.')
    .reduceRight<unknown>(
      (inner, step) => (step.endsWith('[]') ? { [step.slice(0, -2)]: [inner] } : { [step]: inner }),
      text,
    );
}
