import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { argocdSettings } from '../../../testbed/argocd.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../testbed/folders.ts';
import { describeWithArgocd, documented } from './provided.ts';

const run = promisify(execFile);
const KEY = 'resource.customizations.health.leadplatform.io_LeadPlatform';
const SCRIPT = 'charts/leadplatform-operator/argocd/health.lua';

type Condition = readonly [type: string, status: string, reason: string, message: string];

const READY: Condition = ['Ready', 'True', 'ComponentsReady', 'Ready: ingest, sync.'];
const CONVERGED: Condition = [
  'Reconciling',
  'False',
  'Converged',
  'All components match the current decision.',
];
const WELL: Condition = ['Stalled', 'False', 'NotStalled', 'Nothing has failed.'];
const FRESH: Condition = ['SignalsFresh', 'True', 'AllKnown', 'Every signal that is configured is known.'];
const BLIND: Condition = [
  'SignalsFresh',
  'False',
  'SignalsUnknown',
  'Signals without a current value (not treated as zero): cpu (TimedOut).',
];
const STALLED: Condition = ['Stalled', 'True', 'WriteFailed', 'Service brain could not be written.'];
const MOVING: Condition = [
  'Reconciling',
  'True',
  'WaitReady',
  'From single-server to separated, WaitReady: ingest.',
];
const HELD: Condition = ['Reconciling', 'False', 'Stalled', 'Blocked: see the Stalled condition.'];
const DOWN: Condition = ['Ready', 'False', 'ComponentsNotReady', 'ingest has 0 of 1 replicas ready.'];
const EMPTY: Condition = ['Ready', 'Unknown', 'NothingDeployed', 'No component of the platform is deployed.'];
const UNMET: Condition = [
  'CapabilitiesMet',
  'False',
  'RequiredCapabilityMissing',
  'Not in place yet: search.',
];

interface Case {
  readonly what: string;
  readonly conditions?: readonly Condition[];
  readonly mode?: 'Auto' | 'Recommend' | 'Paused';
  readonly observedGeneration?: number;
  readonly transition?: true;
  readonly health: string;
  readonly says: string;
}

const cases: readonly Case[] = [
  { what: 'nobody has looked at yet', health: 'Progressing', says: 'Waiting for the operator' },
  {
    what: 'is well',
    conditions: [READY, CONVERGED, WELL, FRESH],
    health: 'Healthy',
    says: 'On separated.',
  },
  {
    what: 'was looked at before its last change',
    conditions: [READY, CONVERGED, WELL, FRESH],
    observedGeneration: 2,
    health: 'Progressing',
    says: 'the change',
  },
  {
    what: 'was stalled before its last change',
    conditions: [READY, HELD, STALLED],
    observedGeneration: 2,
    health: 'Progressing',
    says: 'the change',
  },
  {
    what: 'is being changed',
    conditions: [READY, MOVING, WELL, FRESH],
    health: 'Progressing',
    says: 'WaitReady',
  },
  {
    what: 'is in a transition',
    conditions: [READY, CONVERGED, WELL],
    transition: true,
    health: 'Progressing',
    says: 'sending requests',
  },
  {
    what: 'is stalled and serves',
    conditions: [READY, HELD, STALLED],
    health: 'Degraded',
    says: 'WriteFailed: Service brain',
  },
  {
    what: 'is stalled in a transition',
    conditions: [READY, HELD, STALLED],
    transition: true,
    health: 'Degraded',
    says: 'WriteFailed',
  },
  {
    what: 'has a component that is not ready',
    conditions: [DOWN, CONVERGED, WELL],
    health: 'Progressing',
    says: '0 of 1',
  },
  {
    what: 'has a gap in its signals',
    conditions: [READY, CONVERGED, WELL, BLIND],
    health: 'Healthy',
    says: 'not treated as zero',
  },
  {
    what: 'does not know whether its signals are fresh',
    conditions: [READY, CONVERGED, WELL, ['SignalsFresh', 'Unknown', 'NotYetRead', 'Not read yet.']],
    health: 'Healthy',
    says: 'Not read yet.',
  },
  {
    what: 'misses a capability',
    conditions: [READY, CONVERGED, WELL, FRESH, UNMET],
    health: 'Healthy',
    says: 'On separated.',
  },
  {
    what: 'is paused',
    mode: 'Paused',
    conditions: [READY, CONVERGED, WELL],
    health: 'Suspended',
    says: 'Paused',
  },
  {
    what: 'is paused and empty',
    mode: 'Paused',
    conditions: [EMPTY, CONVERGED, WELL],
    health: 'Suspended',
    says: 'Paused',
  },
  {
    what: 'is paused and stalled',
    mode: 'Paused',
    conditions: [READY, CONVERGED, STALLED],
    health: 'Degraded',
    says: 'WriteFailed',
  },
  {
    what: 'is paused and was not looked at since',
    mode: 'Paused',
    conditions: [READY, MOVING, WELL],
    observedGeneration: 2,
    health: 'Progressing',
    says: 'the change',
  },
  {
    what: 'only recommends',
    mode: 'Recommend',
    conditions: [READY, CONVERGED, WELL, FRESH],
    health: 'Healthy',
    says: 'nothing is changed',
  },
  {
    what: 'only recommends, and nothing is deployed',
    mode: 'Recommend',
    conditions: [EMPTY, CONVERGED, WELL],
    health: 'Healthy',
    says: 'No component',
  },
  {
    what: 'says nothing of its readiness',
    conditions: [CONVERGED, WELL],
    health: 'Progressing',
    says: 'whether it is ready',
  },
];

function platform({ conditions, mode = 'Auto', observedGeneration = 3, transition }: Case) {
  const { metadata, spec } = {
    metadata: { name: 'brain', namespace: 'leads', generation: 3 },
    spec: { mode },
  };
  const status = {
    observedGeneration,
    tier: 'separated',
    conditions: conditions?.map(([type, status, reason, message]) => ({ type, status, reason, message })),
    ...(transition && { transition: { message: 'sending requests to ingest' } }),
  };
  const shape = { apiVersion: 'leadplatform.io/v1alpha1', kind: 'LeadPlatform', metadata, spec };
  return conditions === undefined ? shape : { ...shape, status };
}

// Argo CD's own command line, and with it the interpreter that judges in a cluster.
describeWithArgocd('The health check for Argo CD', ({ argocd: { argocd } }) => {
  let folder: TemporaryFolder;
  let settings: string;

  beforeAll(async () => {
    folder = await temporaryFolder('health');
    settings = join(folder.path, 'argocd-cm.json');
    await writeFile(settings, JSON.stringify(argocdSettings({ [KEY]: await readFile(SCRIPT, 'utf8') })));
  });
  afterAll(async () => {
    await folder?.remove();
  });

  it('is in docs/argocd.md as it is in the chart', async () => {
    expect((await documented()).settings[KEY]).toBe(await readFile(SCRIPT, 'utf8'));
  });

  it.each(cases.map((one, index) => ({ ...one, index })))(
    'calls a platform that $what $health',
    async ({ index, health, says, ...one }) => {
      const file = join(folder.path, `${index}.json`);
      await writeFile(file, JSON.stringify(platform({ ...one, health, says })));
      const args = ['admin', 'settings', 'resource-overrides', 'health', file, '--argocd-cm-path', settings];
      const { stdout } = await run(argocd, args, { env: { ...process.env, HOME: folder.path } });
      expect(stdout).toMatch(new RegExp(`^STATUS: ${health}$`, 'm'));
      expect(stdout).toContain(says);
    },
  );
});
