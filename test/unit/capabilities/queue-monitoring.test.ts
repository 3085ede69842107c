import { describe, expect, it } from 'vitest';
import type { ProbeResult, HorizonFacts } from '../../../src/probes/probe.ts';
import type { SignalView } from '../../../src/model/decision.ts';
import { NOW } from '../plan/fixtures.ts';
import { Story } from './story.ts';

const depth = (queue: string, more: Partial<SignalView> = { value: 3, at: NOW, band: 'green' }) =>
  ({ name: `queueDepth.${queue}`, unit: 'count', ...more }) as SignalView;
const KNOWN = [depth('vici-updates'), depth('default')];
const UNKNOWN = [depth('vici-updates', { unknown: 'SourceTimeout' }), depth('default')];
const UNSET = [depth('default', { unknown: 'NotConfigured' })];
const stores = { redis: { host: 'redis.example.com', database: 2 } };

function told(signals: readonly SignalView[], horizon?: object, answer?: ProbeResult<HorizonFacts>) {
  const story = new Story(
    ['queue-monitoring'],
    { stores, ...(horizon && { capabilities: { queueMonitoring: { horizon } } }) },
    { separate: true, signals },
  );
  if (answer !== undefined) story.driver.probeResults = { 'queue-monitoring/horizon': answer };
  const { probes } = story.settle().driver.plan(story.decision());
  return { ...story.report('queue-monitoring'), probes };
}
const found = (facts: Partial<HorizonFacts> = {}, ago = 60_000) => ({
  at: NOW,
  facts: { isFound: true, lastSnapshotAt: NOW - ago, queues: {}, ...facts },
});

describe('queue-monitoring', () => {
  it.each([
    ['the depth of every queue is known', KNOWN, 'Ready', 'Ready'],
    ['one does not answer', UNKNOWN, 'Blocked', 'QueueDepthUnknown'],
    ['no source was given', UNSET, 'Blocked', 'NoQueueSource'],
    ['there is no signal of any', [], 'Blocked', 'NoQueueSource'],
  ])('goes by the signals of the operator without Horizon: %s', (_case, signals, state, reason) => {
    expect(told(signals)).toMatchObject({ state, reason, probes: [] });
  });

  it('asks Horizon where it is said to run, under its prefix, in its database', () => {
    const { probes, state, reason } = told(KNOWN, { prefix: 'brain_horizon:', database: 4 });
    expect([state, reason]).toEqual(['Progressing', 'NotAsked']);
    expect(probes).toMatchObject([
      {
        isUrgent: true,
        probe: {
          kind: 'horizon',
          store: { host: 'redis.example.com' },
          database: 4,
          prefix: 'brain_horizon:',
          queues: ['vici-updates', 'default'],
        },
      },
    ]);
  });

  it('tells what Horizon measured, of each queue', () => {
    const queues = { default: { perMinute: 12.4, runtime: 340.2 }, 'vici-updates': { perMinute: 0.25 } };
    expect(told(KNOWN, {}, found({ queues }))).toMatchObject({
      state: 'Ready',
      message:
        'The depth of every queue is known. Horizon measured: vici-updates 0.3 jobs a minute; default 12 jobs a minute of 340ms each.',
    });
  });

  const both = { default: { perMinute: 10, runtime: 2_000 }, 'vici-updates': { perMinute: 1 } };
  it.each([
    ['Horizon measured every queue', both, 'Ready'],
    ['Horizon measured one of two queues', { default: { perMinute: 10 } }, 'Blocked'],
    ['Horizon measured none', {}, 'Blocked'],
  ])('tells what is not known of a depth, where %s', (_case, queues, state) => {
    expect(told(UNKNOWN, {}, found({ queues }))).toMatchObject({
      state,
      message: expect.stringContaining('The depth is not known of: vici-updates'),
    });
  });

  it.each([
    ['has no keys', found({ isFound: false }), 'Blocked', 'HorizonNotFound', 'HORIZON_PREFIX'],
    [
      'does not answer',
      { at: NOW, unknown: 'SourceTimeout', message: 'it took too long' },
      'Blocked',
      'HorizonUnknown',
      'it took too long.',
    ],
    [
      'takes no snapshots any more',
      found({ queues: { default: { perMinute: 1 } } }, 3_600_000),
      'Ready',
      'Ready',
      'schedule horizon:snapshot',
    ],
  ])('says what to do where Horizon %s', (_case, answer, state, reason, says) => {
    const report = told(KNOWN, {}, answer);
    expect(report).toMatchObject({ state, reason, message: expect.stringContaining(says) });
    expect(report.message).not.toContain('jobs a minute');
  });
});
