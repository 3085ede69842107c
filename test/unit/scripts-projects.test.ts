import { describe, expect, it } from 'vitest';
import { chooseProjects } from '../../scripts/projects.ts';
import { projectFolder } from '../../testbed/folders.ts';

describe('which runs of vitest the arguments of `npm test` ask for', () => {
  it.each<[string, string[], boolean, boolean]>([
    ['everything without arguments', [], true, true],
    ['everything with an option alone', ['--bail=1'], true, true],
    ['no cluster for another project', ['--project', 'unit'], true, false],
    ['the cluster alone for its project', ['--project=e2e'], false, true],
    ['both for both', ['--project=unit', '--project', 'e2e'], true, true],
    ['no cluster for a file that is not on it', ['test/unit/scripts-projects.test.ts'], true, false],
    ['the cluster for a file on it', ['test/e2e/cluster.test.ts'], false, true],
    ['the value of an option for no file', ['-t', 'cluster'], true, true],
    ['both for a file each', ['test/e2e', 'test/unit'], true, true],
  ])('%s', async (_, args, others, e2e) => {
    expect(await chooseProjects(args, projectFolder)).toEqual({ others, e2e });
  });
});
