import { describe, expect, it } from 'vitest';
import { importViolations, parseSource } from '../../../scripts/import-rules.ts';

const violations = (path: string, code: string) =>
  importViolations([parseSource(path, code)]).map(({ says }) => says);

describe('import rules', () => {
  it.each([
    ['src/cli/a.ts', "import { x } from '../../controller/x.ts'; x();", /controller is above src\/cli/],
    ['src/sources/a.ts', "export { x } from '../../testbed/x.ts';", /src is imported by it/],
    ['src/cli/a.ts', "await import('@kubernetes/client-node');", /types at most/],
    [
      'controller/http/a.ts',
      "import { x } from '@kubernetes/client-node'; x();",
      /only controller\/runtime\/kube/,
    ],
    // Node keeps an import of which only types were taken one by one: write `import type`.
    ['src/cli/a.ts', "import { type X } from '@kubernetes/client-node'; export type Y = X;", /types at most/],
    ['controller/http/a.ts', "import { x } from '../../test/x.ts'; x();", /ships without it/],
    ['controller/http/a.ts', "import { x } from '../../examples/x.ts'; x();", /ships without it/],
    ['controller/http/a.ts', "import { createServer } from 'node:http'; createServer();", /getBuiltinModule/],
    ['src/sources/a.ts', "import http from 'http'; http.get('');", /getBuiltinModule/],
    ['examples/brain/src/a.ts', "import { x } from '../../../src/x.ts'; x();", /by its interfaces alone/],
    ['src/plan/a.ts', "import pg from 'pg'; pg();", /imports pg/],
    ['src/plan/a.ts', "import { readFile } from 'node:fs/promises'; readFile();", /imports node:fs/],
    ['src/decide/a.ts', "import '../sources/port.ts';", /src\/sources is above src\/decide/],
    [
      'src/ladder/a.ts',
      "import type { X } from '../decide/x.ts'; export type Y = X;",
      /src\/decide is above src\/ladder/,
    ],
    [
      'src/capabilities/contract/a.ts',
      "import type { X } from '../cdn.ts'; export type Y = X;",
      /src\/capabilities is above/,
    ],
    ['src/nowhere/a.ts', 'export const a = 1;', /is in no room/],
    ['src/decide/a.ts', 'export const a = () => Date.now();', /uses Date.now/],
    ['src/decide/a.ts', 'export const a = () => new Date();', /uses new Date/],
    ['src/scaling/a.ts', 'export const a = Math.random();', /uses Math.random/],
    ['src/api/a.ts', 'setTimeout(() => {}, 1);', /uses a timer/],
    ['src/api/a.ts', "export const a = process.env['A'];", /uses process/],
  ])('refuses in %s: %s', (path, code, says) => {
    expect(violations(path, code)).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    ['src/plan/a.ts', "import type { X } from '@kubernetes/client-node'; export type Y = X;"],
    ['src/plan/a.ts', "import { createHash } from 'node:crypto'; createHash('sha256');"],
    ['src/capabilities/cdn.ts', "import type { X } from './contract/x.ts'; export type Y = X;"],
    ['src/decide/a.ts', 'export const a = (now: number) => new Date(now);'],
    ['src/decide/a.ts', '/** No Date.now() here. */ // nor process.exit()\nexport const a = 1;'],
    ['src/decide/a.ts', "export const a = 'never setTimeout here, nor in node:fs';"],
    ['src/sources/a.ts', "import pg from 'pg'; pg(Date.now());"],
    ['controller/http/a.ts', "import type { Server } from 'node:http'; export type Y = Server;"],
    ['controller/runtime/kube.ts', "await import('@kubernetes/client-node');"],
  ])('lets pass in %s: %s', (path, code) => {
    expect(violations(path, code)).toEqual([]);
  });

  it.each([
    ['call', "import { a } from './a.ts'; a();"],
    ['take types of', "import type { A } from './a.ts'; export type B = A;"],
  ])('names the circle in which files %s one another', (_, back) => {
    const files = [
      parseSource('src/cli/a.ts', "import { b } from './b.ts'; b();"),
      parseSource('src/cli/b.ts', back),
    ];
    expect(importViolations(files)).toEqual([
      { path: 'src/cli/a.ts', says: 'is imported in a circle: src/cli/a.ts → src/cli/b.ts → src/cli/a.ts' },
    ]);
  });
});
