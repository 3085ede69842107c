/** What holds of every plan, whatever is decided and however slowly pods come. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/model/decision.ts';
import { plan } from '../../src/plan/plan.ts';
import { Driver } from '../unit/plan/driver.ts';
import { decisionOf, NOW, snapshotOf, specOf } from '../unit/plan/fixtures.ts';

const spec = specOf({ components: { queues: [{ name: 'default' }, { name: 'mail' }] } });
const size = fc.integer({ min: 0, max: 6 });
const some = fc.integer({ min: 1, max: 6 });

const decision: fc.Arbitrary<Decision> = fc
  .record({
    separate: fc.boolean(),
    spread: fc.boolean(),
    sizes: fc.record({
      ingest: some,
      'all-in-one': some,
      sync: size,
      'queue-default': size,
      'queue-mail': size,
    }),
  })
  .map(({ separate, spread, sizes }) =>
    decisionOf({
      spec,
      separate,
      sizes,
      tier: { to: separate ? 'scaled' : 'cached' },
      capabilities: spread ? [{ name: 'multiple-app-servers', required: false, consent: 'Given' }] : [],
    }),
  );

/** What happens between two passes: the decision may turn, and so many pods become ready. */
const turn = fc.record({ decision: fc.option(decision, { freq: 3 }), pace: fc.integer({ min: 0, max: 3 }) });
const story = fc.record({ first: decision, turns: fc.array(turn, { maxLength: 25 }) });

function play(
  first: Decision,
  turns: readonly { decision: Decision | null; pace: number }[],
  check: (driver: Driver) => void,
) {
  const driver = new Driver(spec);
  driver.converge(first);
  let current = first;
  for (const { decision: next, pace } of turns) {
    current = next ?? current;
    driver.pass(current);
    check(driver);
    driver.world.pace = pace;
    driver.world.step();
    check(driver);
  }
  return { driver, current };
}

/** Generous: what it takes is no claim. */
const TIMEOUT = 120_000;

describe('a plan', { timeout: TIMEOUT }, () => {
  it('leaves nothing to plan once it was carried out and everything is ready', () => {
    fc.assert(
      fc.property(story, ({ first, turns }) => {
        const { driver, current } = play(first, turns, () => undefined);
        driver.world.pace = Number.POSITIVE_INFINITY;
        driver.converge(current);
        const { actions, status, events } = driver.plan(current);
        expect({ actions, events }).toEqual({ actions: [], events: [] });
        expect(status).toEqual(driver.status);
      }),
      { numRuns: 60 },
    );
  });

  it('asks for no write again that it asked for a moment before', () => {
    fc.assert(
      fc.property(story, ({ first, turns }) => {
        const { driver, current } = play(first, turns, () => undefined);
        const before = driver.plan(current);
        driver.world.carryOut(before.actions);
        driver.status = before.status;
        const again = driver
          .plan(current)
          .actions.flatMap((action) => ('fingerprint' in action ? [action.fingerprint] : []));
        const asked = before.actions.flatMap((action) =>
          'fingerprint' in action ? [action.fingerprint] : [],
        );
        expect(again.filter((fingerprint) => asked.includes(fingerprint))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('never points the Service at a component without a ready replica', () => {
    fc.assert(
      fc.property(story, ({ first, turns }) => {
        play(first, turns, ({ world }) => {
          const { target = '' } = world;
          expect(world.ready(target), `ready replicas of ${target}`).toBeGreaterThan(0);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('never takes a replica from the side that serves before the other side serves', () => {
    fc.assert(
      fc.property(story, ({ first, turns }) => {
        play(first, turns, (driver) => {
          const { world, status } = driver;
          if (status.transition?.step !== 'MakeNew' && status.transition?.step !== 'WaitReady') return;
          const served = world.target ?? '';
          expect(world.asked(served) ?? 0, `replicas asked of ${served}`).toBeGreaterThan(0);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same input, and changes none of it', () => {
    fc.assert(
      fc.property(decision, (decided) => {
        const snapshot = snapshotOf({ spec });
        const before = structuredClone({ snapshot, decided });
        const once = plan({ snapshot, decision: decided, now: NOW });
        expect(plan({ snapshot, decision: decided, now: NOW })).toEqual(once);
        expect({ snapshot, decided }).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });
});
