/**
 * The operator ends without a word (SIGKILL) as soon as the status tells of a step, at every step of a change of sides, and
 * another one goes on. What is written is counted by the API server: an object's generation counts the changes of its spec,
 * its UID tells whether it is still the same, and a watch shows each of them.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { createNamespace, describeWithCluster, kubectl, testbed } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually } from './rig.ts';

const STEPS = ['MakeNew', 'WaitReady', 'SwitchTraffic', 'DrainOld', 'RemoveOld'];

describeWithCluster('An operator that is killed at every step', () => {
  let namespace: string;
  let operator: OperatorProcess | undefined;
  const watches: ChildProcess[] = [];
  const seen = { steps: [] as string[], deployments: [] as string[], targets: [] as string[] };
  let onStep: (step: string) => void = () => undefined;

  /** Each state of an object that the API server tells of, as a line. */
  const watch = (what: string, line: string, tell: (line: string) => void): void => {
    const { kubectlPath, kubeconfigPath } = testbed().cluster;
    const args = ['get', ...what.split(' '), '-n', namespace, '--watch', '-o', `jsonpath=${line}{"\\n"}`];
    const child = spawn(kubectlPath, ['--kubeconfig', kubeconfigPath, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', tell);
    watches.push(child);
  };
  const pin = (tier: string) =>
    kubectl(['apply', '--server-side', '--field-manager=user', '-n', namespace, '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain' },
        spec: {
          image: 'registry.example/brain:1.4.0',
          tiers: [
            { name: 'one', fromLeadsPerDay: 0 },
            { name: 'apart', fromLeadsPerDay: 1_000_000, capabilities: ['separate-queue-workers'] },
          ],
          tierPin: { tier, reason: 'The test says so.' },
          transitions: { minReadyTime: '1s' },
        },
      }),
    });
  const start = async (): Promise<void> => {
    operator = await OperatorProcess.start(testbed().cluster.kubeconfigPath, [
      'run',
      `--namespace=${namespace}`,
      `--lease-namespace=${namespace}`,
    ]);
  };
  /** And what it held, so that nobody waits for that to expire. */
  const kill = async (): Promise<void> => {
    await operator?.end('SIGKILL');
    await kubectl(['delete', 'lease', '--all', '-n', namespace]);
  };
  const standsOn = (tier: string) =>
    eventually(
      `it stands on ${tier}`,
      async () => {
        const found = await objectsOf(testbed().cluster).find<LeadPlatformObject>(
          'leadplatform',
          'brain',
          namespace,
        );
        const status = found?.status;
        const moves = status?.conditions?.find(({ type }) => type === 'Reconciling')?.status !== 'False';
        if (status?.tier === tier && status.transition === undefined && !moves) return true;
        throw new Error(JSON.stringify(status?.transition ?? status?.tier));
      },
      90_000,
    );

  /** From here to there; the operator is killed as soon as a step is told of, once at each. */
  const travel = async (tier: string): Promise<readonly string[]> => {
    const killedAt: string[] = [];
    let next: Promise<void> = Promise.resolve();
    onStep = (step) => {
      if (killedAt.includes(step)) return;
      killedAt.push(step);
      operator?.child.kill('SIGKILL');
      next = next.then(kill).then(start);
    };
    await pin(tier);
    await standsOn(tier);
    onStep = () => undefined;
    await next;
    return killedAt;
  };

  beforeAll(async () => {
    namespace = await createNamespace('stops');
    await start();
    await pin('one');
    await standsOn('one');
    watch('lp/brain', '{.status.transition.step}', (step) => {
      if (step === '' || seen.steps.at(-1) === step) return;
      seen.steps.push(step);
      onStep(step);
    });
    watch('deployments', '{.metadata.name} {.metadata.uid} {.metadata.generation}', (line) =>
      seen.deployments.push(line),
    );
    let target = '';
    watch('service/brain', '{.spec.selector.app\\.kubernetes\\.io/component}', (to) => {
      if (to !== target) seen.targets.push(to);
      target = to;
    });
    await eventually(
      'the watches have begun',
      async () => seen.targets.length > 0 && seen.deployments.length > 0,
    );
  }, 120_000);
  beforeEach(() => {
    seen.steps.length = 0;
    seen.deployments.length = 0;
    seen.targets.length = 0;
  });
  afterAll(async () => {
    for (const child of watches) child.kill();
    await operator?.end('SIGKILL');
  });

  /** The greatest generation of each Deployment; one that was made anew is there twice. */
  const generations = (): readonly string[] => {
    const most = new Map<string, number>();
    for (const line of seen.deployments) {
      const [name = '', uid = '', generation = '0'] = line.split(' ');
      most.set(`${name} ${uid}`, Math.max(most.get(`${name} ${uid}`) ?? 0, Number(generation)));
    }
    return [...most].map(([key, generation]) => `${key.split(' ')[0]} ${generation}`).toSorted();
  };

  // A Deployment that is made has generation 1, and one that is drained 2.
  it.each([
    {
      to: 'apart',
      deployments: ['brain-all-in-one 2', 'brain-ingest 1', 'brain-queue-default 1', 'brain-sync 1'],
      targets: ['ingest'],
    },
    {
      to: 'one',
      deployments: ['brain-all-in-one 1', 'brain-ingest 2', 'brain-queue-default 2', 'brain-sync 2'],
      targets: ['all-in-one'],
    },
  ])(
    'goes to $to in the same steps, and writes nothing twice',
    async ({ to, deployments, targets }) => {
      const killedAt = await travel(to);
      expect(killedAt).toEqual(seen.steps);
      // What is done in the moment of the kill is not told of any more; what is told of comes in its order.
      expect(STEPS.filter((step) => killedAt.includes(step))).toEqual(killedAt);
      expect(killedAt.length).toBeGreaterThanOrEqual(3);
      expect(generations()).toEqual(deployments);
      expect(seen.targets).toEqual(targets);
    },
    240_000,
  );
});
