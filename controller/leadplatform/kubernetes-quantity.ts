/** Kubernetes resource quantities as numbers: CPU in cores, memory in bytes. */

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** `250m` is 0.25, `1Gi` is 1073741824. Undefined for what is not a quantity. */
export function parseQuantity(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(n|u|m|k|[MGTPE]i?|Ki)?$/.exec(text ?? '');
  if (match === null) return undefined;
  return Number(match[1]) * FACTORS[match[2] ?? '']!;
}
