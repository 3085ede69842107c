import { describe, expect, it } from 'vitest';
import { referencesOf } from '../../../../scripts/changed/references.ts';

const files = new Set([
  'bin/leadplatform.js',
  'crds/platform.yaml',
  'README.md',
  'test/integration/a.test.ts',
]);
const references = (code: string) =>
  referencesOf('test/integration/a.test.ts', code, (path) => files.has(path));

describe('what a file depends on', () => {
  it.each([
    ['an import', "import { x } from '../../src/x.ts';", ['src/x.ts']],
    ['an import of types alone', "import type { X } from '../../src/x.ts';", ['src/x.ts']],
    ['an import at run time', "await import('../../src/x.ts');", ['src/x.ts']],
    ['an export of what it imports', "export { x } from './x.ts';", ['test/integration/x.ts']],
    ['a package', "import pg from 'pg';", ['pg']],
    [
      'a program, by its path from the root',
      "spawn(node, ['bin/leadplatform.js']);",
      ['bin/leadplatform.js'],
    ],
    [
      'a file, by its path from here',
      "new URL('../../crds/platform.yaml', import.meta.url)",
      ['crds/platform.yaml'],
    ],
    [
      'a file, by a path that is put together',
      "join(projectFolder, 'crds', 'platform.yaml')",
      ['crds/platform.yaml'],
    ],
    ['a file at the root', "join(projectFolder, 'README.md')", ['README.md']],
  ])('%s', (_, code, expected) => {
    expect(references(code)).toEqual(expected);
  });

  it.each([
    ['a file that is not there', "readFile('bin/other.js')"],
    ['a comment', "// import { x } from '../../src/x.ts';\n/* 'README.md' */"],
    ['itself', "readFile('test/integration/a.test.ts')"],
  ])('not %s', (_, code) => {
    expect(references(code)).toEqual([]);
  });
});
