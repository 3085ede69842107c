import { describe, expect, it } from 'vitest';
import { plan } from '../../../../src/plan/plan.ts';
import { statusNeedsWrite } from '../../../../src/plan/status/status-writes.ts';
import type { LeadPlatformStatus } from '../../../../src/api/schema/status.ts';
import { Story } from '../../capabilities/story.ts';
import { Driver } from '../driver.ts';
import { decisionOf, snapshotOf, specOf } from '../fixtures.ts';

const spec = specOf({ components: { queues: [{ name: 'default' }, { name: 'mail' }] } });
const together = decisionOf({ spec, tier: { from: 'cached', to: 'cached' } });
const apart = decisionOf({ spec, separate: true, tier: { from: 'cached', to: 'separated' } });

function runningTogether(of = spec): Driver {
  const driver = new Driver(of);
  driver.converge(together);
  return driver;
}

/** Like `✓ MakeNew, ▸ WaitReady, · SwitchTraffic`. */
const SIGNS = { Done: '✓', Active: '▸', Pending: '·' };
const planOf = ({ transition }: LeadPlatformStatus): string =>
  (transition?.steps ?? []).map(({ name, state }) => `${SIGNS[state]} ${name}`).join(', ');

/** Every plan that is shown on the way, each once. */
function plansOf(driver: Driver, decision: typeof apart): readonly string[] {
  const told: string[] = [];
  for (let count = 0; count < 15; count += 1) {
    const shown = planOf(driver.pass(decision).status);
    if (told.at(-1) !== shown) told.push(shown);
    driver.world.step();
  }
  return told;
}

describe('the plan of a change of sides', () => {
  it('shows what is behind, under way and to come, and is gone when all is done', () => {
    const driver = runningTogether();
    driver.world.pace = 1;
    driver.world.broken.add('brain-sync');
    const held = plansOf(driver, apart);
    driver.world.broken.clear();
    const rest = plansOf(driver, apart);
    expect([...held, ...rest.slice(1)]).toEqual([
      '✓ Preflight, ▸ MakeNew, · WaitReady, · SwitchTraffic, · DrainOld, · RemoveOld',
      '✓ Preflight, ✓ MakeNew, ▸ WaitReady, · SwitchTraffic, · DrainOld, · RemoveOld',
      '✓ Preflight, ✓ MakeNew, ✓ WaitReady, ▸ SwitchTraffic, · DrainOld, · RemoveOld',
      '✓ Preflight, ✓ MakeNew, ✓ WaitReady, ✓ SwitchTraffic, ▸ DrainOld, · RemoveOld',
      '✓ Preflight, ✓ MakeNew, ✓ WaitReady, ✓ SwitchTraffic, ✓ DrainOld, ▸ RemoveOld',
      '',
    ]);
  });

  it('names the gate of every step', () => {
    const { steps = [] } = runningTogether().plan(apart).status.transition ?? {};
    for (const { name, gate } of steps) expect(gate, name).toMatch(/^[a-z][^.]+$/i);
  });

  it('begins with the preflight, where there is no room', () => {
    const driver = runningTogether();
    const { status, now } = driver;
    const headroom = { at: now, quotas: [{ name: 'few', hard: { pods: 1 }, used: { pods: 1 } }] };
    const snapshot = snapshotOf({ spec, status, children: driver.world.children(), headroom });
    expect(planOf(plan({ snapshot, decision: apart, now }).status)).toBe(
      '▸ Preflight, · MakeNew, · WaitReady, · SwitchTraffic, · DrainOld, · RemoveOld',
    );
  });

  it('has two steps where a queue leaves the spec', () => {
    const driver = runningTogether();
    driver.converge(apart);
    driver.spec = specOf({ components: { queues: [{ name: 'mail' }] } });
    const without = decisionOf({ spec: driver.spec, separate: true });
    expect(plansOf(driver, without)).toEqual(['▸ DrainOld, · RemoveOld', '✓ DrainOld, ▸ RemoveOld', '']);
  });

  it.each(['Paused', 'Recommend'] as const)('is not there while mode is %s', (mode) => {
    expect(runningTogether({ ...spec, mode }).plan(apart).status.transition).toBeUndefined();
  });
});

describe('the plan of capabilities', () => {
  const CACHE = { capabilities: { redis: { enabled: true } } };

  it('has the steps of each that is under way, behind those of the sides', () => {
    const story = new Story(['redis-cache'], CACHE, { separate: false });
    story.driver.pass(story.decision([]));
    story.driver.world.step();
    story.driver.pass(story.decision([]));
    story.decide({ separate: true, tier: { from: 'single-server', to: 'separated' } });
    story.driver.pass(story.decision());
    expect(planOf(story.driver.status)).toMatch(
      /^✓ Preflight, ▸ MakeNew, · WaitReady, · SwitchTraffic, · DrainOld, · RemoveOld, ▸ redis-cache\/ServerReady, · redis-cache\/\w+/,
    );
    const { steps = [] } = story.driver.status.transition ?? {};
    const gated = steps.filter(({ name, gate }) => name.startsWith('redis-cache/') && gate !== undefined);
    expect(gated.map(({ state }) => state)).toEqual(['Active']);
  });

  it('shows the way out, and leaves the list when it is gone', () => {
    const story = new Story(['cdn'], { capabilities: { cdn: { assetUrl: 'https://cdn.example.com' } } });
    story.driver.probeResults = { 'cdn/address': { at: story.driver.now, facts: { status: 200 } } };
    story.settle();
    const rest = story.driver.status.transition;
    expect(rest).toBeUndefined();
    story.driver.pass(story.decision([]));
    expect(planOf(story.driver.status)).toMatch(/^▸ cdn\/\w+/);
    expect(story.driver.status.transition?.step).toMatch(/^cdn\//);
    story.settle([]);
    expect(story.driver.status.transition).toBeUndefined();
  });
});

describe('a write of the status', () => {
  const status = (state: 'Active' | 'Done', gate: string): LeadPlatformStatus => ({
    transition: {
      ...{ from: 'a', to: 'b', step: 'X', message: 'waiting', since: '2026-03-02T09:00:00Z' },
      steps: [{ name: 'X', state, gate }],
    },
  });

  it.each([
    ['a step that is done', status('Done', '3 of 4 are there'), true],
    ['a gate in other words', status('Active', '3 of 4 are here'), true],
    ['a number in a gate', status('Active', '2 of 4 are there'), false],
    ['nothing new', status('Active', '3 of 4 are there'), false],
  ])('for %s', (_case, next, needed) => {
    const at = Date.parse('2026-03-02T09:00:01Z');
    expect(statusNeedsWrite(status('Active', '3 of 4 are there'), next, { writtenAt: at }, at)).toBe(needed);
  });
});
