import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { fingerprint } from '../../../testbed/real/fingerprint.ts';
import type { ImageSource } from '../../../testbed/real/image-source.ts';

let source: ImageSource;
beforeEach(async () => {
  const context = await mkdtemp(join(tmpdir(), 'context-'));
  onTestFinished(() => rm(context, { recursive: true }));
  await mkdir(join(context, 'src', 'deep'), { recursive: true });
  for (const file of ['Dockerfile', 'src/a.ts', 'src/deep/b.ts', 'README.md'])
    await writeFile(join(context, file), `this is ${file}`);
  source = { tag: 'localhost/a:e2e', dockerfile: join(context, 'Dockerfile'), context, inputs: ['src'] };
});
const base = '/cache/base-1.tar';
const inContext = (file: string) => join(source.context, file);

it('is the same for the same things, whatever else is beside them', async () => {
  const before = await fingerprint(source, base);
  await writeFile(inContext('README.md'), 'other words');
  await writeFile(inContext('src/a.ts'), 'this is src/a.ts');
  expect(await fingerprint(source, '/another/place/base-1.tar')).toBe(before);
  expect(before).toMatch(/^[0-9a-f]{16}$/);
});

it.each<[string, () => Promise<unknown> | Partial<ImageSource>]>([
  ['the content of a file', () => writeFile(inContext('src/deep/b.ts'), 'changed')],
  ['a new file', () => writeFile(inContext('src/c.ts'), '')],
  ['that a file is executable', () => chmod(inContext('src/a.ts'), 0o755)],
  ['the Dockerfile', () => writeFile(inContext('Dockerfile'), 'FROM scratch')],
  ['the tag, which the archive holds', () => ({ tag: 'localhost/a:other' })],
  ['an argument of the build', () => ({ buildArgs: { VERSION: '2' } })],
])('is another one with %s', async (_, change) => {
  const before = await fingerprint(source, base);
  const changed = await change();
  expect(await fingerprint({ ...source, ...(typeof changed === 'object' && changed) }, base)).not.toBe(
    before,
  );
});

it('is another one on another base', async () => {
  expect(await fingerprint(source, '/cache/base-2.tar')).not.toBe(await fingerprint(source, base));
});
