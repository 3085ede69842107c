/**
 * An operator that ends anywhere, and another one that goes on with what stands in the cluster: it is as if none had ended.
 * Of a capability a step may not be told of that is done while the new one is still asking; of the sides every one is.
 */
import { describe, expect, it } from 'vitest';
import { JOURNEYS } from './journeys.ts';
import { Life } from './life.ts';

const lastingOf = ({ writes, world }: Life) => ({
  writes: Object.fromEntries(writes),
  left: world.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).toSorted(),
});
const stepsOf = ({ steps }: Life) => Object.fromEntries(steps);

/** Those of them that come in this order. */
function inOrder(steps: readonly string[], order: readonly string[] = []): readonly string[] {
  let next = 0;
  for (const step of order) if (steps[next] === step) next += 1;
  return steps.slice(0, next);
}

/** Generous: what it takes is no claim. */
const TIMEOUT = 240_000;

describe.each(JOURNEYS)('$name', { timeout: TIMEOUT }, (journey) => {
  const undisturbed = new Life(journey).live();
  const expected = lastingOf(undisturbed);
  // How a platform comes into being is the same for all of them, and looked at once.
  const first = journey === JOURNEYS[0] ? 0 : (undisturbed.begins[1] ?? 0);

  it('has steps on the way, and is written once each', () => {
    const steps = Object.values(stepsOf(undisturbed)).flat();
    expect(new Set(steps).size).toBeGreaterThan(1);
    for (const [key, writes] of undisturbed.writes) {
      const again = writes.filter((write, index) => write === writes[index - 1]);
      expect(again, `writes of ${key}`).toEqual([]);
    }
  });

  it('takes the same steps and makes the same writes with a stop after any pass', () => {
    for (const pass of undisturbed.eventful.filter((at) => at >= first)) {
      const life = new Life(journey).live((at) => (at === pass ? Number.POSITIVE_INFINITY : undefined));
      expect(lastingOf(life), `a stop after pass ${pass}`).toEqual(expected);
      for (const [of, steps] of life.steps) {
        expect(inOrder(steps, undisturbed.steps.get(of)), `${of} with a stop after pass ${pass}`).toEqual(
          steps,
        );
      }
      expect(life.steps.get('sides')).toEqual(undisturbed.steps.get('sides'));
    }
  });

  it('makes the same writes with a stop after any write, before the status says so', () => {
    for (const [pass, writes] of undisturbed.passes.entries()) {
      if (pass < first) continue;
      for (let after = 1; after <= writes; after += 1) {
        const life = new Life(journey).live((at) => (at === pass ? after : undefined));
        expect(lastingOf(life), `a stop in pass ${pass} after write ${after}`).toEqual(expected);
        const sides = life.steps.get('sides') ?? [];
        expect(undisturbed.steps.get('sides') ?? []).toEqual(expect.arrayContaining(sides));
      }
    }
  });

  it('makes the same writes with an operator that never lives longer than one write', () => {
    const life = new Life(journey).live((_, { actions }) => (actions.length > 0 ? 1 : undefined));
    expect(lastingOf(life)).toEqual(expected);
  });
});
