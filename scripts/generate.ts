/**
 * Writes what is generated: the CRD, also as a template of the chart, and the reference from the schema, the chart's policies
 * of admission, the operator's rights, the pages of the capabilities, the values in the chart's README, the manifest that is rendered from the chart, and the sample inside the
 * README. `--check` writes nothing and exits 1 with the list of what is out of date.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { leadPlatformCrd } from '../src/api/crd.ts';
import { secretPolicies } from '../src/api/secret-policy.ts';
import { capabilityPages } from './capability-pages.ts';
import { crdTemplate, policyTemplate, RELEASE, withValues } from './chart.ts';
import { isTestbedUnavailable } from '../testbed/errors.ts';
import { installManifest } from './install.ts';
import { reference } from './reference.ts';
import { rightsPage } from './rights-page.ts';

const ROOT = join(import.meta.dirname, '..');
const CHART = 'charts/leadplatform-operator';
const NOTICE = 'Generated from src/api by `npm run generate`; edit the schema instead.';

interface Generated {
  readonly path: string;
  readonly text: string;
}

/** The README shows the smallest sample as it is; between the two marks nothing is written by hand. */
async function readmeWithSample(): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const sample = await readFile(join(ROOT, 'manifests/samples/smallest.yaml'), 'utf8');
  const marks = /(<!-- sample:smallest -->\n)[\s\S]*?(<!-- \/sample -->)/;
  if (!marks.test(readme)) throw new Error('README.md has lost the marks around the smallest sample');
  return readme.replace(
    marks,
    (_, open: string, close: string) => `${open}\n\`\`\`yaml\n${sample}\`\`\`\n\n${close}`,
  );
}

async function chartReadme(): Promise<string> {
  const [readme, values] = await Promise.all(
    ['README.md', 'values.yaml'].map((file) => readFile(join(ROOT, CHART, file), 'utf8')),
  );
  return withValues(readme ?? '', values ?? '');
}

async function generated(): Promise<readonly Generated[]> {
  const crd = stringify(leadPlatformCrd(), { lineWidth: 110, aliasDuplicateObjects: false });
  return [
    { path: 'crds/leadplatform.io_leadplatforms.yaml', text: `# ${NOTICE}\n${crd}` },
    { path: `${CHART}/templates/crd.yaml`, text: crdTemplate(crd, NOTICE) },
    {
      path: `${CHART}/templates/secret-policy.yaml`,
      text: policyTemplate(secretPolicies(RELEASE), NOTICE.replace('schema', 'policy')),
    },
    { path: `${CHART}/README.md`, text: await chartReadme() },
    { path: 'docs/reference/leadplatform.md', text: reference(ROOT) },
    { path: 'docs/reference/rights.md', text: rightsPage() },
    ...capabilityPages().map(({ file, text }) => ({ path: `docs/capabilities/${file}`, text })),
    { path: 'README.md', text: await readmeWithSample() },
  ];
}

async function isCurrent({ path, text }: Generated): Promise<boolean> {
  return (await readFile(join(ROOT, path), 'utf8').catch(() => '')) === text;
}

async function write({ path, text }: Generated): Promise<void> {
  await mkdir(dirname(join(ROOT, path)), { recursive: true });
  await writeFile(join(ROOT, path), text);
}

/** After the chart is up to date, for it is rendered from it. Without Helm, and a Go to build it with, it is left out. */
async function rendered(): Promise<readonly Generated[]> {
  try {
    return [{ path: 'manifests/install.yaml', text: await installManifest(join(ROOT, CHART)) }];
  } catch (error) {
    if (!isTestbedUnavailable(error) || process.env['CI'] === 'true') throw error;
    console.error(`manifests/install.yaml is left as it is: ${error.message}`);
    return [];
  }
}

const isCheck = process.argv.includes('--check');
const stale: Generated[] = [];
for (const group of [generated, rendered]) {
  for (const file of await group()) {
    if (await isCurrent(file)) continue;
    stale.push(file);
    if (!isCheck) await write(file);
  }
}

if (isCheck) {
  for (const { path } of stale) console.error(`${path} is out of date; run: npm run generate`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path } of stale) console.log(`wrote ${path}`);
  if (stale.length === 0) console.log('everything generated is up to date');
}
