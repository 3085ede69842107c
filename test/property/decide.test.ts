import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TIER_NAMES } from '../../src/api/names.ts';
import { decide, decideOn, emptyHistory, proposeTier } from '../../src/decide/decide.ts';
import type {
  DecideInput,
  Decision,
  History,
  ObservedComponent,
  TierLock,
} from '../../src/model/decision.ts';
import { ladderOf } from '../../src/ladder/ladder.ts';
import { MAX_SLOTS } from '../../src/ladder/load.ts';
import { MOST_COUNTS } from '../../src/scaling/queue/flow.ts';
import { MOST_PENDING } from '../../src/scaling/queue/pod-starts.ts';
import { MAX_WANTED_SLOTS } from '../../src/scaling/window.ts';
import { MAX_SIZES } from '../../src/signals/projection.ts';
import { DAY, MINUTE, MONDAY, TIMED_OUT, load, readings, spec, type Values } from '../unit/decide/given.ts';

const SPEC = spec();
const LADDER = ladderOf(SPEC);

const queue = fc.record({
  ready: fc.integer({ min: 0, max: 50_000 }),
  inFlight: fc.integer({ min: 0, max: 500 }),
  delayed: fc.integer({ min: 0, max: 5_000 }),
  oldestAgeSeconds: fc.integer({ min: 0, max: 600 }),
  firstForSeconds: fc.integer({ min: 0, max: 600 }),
});
const values: fc.Arbitrary<Values> = fc.record(
  {
    leadsPerDay: fc.integer({ min: 0, max: 200_000 }),
    leadsPerMinute: fc.integer({ min: 0, max: 5_000 }),
    responseTime: fc.integer({ min: 0, max: 2_000 }),
    cpu: fc.integer({ min: 0, max: 120 }),
    apiCallsPerHour: fc.integer({ min: 0, max: 2_000 }),
    databaseSize: fc.integer({ min: 0, max: 1e11 }),
    connections: fc.record({
      used: fc.integer({ min: 0, max: 500 }),
      allowed: fc.integer({ min: 1, max: 1_000 }),
    }),
    queues: fc.record({ default: queue, 'vici-updates': queue }),
  },
  { requiredKeys: [] },
);
const replicas = fc.integer({ min: 1, max: 40 });
const observed = (name: string): fc.Arbitrary<ObservedComponent> =>
  fc.tuple(replicas, fc.boolean()).map(([desiredReplicas, ready]) => ({
    name,
    desiredReplicas,
    readyReplicas: ready ? desiredReplicas : desiredReplicas - 1,
  }));
const components: fc.Arbitrary<readonly ObservedComponent[]> = fc.oneof(
  fc.constant([]),
  fc.tuple(observed('all-in-one')),
  fc.tuple(observed('ingest'), observed('sync'), observed('queue-default')),
);
const history: fc.Arbitrary<History> = fc
  .tuple(fc.constantFrom(...TIER_NAMES), fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 9 }))
  .map(([tier, leads, days]) => ({
    ...emptyHistory(),
    tier,
    tierSince: MONDAY - 10 * DAY,
    load: load(MONDAY, [days, leads]),
  }));

const input = (given: Values, running: readonly ObservedComponent[], at = MONDAY): DecideInput => ({
  spec: SPEC,
  readings: readings(given, at),
  components: running,
  confirmed: new Set(),
});
const sizes = ({ components: decided }: Decision) =>
  decided.map(({ name, replicas: many }) => [name, many] as const);
const tierOf = (name: string): number => LADDER.byName.get(name)?.index ?? -1;

/** A queue that is busier in every way. */
const busier = (
  one: {
    ready: number;
    inFlight: number;
    delayed: number;
    oldestAgeSeconds: number;
    firstForSeconds: number;
  },
  by: number,
) => ({
  ...one,
  ready: one.ready + by,
  inFlight: one.inFlight + (by % 50),
  oldestAgeSeconds: one.oldestAgeSeconds + (by % 60),
});

/** Red, with all replicas that any tier allows, ready; queues that nobody reads, so that no need is known. */
const redWithoutNeed = fc.record({
  tier: fc.integer({ min: 1, max: 7 }),
  leadsBelow: fc.double({ min: 0, max: 1, noNaN: true }),
  isKnown: fc.boolean(),
  minTier: fc.option(fc.nat(7), { nil: undefined }),
  hasWindow: fc.boolean(),
  hour: fc.integer({ min: 0, max: 23 }),
});

describe('without a need', () => {
  it('health raises by one tier and no further, whatever minTier, windows and leads/day are, and keeps no data back', () => {
    fc.assert(
      fc.property(redWithoutNeed, ({ tier, leadsBelow, isKnown, minTier, hasWindow, hour }) => {
        const { name, from } = LADDER.tiers[tier]!;
        const over = LADDER.tiers[tier - 1]!;
        const windows = hasWindow ? [{ name: 'night', schedule: '0 2 * * *', duration: '1h' }] : [];
        const given = spec({
          ...(minTier !== undefined && { minTier: TIER_NAMES[Math.min(minTier, tier)]! }),
          transitions: { windows },
        });
        const leads = Math.floor(leadsBelow * (from - 1));
        const since = MONDAY - 2 * DAY;
        let before: History = {
          ...emptyHistory(),
          ...{ tier: name, tierSince: since, raisedOver: over.name, redSince: { responseTime: since } },
          load: load(MONDAY + hour * 60 * MINUTE, [7.5, leads]),
        };
        const running = ['all-in-one', 'ingest', 'sync', 'queue-default'].map((one) => ({
          ...{ name: one, desiredReplicas: 1_000, readyReplicas: 1_000 },
        }));
        for (let look = 0; look < 3; look += 1) {
          const at = MONDAY + hour * 60 * MINUTE + look * MINUTE;
          const values = { responseTime: 1_500, leadsPerDay: isKnown ? leads : TIMED_OUT };
          const decision = decide({ ...input(values, running, at), spec: given }, before, at);
          expect(decision.tier.to).toBe(name);
          expect(decision.history.dataUpTo).toBeUndefined();
          before = decision.history;
        }
      }),
    );
  });
});

describe('whatever is given', () => {
  it('replicas are within the highest tier’s bounds, and the database’s when they grow', () => {
    fc.assert(
      fc.property(values, components, history, (given, running, before) => {
        const decision = decide(input(given, running), before, MONDAY);
        const { bounds } = LADDER.highest;
        for (const [name, many] of sizes(decision)) {
          const of =
            name === 'all-in-one'
              ? bounds.allInOne
              : name === 'ingest'
                ? bounds.ingest
                : name === 'sync'
                  ? bounds.sync
                  : bounds.queue;
          expect(Number.isInteger(many)).toBe(true);
          expect(many).toBeGreaterThanOrEqual(1);
          expect(many).toBeLessThanOrEqual(of.max);
        }
        const own = LADDER.byName.get(decision.tier.to)?.bounds;
        if (decision.history.required.length === 0 && own !== undefined) {
          for (const [name, many] of sizes(decision)) {
            const of =
              name === 'all-in-one'
                ? own.allInOne
                : name === 'ingest'
                  ? own.ingest
                  : name === 'sync'
                    ? own.sync
                    : own.queue;
            expect(many).toBeLessThanOrEqual(of.max);
            expect(many).toBeGreaterThanOrEqual(Math.min(of.min, name === 'sync' ? 1 : of.min));
          }
        }
      }),
    );
  });

  it('what is wanted grows with the depth and the age of a queue', () => {
    fc.assert(
      fc.property(queue, fc.integer({ min: 0, max: 20_000 }), history, (one, by, before) => {
        const wanted = (depth: typeof one) =>
          decide(input({ queues: { default: depth, 'vici-updates': {} } }, []), before, MONDAY).components.at(
            -1,
          )!.wanted;
        expect(wanted(busier(one, by))).toBeGreaterThanOrEqual(wanted(one));
      }),
    );
  });

  it('what ingest wants grows with leads/minute', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), history, (one, by, before) => {
        const wanted = (leadsPerMinute: number) =>
          decide(input({ leadsPerMinute }, []), before, MONDAY).components[0]!.wanted;
        expect(wanted(one + by)).toBeGreaterThanOrEqual(wanted(one));
      }),
    );
  });

  it('the tier and its target grow with leads/day', () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.nat(100_000), fc.constantFrom(...TIER_NAMES), (one, by, tier) => {
        const at = (leadsPerDay: number) =>
          decide(
            input({ leadsPerDay }, []),
            { ...emptyHistory(), tier, tierSince: MONDAY - 10 * DAY, load: load(MONDAY, [8, leadsPerDay]) },
            MONDAY,
          ).tier;
        // A fall to zero is another matter: it is not believed.
        expect(tierOf(at(one + by + 1).to)).toBeGreaterThanOrEqual(tierOf(at(one + 1).to));
        expect(tierOf(at(one + by + 1).target)).toBeGreaterThanOrEqual(tierOf(at(one + 1).target));
      }),
    );
  });

  it('unknown lowers nothing that tier and spec allow', () => {
    const dark: Values = {
      leadsPerDay: TIMED_OUT,
      leadsPerMinute: TIMED_OUT,
      responseTime: TIMED_OUT,
      connections: TIMED_OUT,
      queues: { default: TIMED_OUT, 'vici-updates': TIMED_OUT },
    };
    fc.assert(
      fc.property(components, history, (running, before) => {
        const decision = decide(input(dark, running), before, MONDAY);
        expect(tierOf(decision.tier.to)).toBeGreaterThanOrEqual(tierOf(decision.tier.from));
        for (const { name, replicas: many, rule } of decision.components) {
          const now = running.find((one) => one.name === name)?.desiredReplicas ?? 0;
          if (rule !== 'Ceiling') expect(many).toBeGreaterThanOrEqual(now);
        }
      }),
    );
  });

  it.each([
    ['nothing', 14_000, ''],
    ['no web side', 4 * MINUTE, 'ingest'],
  ])('%s goes below its current size before its window was seen', (_, span, only) => {
    fc.assert(
      fc.property(
        fc.array(values, { minLength: 1, maxLength: 8 }),
        components,
        history,
        (looks, running, before) => {
          let known = before;
          looks.forEach((given, index) => {
            const now = MONDAY + (index * span) / looks.length;
            const decision = decide(input(given, running, now), known, now);
            for (const { name, replicas: many, rule } of decision.components) {
              const current = running.find((one) => one.name === name)?.desiredReplicas ?? 0;
              if (only !== '' && name !== only) continue;
              if (rule !== 'Ceiling') expect(many).toBeGreaterThanOrEqual(current);
            }
            known = decision.history;
          });
        },
      ),
    );
  });

  it('the same look again, with what was remembered of it, decides the same', () => {
    fc.assert(
      fc.property(values, components, history, (given, running, before) => {
        const once = decide(input(given, running), before, MONDAY);
        const twice = decide(input(given, running), once.history, MONDAY);
        expect(twice.tier.to).toBe(once.tier.to);
        expect(sizes(twice)).toEqual(sizes(once));
        expect(decide(input(given, running), twice.history, MONDAY).history).toEqual(twice.history);
      }),
    );
  });

  it('history stays within its bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(values, fc.integer({ min: 1, max: 3 * 3_600_000 })), {
          maxLength: 400,
          minLength: 300,
        }),
        history,
        (looks, before) => {
          let known = before;
          let now = MONDAY;
          for (const [given, later] of looks) {
            now += later;
            known = decide(input(given, [], now), known, now).history;
          }
          expect(known.load.length).toBeLessThanOrEqual(MAX_SLOTS);
          expect(known.sizes.length).toBeLessThanOrEqual(MAX_SIZES);
          expect(Object.keys(known.queues).length).toBeLessThanOrEqual(2);
          for (const { counts } of Object.values(known.queues))
            expect(counts.length).toBeLessThanOrEqual(MOST_COUNTS);
          for (const { pending } of Object.values(known.starts))
            expect(pending.length).toBeLessThanOrEqual(MOST_PENDING);
          expect(Object.keys(known.wanted).length).toBeLessThanOrEqual(3);
          for (const slots of Object.values(known.wanted))
            expect(slots.length).toBeLessThanOrEqual(MAX_WANTED_SLOTS);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('a hook that is found to come before the tier decides as if it had been known from the start', () => {
    const tier = fc.constantFrom(...TIER_NAMES, 'no-such-tier');
    const waits: fc.Arbitrary<TierLock> = fc
      .tuple(tier, tier)
      .map(([from, due]) => ({ tier: from, due, why: 'a hook', since: MONDAY - 20 * DAY }));
    const failed = fc
      .tuple(waits, fc.boolean())
      .map(([lock, separate]) => ({ ...lock, separate, until: MONDAY + MINUTE }));
    fc.assert(
      fc.property(
        ...([values, components, history, fc.option(failed, { nil: undefined }), waits] as const),
        (given, running, before, hold, hookLock) => {
          const facts = input(given, running);
          const proposal = proposeTier({ ...facts, hold }, before, MONDAY);
          expect(decideOn(proposal, hookLock)).toEqual(decide({ ...facts, hold: hookLock }, before, MONDAY));
          expect(proposal.to).toBe(decideOn(proposal, undefined).tier.to);
        },
      ),
    );
  });

  it('junk crashes nothing and lowers nothing', () => {
    const junk = fc.oneof(
      fc.constantFrom(NaN, Infinity, -Infinity, -1, 1e300, null, 'seven', undefined, {}, []),
      fc.double(),
    ) as fc.Arbitrary<never>;
    const reading = fc.oneof(
      fc.record({ value: junk, at: fc.oneof(junk, fc.constant(MONDAY as never)) }),
      fc.constant(TIMED_OUT),
    ) as fc.Arbitrary<never>;
    const junkQueue = fc.record({
      value: fc.record({
        ready: junk,
        inFlight: junk,
        delayed: junk,
        oldestAgeSeconds: junk,
        firstForSeconds: junk,
      }),
      at: fc.constant(MONDAY),
    }) as fc.Arbitrary<never>;
    fc.assert(
      fc.property(
        fc.tuple(reading, reading, reading, junkQueue),
        components,
        history,
        ([a, b, c, q], running, before) => {
          const given = {
            ...readings({}, MONDAY),
            leadsPerDay: a,
            responseTime: b,
            databaseConnections: c,
            queues: { default: q, 'vici-updates': q },
          };
          const decision = decide(
            { spec: SPEC, readings: given, components: running, confirmed: new Set() },
            before,
            MONDAY,
          );
          for (const { name, replicas: many, rule } of decision.components) {
            const current = running.find((one) => one.name === name)?.desiredReplicas ?? 0;
            expect(Number.isInteger(many)).toBe(true);
            if (rule !== 'Ceiling') expect(many).toBeGreaterThanOrEqual(current);
          }
        },
      ),
    );
  });
});
