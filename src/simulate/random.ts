/** Chance that can be repeated: the same seed gives the same numbers, on every machine. */

/** Uniform numbers in [0, 1), by mulberry32: 32 bits of state, period 2³², good enough to shake a traffic curve. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A Poisson number of the given mean: by products of uniforms (Knuth, TAOCP 2, 3.4.1) below 30, else by a normal one. */
export function poisson(mean: number, random: () => number): number {
  if (!(mean > 0)) return 0;
  if (mean < 30) {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = random(); product > limit; product *= random()) count += 1;
    return count;
  }
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
}

/** A normal number, by Box and Muller (1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A lognormal number of the given mean and variation (standard deviation over mean): how long jobs take that are many short
 * ones and some long.
 */
export function lognormal(mean: number, variation: number, random: () => number): number {
  const variance = Math.log(1 + variation * variation);
  return mean * Math.exp(Math.sqrt(variance) * normal(random) - variance / 2);
}
