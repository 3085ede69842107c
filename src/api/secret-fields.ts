/**
 * Every field by which a LeadPlatform names a Secret of its namespace. Whatever is named reaches a Pod, an Ingress or a
 * connection of the operator, so who may name one is asked at admission (`secret-policy.ts`).
 */
import { own } from './own.ts';

/** Paths below `spec`; `[]` is each entry of a list. A test compares them with the schema. */
export const SECRET_FIELDS = [
  'imagePullSecrets[].name',
  'env[].valueFrom.secretKeyRef.name',
  'envFrom[].secretRef.name',
  'podTemplate.volumes[].secret.secretName',
  'stores.postgres.secretRef.name',
  'stores.postgres.tls.secretRef.name',
  'stores.redis.secretRef.name',
  'stores.redis.sentinel.secretRef.name',
  'stores.redis.tls.secretRef.name',
  'stores.rabbitmq.secretRef.name',
  'stores.rabbitmq.tls.secretRef.name',
  'stores.search.secretRef.name',
  'stores.search.caSecretRef.name',
  'capabilities.redis.passwordSecretRef.name',
  'capabilities.dedicatedQueueServer.redis.secretRef.name',
  'capabilities.dedicatedQueueServer.redis.sentinel.secretRef.name',
  'capabilities.dedicatedQueueServer.redis.tls.secretRef.name',
  'capabilities.dedicatedQueueServer.managed.passwordSecretRef.name',
  'capabilities.databaseIndexes.adminSecretRef.name',
  'capabilities.databasePerService.services[].secretName',
  'capabilities.loadBalancer.ingress.tlsSecretName',
] as const;

/** The names of all Secrets that a spec names, each once, in the order of the fields. Takes anything, and never throws. */
export const secretsNamedIn = (spec: unknown): readonly string[] => [
  ...new Set(SECRET_FIELDS.flatMap((path) => textsAt(spec, path.split('.')))),
];

function textsAt(value: unknown, [step, ...rest]: readonly string[]): readonly string[] {
  if (step === undefined) return typeof value === 'string' && value !== '' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  const inner = own(value as Readonly<Record<string, unknown>>, step.replace('[]', ''));
  if (!step.endsWith('[]')) return textsAt(inner, rest);
  return Array.isArray(inner) ? inner.flatMap((entry: unknown) => textsAt(entry, rest)) : [];
}
