import { beforeEach, expect, it } from 'vitest';
import { OperatorMetrics } from '../../../controller/http/metrics.ts';
import { expositionOf } from '../../../controller/http/read-metric.ts';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import type { CapabilityName } from '../../../src/api/names.ts';
import type { CapabilityReport } from '../../../src/capabilities/contract/report.ts';
import type { LeadPlatformStatus } from '../../../src/api/schema/status.ts';
import { decisionOf, NOW } from '../plan/fixtures.ts';

let states: PlatformStates;
let objects: Map<string, LeadPlatformObject>;
let polls: number;
let metrics: OperatorMetrics;

beforeEach(() => {
  states = new PlatformStates();
  objects = new Map();
  polls = 3;
  metrics = new OperatorMetrics();
  metrics.observe({
    isLeading: () => true,
    platforms: () => states.entries(),
    platform: (key) => {
      const state = states.get(key);
      return state && { state, object: objects.get(key) };
    },
    *readyReplicas() {
      yield { namespace: 'leads', name: 'brain', component: 'sync', ready: 2 };
    },
    queueDepth: () => 5,
    watchEvents: () => new Map([['leadplatforms', NOW]]),
    sourceStats: () => ({
      platforms: 1,
      sources: 1,
      inFlight: 0,
      waiting: 0,
      bySource: { 'redis:queues': { polls, failures: { SourceTimeout: 1 }, lastSuccessAt: NOW } },
    }),
  });
});

function add(key: string, status: LeadPlatformStatus, decision = decisionOf()): void {
  const [namespace = '', name = ''] = key.split('/');
  objects.set(key, {
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { namespace, name, uid: key },
    status,
  });
  states.of(key, key).decision = decision;
}

const exposition = async () => (await Array.fromAsync(metrics.exposition())).map(String);

/** The samples of one metric, without its name. */
async function samples(name: string): Promise<string[]> {
  const lines = (await exposition()).join('').split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

it('tells the tier that a platform stands on from the one that was decided', async () => {
  const decision = decisionOf({ tier: { from: 'cached', to: 'separated', target: 'scaled' } });
  add('leads/brain', { tier: 'cached' }, decision);
  const labels = 'namespace="leads",name="brain"';
  expect(await samples('leadplatform_tier')).toEqual([`{${labels},tier="cached"} 1`]);
  expect(await samples('leadplatform_decided_tier')).toEqual([`{${labels},tier="separated"} 1`]);
  expect(await samples('leadplatform_target_tier')).toEqual([`{${labels},tier="scaled"} 1`]);
});

it('tells what an alert asks for: conditions, how long a step has taken, and what is required and missing', async () => {
  const since = new Date(NOW - 60_000).toISOString();
  const condition = (type: string, status: 'True' | 'False', reason: string) => ({
    ...{ type, status, reason, message: '', observedGeneration: 1, lastTransitionTime: since },
  });
  const capability = (name: CapabilityName, state: CapabilityReport['state'], required: boolean) => ({
    ...{ name, state, required, reason: '' },
  });
  add('leads/brain', {
    tier: 'cached',
    conditions: [
      condition('Ready', 'True', 'ComponentsReady'),
      condition('SignalsFresh', 'False', 'NoSignals'),
    ],
    transition: { from: 'cached', to: 'separated', step: 'WaitReady', since, message: '' },
    capabilities: [
      capability('search', 'Blocked', true),
      capability('read-replica', 'External', true),
      capability('queue-system', 'Ready', true),
      capability('cdn', 'Blocked', false),
    ],
  });
  add('leads/calm', { tier: 'cached' });
  const labels = 'namespace="leads",name="brain"';
  expect(await samples('leadplatform_condition')).toEqual([
    `{${labels},type="Ready",status="True",reason="ComponentsReady"} 1`,
    `{${labels},type="SignalsFresh",status="False",reason="NoSignals"} 1`,
  ]);
  expect(await samples('leadplatform_transition_step_start_timestamp_seconds')).toEqual([
    `{${labels},from="cached",to="separated",step="WaitReady"} ${NOW / 1_000 - 60}`,
  ]);
  expect(await samples('leadplatform_required_capability_missing')).toEqual([
    `{${labels},capability="search",state="Blocked"} 1`,
  ]);
});

it('counts polls and failures as counters, each scrape anew', async () => {
  expect(await samples('leadplatform_source_polls_total')).toEqual(['{source="redis:queues"} 3']);
  polls = 8;
  expect(await samples('leadplatform_source_polls_total')).toEqual(['{source="redis:queues"} 8']);
  expect(await samples('leadplatform_source_failures_total')).toEqual([
    '{source="redis:queues",reason="SourceTimeout"} 1',
  ]);
  expect((await exposition()).join('')).toContain('# TYPE leadplatform_source_polls_total counter');
});

it('tells of many platforms in parts, none of them long', async () => {
  for (let index = 0; index < 2_000; index++) add(`leads/brain-${index}`, { tier: 'cached' });
  const parts = await exposition();
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(40_000);
  const tiers = parts.join('').match(/^leadplatform_tier\{.*tier="cached"} 1$/gm);
  expect(new Set(tiers).size).toBe(2_000);
});

it('names a counter _total, and nothing else', async () => {
  const parts = await exposition();
  const families = [...parts.join('').matchAll(/^# TYPE (leadplatform_\w+) (\w+)$/gm)];
  for (const [, name = '', type] of families)
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
  expect(families.length).toBeGreaterThan(10);
});

it('says names as they are, whatever is in them', () => {
  const text = expositionOf({
    ...{ name: 'odd', help: 'Of odd things.', type: 'gauge', labels: ['of', 'in'] },
    read: (tell) => {
      tell({ in: 'a\nb', of: 'C:\\ "x"' }, Infinity);
      tell({ in: '', of: '' }, Number.NaN);
    },
  });
  expect(text.join('').split('\n')).toEqual([
    '# HELP odd Of odd things.',
    '# TYPE odd gauge',
    String.raw`odd{of="C:\\ \"x\"",in="a\nb"} +Inf`,
    'odd{of="",in=""} NaN',
    '',
  ]);
});

it('gives signals in base units with their time and band, and nothing for what is unknown', async () => {
  add(
    'leads/brain',
    {},
    decisionOf({
      signals: [
        { name: 'responseTime', unit: 'ms', value: 620, at: NOW, band: 'red' },
        { name: 'cpu', unit: '%', value: 59, at: NOW, band: 'green' },
        { name: 'agents', unit: 'count', unknown: 'SourceTimeout' },
      ],
    }),
  );
  const labels = (signal: string) => `{namespace="leads",name="brain",signal="${signal}"}`;
  expect(await samples('leadplatform_signal_value')).toEqual([
    `${labels('responseTime')} 0.62`,
    `${labels('cpu')} 0.59`,
  ]);
  expect(await samples('leadplatform_signal_band')).toEqual([
    `${labels('responseTime')} 2`,
    `${labels('cpu')} 0`,
  ]);
  expect(await samples('leadplatform_signal_observed_timestamp_seconds')).toHaveLength(2);
});

it('forgets a platform that is gone', async () => {
  add('leads/brain', { tier: 'cached' });
  expect(await samples('leadplatform_replicas_wanted')).toHaveLength(1);
  states.forget('leads/brain');
  for (const name of ['tier', 'decided_tier', 'target_tier', 'replicas_wanted', 'signal_value'])
    expect(await samples(`leadplatform_${name}`)).toEqual([]);
});
