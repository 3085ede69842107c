/** The chart from version to version, by Helm: what becomes of the definition and of the platforms. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { eventually } from '../operator/rig.ts';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { ChartBed } from './bed.ts';
import { CHART, SCRATCH, describeWithTools, run } from './chart.ts';

type Deployed = { spec: { template: { spec: { containers: [{ image: string }] } } } };
type Definition = { spec: { versions: [{ additionalPrinterColumns: { name: string }[] }] } };

await describeWithTools('The chart by Helm, from version to version', (tools) => {
  let bed: ChartBed;
  const release = 'lp';
  const namespace = 'tenant';
  const deployed = async () => {
    const { spec } = await bed.json<Deployed>(
      'get',
      'deployment',
      'lp-leadplatform-operator',
      '-n',
      namespace,
    );
    return spec.template.spec.containers[0].image.split(':')[1];
  };
  const columns = async () => {
    const { spec } = await bed.json<Definition>('get', 'crd', 'leadplatforms.leadplatform.io');
    return spec.versions[0].additionalPrinterColumns.map(({ name }) => name);
  };
  const uid = () => bed.kubectl(['get', 'lp', 'brain', '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
  let before: string;
  let first: string;

  beforeAll(async () => {
    bed = await ChartBed.start(tools);
    before = await versionBefore(tools.helm);
    const args = ['-n', namespace, '--create-namespace', '--wait', '--timeout=90s'];
    await bed.helm(['install', release, before, ...args]);
    await definitionsServed(bed, ['crd/leadplatforms.leadplatform.io']);
    await bed.kubectl(['apply', '-n', namespace, '-f', '-'], {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'brain' },
      spec: { image: 'registry.example/brain:1', mode: 'Recommend' },
    });
    first = await uid();
  }, 240_000);

  afterAll(() => bed?.stop());

  it('upgrades, and the definition with it', async () => {
    expect([await deployed(), await columns()]).toEqual(['0.0.9', expect.not.arrayContaining(['Mode'])]);
    expect(await bed.helm(['upgrade', release, CHART, '-n', namespace, '--wait', '--timeout=90s'])).toContain(
      'No password is sent in clear unless that is written. Platforms that name a Secret (secretRef) and say nothing of tls are not measured',
    );
    expect([await deployed(), await columns()]).toEqual([
      packageJson.version,
      expect.arrayContaining(['Mode']),
    ]);
    expect(await uid()).toBe(first);
  }, 240_000);

  it('passes helm test, once its pod has ended', async () => {
    const pod = ['pod', 'lp-leadplatform-operator-test', '-n', namespace];
    const testing = bed.helm(['test', release, '-n', namespace, '--timeout=90s']);
    // No container runs here: somebody has to say how it ended.
    const ending = eventually('the pod of the test is there', async () => {
      const status = { status: { phase: 'Succeeded' } };
      await bed.kubectl([
        'patch',
        ...pod,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify(status),
      ]);
      return true;
    });
    expect((await Promise.all([testing, ending]))[0]).toMatch(/Phase:\s+Succeeded/);
    await eventually(
      'the pod of the test is gone',
      async () => (await bed.kubectl(['get', ...pod, '--ignore-not-found'])) === '',
    );
  }, 180_000);

  it('rolls back, and the definition with it', async () => {
    await bed.helm(['rollback', release, '1', '-n', namespace, '--wait', '--timeout=90s']);
    expect([await deployed(), await columns()]).toEqual(['0.0.9', expect.not.arrayContaining(['Mode'])]);
    expect(await uid()).toBe(first);
  }, 180_000);

  it('goes, and leaves the definition and the platforms; and comes back', async () => {
    await bed.helm(['uninstall', release, '-n', namespace, '--wait']);
    expect(
      await bed.kubectl(['get', 'all,sa,role,rolebinding,pdb', '-n', namespace, '-o', 'name']),
    ).not.toContain('leadplatform');
    expect(await uid()).toBe(first);
    await bed.install(release, namespace);
    expect([await uid(), await columns()]).toEqual([first, expect.arrayContaining(['Mode'])]);
  }, 240_000);

  it('takes the definition and every platform along where it is told not to keep them', async () => {
    const values = { crds: { keep: false } };
    await bed.helm(['upgrade', release, CHART, '-n', namespace, '--wait', '--timeout=90s'], values);
    await bed.helm(['uninstall', release, '-n', namespace, '--wait']);
    const crd = () => bed.kubectl(['get', 'crd', 'leadplatforms.leadplatform.io', '--ignore-not-found']);
    await eventually('the definition is gone', async () => (await crd()) === '');
  }, 180_000);
});

/** The chart as it might have been: an older version, and a definition that says less. */
async function versionBefore(helm: string): Promise<string> {
  const folder = join(SCRATCH, 'before');
  await cp(CHART, folder, { recursive: true });
  const edit = async (file: string, change: (text: string) => string) => {
    const text = await readFile(join(folder, file), 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`there is nothing to change in ${file}`);
    await writeFile(join(folder, file), changed);
  };
  await edit('Chart.yaml', (text) => text.replace(/^(version|appVersion): .*$/gm, '$1: 0.0.9'));
  await edit('templates/crd.yaml', (text) => text.replace(/ {8}- name: Mode\n(?: {10}.*\n)+/, ''));
  const said = await run(helm, ['package', folder, '--destination', SCRATCH]);
  const archive = join(SCRATCH, 'leadplatform-operator-0.0.9.tgz');
  expect(said).toContain(archive);
  return archive;
}
