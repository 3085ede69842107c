import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Proof, ProofContext, ProofResult } from '../../../../scripts/prove-contract.ts';

/** What a proof may do, each by the seed that is its place in here. */
const ways = {
  passes: ({ seed }: ProofContext) => ({ passed: true, markdown: `seed ${seed}` }),
  fails: () => ({ passed: false, markdown: 'not so' }),
  throws: () => {
    throw new Error('the server is away');
  },
  exits: () => process.exit(7),
  endsWhenAsked: async ({ signal, folder }: ProofContext) => {
    writeFileSync(join(folder, 'begun'), '');
    await once(signal, 'abort');
    writeFileSync(join(folder, 'kept'), 'half');
    return { passed: true, markdown: 'too early' };
  },
  neverLooksUp: ({ folder }: ProofContext) => {
    writeFileSync(join(folder, 'begun'), '');
    for (;;);
  },
  tellsWhatWasKept: ({ folder, resume }: ProofContext) => ({
    passed: resume,
    markdown: readFileSync(join(folder, 'kept'), 'utf8'),
  }),
} satisfies Record<string, (context: ProofContext) => ProofResult | Promise<ProofResult>>;

export type Way = keyof typeof ways;

export const seedFor = (way: Way): number => Object.keys(ways).indexOf(way);

export const proof: Proof = {
  name: 'example-proof',
  what: 'Shows what a proof may do.',
  run: async (context) => {
    const way = Object.values(ways)[context.seed];
    if (way === undefined) throw new Error(`no way ${context.seed}`);
    return way(context);
  },
};
