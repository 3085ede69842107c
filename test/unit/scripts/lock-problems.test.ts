import { describe, expect, it } from 'vitest';
import { lockProblems } from '../../../scripts/lock-problems.ts';

const problems = (
  packages: Parameters<typeof lockProblems>[0]['packages'],
  allowScripts: Readonly<Record<string, boolean>> = {},
  isInstalled = () => true,
) => lockProblems({ packages }, { allowScripts }, isInstalled);

describe('problems of the lock file', () => {
  it.each([
    [
      'a deprecated package',
      { 'node_modules/old': { deprecated: 'use new' } },
      ['old is deprecated: use new'],
    ],
    [
      'a deprecated package inside another one',
      { 'node_modules/a/node_modules/@x/old': { deprecated: 'gone' } },
      ['@x/old is deprecated: gone'],
    ],
    [
      'an install script that package.json does not mention',
      { 'node_modules/built': { hasInstallScript: true } },
      [expect.stringContaining('built has an install script: read it, then set "built" in allowScripts')],
    ],
  ])('names %s', (_, packages, expected) => {
    expect(problems(packages)).toEqual(expected);
  });

  it.each([true, false])('is content with an install script whose allowScripts is %s', (allowed) => {
    expect(problems({ 'node_modules/built': { hasInstallScript: true } }, { built: allowed })).toEqual([]);
  });

  it('does not look at the project itself, nor at packages for other systems', () => {
    const packages = { '': { hasInstallScript: true }, 'node_modules/mac-only': { hasInstallScript: true } };
    expect(problems(packages, {}, () => false)).toEqual([]);
  });
});
