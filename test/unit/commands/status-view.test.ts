import { expect, it } from 'vitest';
import type { PlatformView } from '../../../controller/commands/status-view.ts';
import { renderList, renderPlatform } from '../../../controller/commands/status-view.ts';
import { liveView } from '../../../controller/http/live.ts';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { Output } from '../../../src/cli/io.ts';
import { decisionOf, NOW } from '../plan/fixtures.ts';

const out: Output = { write: () => undefined, colour: false, columns: 80 };

const TYPE = { apiVersion: 'leadplatform.io/v1alpha1', kind: 'LeadPlatform' } as const;
const object: LeadPlatformObject = {
  ...TYPE,
  metadata: { name: 'brain', namespace: 'leads' },
  status: {
    tier: 'cached',
    tierSince: '2026-02-27T09:00:00Z',
    targetTier: 'separated',
    leadsPerDay: 9_500,
    components: [
      { name: 'all-in-one', desiredReplicas: 2, replicas: 2, readyReplicas: 1, reason: 'As it was.' },
    ],
    signals: [
      { name: 'leadsPerDay', value: 9_500, unit: 'count', band: 'green', at: '2026-03-02T08:55:00Z' },
      { name: 'responseTime', unit: 'ms', reason: 'SourceTimeout', message: 'it did not answer in time' },
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'ComponentsReady',
        message: 'Ready: all-in-one.',
        observedGeneration: 3,
        lastTransitionTime: '2026-02-27T09:00:00Z',
      },
    ],
    transition: {
      from: 'cached',
      to: 'separated',
      step: 'WaitReady',
      since: '2026-03-02T08:59:00Z',
      message: 'sync: 0 of 1 ready',
      steps: [
        { name: 'MakeNew', state: 'Done', gate: 'every new component has its Deployment' },
        { name: 'WaitReady', state: 'Active', gate: 'every new component is ready' },
        { name: 'cdn/UrlInForce', state: 'Pending' },
      ],
    },
    lastDecision: {
      at: '2026-03-02T08:55:00Z',
      rule: 'Climb',
      from: 'cached',
      to: 'separated',
      inputs: [],
      clamps: ['At most two.'],
      reasons: ['It was so when it was written.'],
    },
  },
};
const live = liveView(
  decisionOf({
    at: NOW - 4_000,
    sizes: { 'all-in-one': 3 },
    signals: [
      { name: 'leadsPerDay', unit: 'count', value: 11_250, at: NOW - 9_000, band: 'yellow' },
      { name: 'agents', unit: 'count', unknown: 'NotConfigured' },
    ],
    reasons: ['It is so now.'],
  }),
);
const platform = (view: PlatformView, how: Output = out) => renderPlatform(view, NOW, how);

it('shows live numbers where the operator answers, and how old they are', () => {
  const text = platform({ object, live });
  expect(text).toMatch(/Tier +cached \(since 2026-02-27T09:00:00Z\)/);
  expect(text).toMatch(/Target +separated/);
  expect(text).toMatch(/Step +WaitReady: sync: 0 of 1 ready/);
  expect(text).toMatch(/Numbers +live, decided 4s ago/);
  expect(text).toMatch(/^MakeNew +Done +every new component has its Deployment$/m);
  expect(text).toMatch(/^WaitReady +Active +every new component is ready$/m);
  expect(text).toMatch(/^cdn\/UrlInForce +Pending *$/m);
  expect(text).toMatch(/^leadsPerDay +11,250 +yellow +9s ago$/m);
  // What is wanted is live; what is ready, the API server knows.
  expect(text).toMatch(/^all-in-one +3 +1 +As the test says\.$/m);
  expect(text).toContain('- It is so now.');
  expect(text).not.toContain('It was so');
  expect(text).not.toContain('agents');
});

it('shows the last write where there are no live numbers, says why, and tells unknown from zero', () => {
  const unavailable = `You may not forward ports of Pods in namespace "leadplatform-system". ${'Ask. '.repeat(20)}`;
  const text = platform({ object, live: undefined, unavailable });
  expect(text).toMatch(
    /^  Numbers  of the last status write \(9,500 leads\/day\)\n {11}You may not forward ports/m,
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toMatch(/^leadsPerDay +9,500 +green +5m ago$/m);
  expect(text).toMatch(/^responseTime +unknown +- +it did not answer in time$/m);
  expect(text).toMatch(/^all-in-one +2 +1 +As it was\.$/m);
  expect(text).toMatch(/^Ready +True +ComponentsReady: Ready: all-in-one\.$/m);
  expect(text).toContain('- It was so when it was written.');
  expect(text).toContain('- At most two.');
});

it('shows a platform that has no status yet', () => {
  const text = platform({ object: { ...TYPE, metadata: object.metadata }, live: undefined });
  expect(text).toMatch(/Tier +- \(since not yet\)/);
  expect(text).not.toMatch(/undefined|NaN|Invalid/);
});

it.each([
  [
    'as it is now',
    { ...live, components: [{ name: 'all-in-one', replicas: 2, wantedReplicas: 9, reason: 'r' }] },
  ],
  ['as of the last write', undefined],
])('says how many replicas are asked for where a bound is in the way: %s', (_, now) => {
  const component = { name: 'all-in-one', desiredReplicas: 2, replicas: 2, readyReplicas: 2 };
  const components = [{ ...component, wantedReplicas: 9, limitedBy: 'ReplicasMaximum' }];
  const limited = { ...object, status: { ...object.status, components } };
  expect(platform({ object: limited, live: now })).toMatch(/all-in-one +2 of 9 +2/);
});

it('paints the age of a queue that is late red', () => {
  const signal = { name: 'queueOldestAgeSeconds.default', unit: 's', value: 637, band: 'red' };
  const text = platform({ object, live: { ...live, signals: [signal] } }, { ...out, colour: true });
  const line = text.split('\n').find((one) => one.includes('queueOldestAgeSeconds.default'));
  expect(line).toContain('\u001b[31mred');
});

it('stays within the page, and paints bands only on a terminal', () => {
  const long = { ...live, reasons: ['word '.repeat(60).trim()] };
  const plain = platform({ object, live: long });
  expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(plain).not.toContain('\u001b');
  expect(platform({ object, live }, { ...out, colour: true })).toContain('\u001b[33myellow');
});

it('lists platforms with where their numbers are from', () => {
  const other: LeadPlatformObject = { ...TYPE, metadata: { name: 'new', namespace: 'sales' } };
  const views = [
    { object, live },
    { object: other, live: undefined },
  ];
  expect(renderList(views, out)).toBe(
    [
      'NAMESPACE  NAME   TIER    LEADS/DAY  READY    LIMITED  NUMBERS',
      'leads      brain  cached     11,250  True     Unknown  live',
      'sales      new    -         unknown  Unknown  Unknown  last write',
      '',
    ].join('\n'),
  );
});

it('says below the list why there are no live numbers, the first reason of several', () => {
  const without = (name: string, unavailable: string): PlatformView => ({
    object: { ...TYPE, metadata: { name, namespace: 'leads' } },
    live: undefined,
    unavailable,
  });
  const same = [without('a', 'No operator leads.'), without('b', 'No operator leads.')];
  expect(renderList(same, out)).toMatch(/\n\nNo live numbers: No operator leads\.\n$/);
  const several = [...same, without('c', 'You may not.')];
  expect(renderList(several, out)).toMatch(/No live numbers: No operator leads\. \(1 other reason/);
});

it('says how to get a first platform where there is none', () => {
  expect(renderList([], out)).toContain('kubectl apply');
});
