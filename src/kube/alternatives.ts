/**
 * Fields of which the API server accepts one alone, such as the source of a volume. What another manager puts beside ours
 * makes the object invalid, so unlike other fields that only the live object has, it is no business of theirs.
 */
import { own } from '../api/own.ts';
import type { Fields } from './list-keys.ts';

const PROBE = ['exec', 'grpc', 'httpGet', 'tcpSocket'];
const HOOK = ['exec', 'httpGet', 'sleep', 'tcpSocket'];

/** By the field that holds them; for items of a list, by the field that holds the list. */
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  env: ['value', 'valueFrom'],
  valueFrom: ['configMapKeyRef', 'fieldRef', 'fileKeyRef', 'resourceFieldRef', 'secretKeyRef'],
  startupProbe: PROBE,
  readinessProbe: PROBE,
  livenessProbe: PROBE,
  postStart: HOOK,
  preStop: HOOK,
  // Of a disruption budget.
  spec: ['maxUnavailable', 'minAvailable'],
  // Of an Ingress.
  backend: ['resource', 'service'],
};

/** A volume has its name and one source, of which there are some thirty. */
const isAlternative = (field: string, key: string): boolean =>
  field === 'volumes' ? key !== 'name' : (own(ALTERNATIVES, field)?.includes(key) ?? false);

/** Keys of the live object that cannot stand beside what is wanted. */
export function rivals(wanted: Fields, live: Fields, field: string): readonly string[] {
  const has = (object: Fields, key: string) => (own(object, key) ?? undefined) !== undefined;
  if (!Object.keys(wanted).some((key) => isAlternative(field, key) && has(wanted, key))) return [];
  return Object.keys(live).filter((key) => isAlternative(field, key) && has(live, key) && !has(wanted, key));
}
