import { describe, expect, it } from 'vitest';
import { chooseBase } from '../../../../scripts/changed/base.ts';

const choose = (ref: string | undefined, known: readonly string[]) =>
  chooseBase(
    ref,
    async (name) => known.includes(name),
    async (name) => `base of ${name}`,
  );

describe('what a change is measured from', () => {
  it.each([
    [undefined, ['origin/main', 'HEAD~1'], 'base of origin/main', 'since origin/main'],
    [undefined, ['HEAD~1'], 'HEAD~1', 'in the last commit and since (there is no origin/main here)'],
    [
      undefined,
      [],
      '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      'in the last commit and since (there is no origin/main here)',
    ],
    ['main', ['origin/main', 'main'], 'base of main', 'since main'],
  ])('%s, where git knows %j: %s', async (ref, known, commit, since) => {
    expect(await choose(ref, known)).toEqual({ commit, since });
  });

  it('must be a commit that git knows', async () => {
    await expect(choose('mian', ['main'])).rejects.toThrow('--changed=mian: git knows no commit "mian"');
  });
});
