/**
 * How many came and how many were finished, where only the difference was seen.
 *
 * Two looks at a queue tell its net change. With Poisson arrivals and completions that is a Skellam variable (Skellam 1946), and
 * the number that cancelled out, min(arrivals, completions), has the mean
 *
 *     E[min | net] = z/2 · I(v+1, z) / I(v, z),   v = |net|,  z = 2 √(arrivals · completions expected)
 *
 * with modified Bessel functions I. Their ratio is taken from the bound of Amos (1974, Math. Comp. 28), which is exact for small z,
 * where looks are frequent, and off by less than 5 % elsewhere.
 */

/** I(v+1, z) / I(v, z), for v ≥ 0 and z ≥ 0. */
function besselRatio(v: number, z: number): number {
  return z / (v + 0.5 + Math.sqrt(z * z + (v + 1.5) ** 2));
}

/**
 * Jobs that have come between two looks, in expectation. Those that were finished are as many less the net change.
 *
 * @param net Jobs in the system now, less those of the look before.
 * @param arrivals Jobs expected to have come, before the net change was seen.
 * @param completions Jobs expected to have been finished.
 */
export function arrivalsGiven(net: number, arrivals: number, completions: number): number {
  const z = 2 * Math.sqrt(Math.max(0, arrivals * completions));
  return Math.max(net, 0) + (z / 2) * besselRatio(Math.abs(net), z);
}
