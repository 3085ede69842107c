/** The README's ways to install, word for word, each on a cluster that has nothing of ours. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { projectFolder } from '../../../testbed/folders.ts';
import { eventually } from '../operator/rig.ts';
import { ChartBed } from './bed.ts';
import { describeWithTools, run } from './chart.ts';

const readme = await readFile(join(projectFolder, 'README.md'), 'utf8');

/** The commands of a block of the README. */
function commands(way: string): string {
  const [, block] = new RegExp(`<!-- install:${way} -->\\s+\`\`\`sh\\n([^\`]+)\`\`\``).exec(readme) ?? [];
  if (block === undefined) throw new Error(`README.md has no block install:${way}`);
  return block;
}

await describeWithTools('the README', (tools) => {
  let bed: ChartBed;
  beforeEach(async () => {
    bed = await ChartBed.start(tools);
  }, 120_000);
  afterEach(() => bed.stop());

  /** As somebody would who has Helm, kubectl, and this cluster as the current context. */
  const follow = (way: string): Promise<string> =>
    run('env', [
      `PATH=${dirname(tools.helm)}:${dirname(bed.kubectlPath)}:${process.env['PATH'] ?? ''}`,
      `KUBECONFIG=${bed.kubeconfigPath}`,
      'bash',
      '-euc',
      commands(way),
    ]);

  /** No container runs here: somebody has to say that the pod of `helm test` ended well. */
  const endTest = () =>
    eventually(
      'the pod of helm test is there',
      async () => {
        const pod = ['pod', 'leadplatform-operator-test', '--namespace=leads'];
        const status = JSON.stringify({ status: { phase: 'Succeeded' } });
        await bed.kubectl(['patch', ...pod, '--subresource=status', '--type=merge', `--patch=${status}`]);
        return true;
      },
      120_000,
    );

  it.each([
    ['Helm', 'helm', endTest],
    ['kubectl', 'kubectl', async () => true],
  ])(
    'installs the operator and a first platform with %s, as it stands',
    async (_, way, meanwhile) => {
      await Promise.all([follow(way), meanwhile()]);
      expect(await follow('look')).toMatch(/brain[^]+registry\.example\/brain/);
    },
    240_000,
  );
});
