/** What tells the items of a list from one another, where Kubernetes merges the list item by item. */
import { own } from '../api/own.ts';

type Keyed = readonly string[];
export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By the field that holds the list. `ports` is two: of a container and of a Service. */
const KEYS: Readonly<Record<string, readonly Keyed[]>> = {
  containers: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  ports: [['containerPort'], ['port']],
  ownerReferences: [['uid']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
};

/** Gives an item its key; undefined for a list that is replaced as a whole. */
export function keyOfItems(
  field: string,
  wanted: readonly unknown[],
): ((item: unknown) => string) | undefined {
  const keys = own(KEYS, field)?.find((names) =>
    wanted.every((item) => isObject(item) && names.every((name) => name in item)),
  );
  if (keys === undefined) return undefined;
  return (item) => {
    if (!isObject(item)) return '';
    const key = keys.map((name) => String(item[name])).join('/');
    // The same number may be there twice, as DNS has it: once for each protocol.
    const { protocol = 'TCP' } = item;
    return field === 'ports' && protocol !== 'TCP' ? `${key}/${String(protocol)}` : key;
  };
}
