import { describe, expect, it } from 'vitest';
import { chooseStages, runSideBySide, type Stage } from '../../../scripts/stages.ts';
import { projectFolder } from '../../../testbed/folders.ts';

const ALL: Stage[] = ['unit', 'integration', 'e2e'];

describe('what the arguments of `npm test` ask for', () => {
  it.each<[string, string[], Stage[], string[]]>([
    ['everything without arguments', [], ALL, []],
    ['everything with an option alone', ['--bail=1'], ALL, ['--bail=1']],
    ['no cluster for another project', ['--project', 'unit'], ['unit'], []],
    ['the cluster alone for its project', ['--project=e2e', '--bail=1'], ['e2e'], ['--bail=1']],
    ['both for both', ['--project=unit', '--project', 'e2e'], ['unit', 'e2e'], []],
    [
      'unit tests for one of their files',
      ['test/golden/tiers.test.ts'],
      ['unit'],
      ['test/golden/tiers.test.ts'],
    ],
    ['the cluster for a file on it', ['test/e2e/climb.test.ts'], ['e2e'], ['test/e2e/climb.test.ts']],
    ['the value of an option for no file', ['-t', 'cluster'], ALL, ['-t', 'cluster']],
    ['each for a file each', ['test/e2e', 'test/unit'], ['unit', 'e2e'], ['test/e2e', 'test/unit']],
    ['unit tests, which say so, for a file that is not there', ['no/such/file'], ['unit'], ['no/such/file']],
  ])('%s', async (_, given, stages, args) => {
    expect(await chooseStages(given, projectFolder)).toEqual({ stages, args });
  });

  it('is no project that there is none of', async () => {
    await expect(chooseStages(['--project=e2'], projectFolder)).rejects.toThrow(
      'unknown project "e2"; projects are: unit, integration, e2e',
    );
  });
});

it.each([
  { unitSeconds: undefined, isSo: true },
  { unitSeconds: 80, isSo: true },
  { unitSeconds: 240, isSo: false },
])('run side by side after $unitSeconds s of unit tests: $isSo', ({ unitSeconds, isSo }) => {
  expect(runSideBySide(unitSeconds)).toBe(isSo);
});
