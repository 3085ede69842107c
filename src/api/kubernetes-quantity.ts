/** Kubernetes quantities as numbers, to see that `0.5` is `500m` and `1Gi` is `1024Mi`: CPU in cores, memory in bytes. */

import { own } from './own.ts';

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

/** The number that a quantity stands for, below zero too; undefined for what is none. */
export function quantityValue(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return quantity;
  if (typeof quantity !== 'string') return undefined;
  const [, digits, exponent, suffix] =
    /^([+-]?\d*\.?\d+|[+-]?\d+\.)(?:[eE]([+-]?\d+))?([a-zA-Z]{0,2})$/.exec(quantity) ?? [];
  const factor = own(FACTORS, suffix ?? '');
  if (digits === undefined || factor === undefined) return undefined;
  return Number(digits) * factor * 10 ** Number(exponent ?? 0);
}

/** The same amount, to a billionth: 0.1 × 10⁻³ is not exact in binary. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const [left, right] = [quantityValue(a), quantityValue(b)];
  if (left === undefined || right === undefined) return a === b;
  return Math.abs(left - right) <= Math.max(Math.abs(left), Math.abs(right)) * 1e-9;
}
