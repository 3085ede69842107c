/** Words that a person who is new to the product would stumble over are in no message, help text or description. */
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { withoutComments } from '../../scripts/import-rules.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Who acts is named: the operator, you, the API server. An idiom is no help to whoever reads a second language. */
const BANNED =
  /\b(rungs?|anew|[Ss]omebody|[Nn]obody|[Ww]hoever|comes? off|gets? on|[Gg]etting on|[Tt]aken back|told of|[Cc]alled for|calls for|lets? happen|let it happen|argued with|as nodes are|from before)\b/;

const LITERAL = /'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;

const literalsIn = (path: string): readonly string[] =>
  withoutComments(readFileSync(path, 'utf8')).match(LITERAL) ?? [];

it('are in no text of the code', () => {
  const found = globSync(['src/**/*.ts', 'controller/**/*.ts'], { cwd: ROOT }).flatMap((file) =>
    literalsIn(join(ROOT, file))
      .filter((text) => BANNED.test(text))
      .map((text) => `${file}: ${text}`),
  );
  expect(found).toEqual([]);
});

it.each([
  'README.md',
  'SECURITY.md',
  'docs/design/live-numbers.md',
  'charts/leadplatform-operator/README.md',
  'charts/leadplatform-operator/files/alerts.yaml',
  'crds/leadplatform.io_leadplatforms.yaml',
  'docs/reference/leadplatform.md',
  'docs/reference/rights.md',
])('are not in %s', (file) => {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  expect(lines.filter((line) => BANNED.test(line))).toEqual([]);
});

it('are not in what the page on the ladder says of needs', () => {
  const page = readFileSync(join(ROOT, 'docs/design/ladder.md'), 'utf8');
  const [needs] = page.slice(page.indexOf('\n## Needs\n') + 1).split(/\n(?=## )/);
  expect(needs).toContain('## Needs');
  expect(needs?.split('\n').filter((line) => BANNED.test(line))).toEqual([]);
});

it('are on no page of a capability, and in no log of a whole climb', () => {
  const files = globSync(['docs/capabilities/*.md', 'test/golden/**/*.log'], { cwd: ROOT });
  expect(files.length).toBeGreaterThan(20);
  const found = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => BANNED.test(line))
      .map((line) => `${relative(ROOT, join(ROOT, file))}: ${line}`),
  );
  expect(found).toEqual([]);
});
