import { describe, expect, it } from 'vitest';
import { proofPage, type RunFacts } from '../../../../scripts/prove/page.ts';

const facts: RunFacts = {
  name: 'replies',
  what: 'None is misread.',
  seed: 7,
  date: new Date('2026-11-28T20:30:10Z'),
  cores: 2,
  memoryBytes: 24.2 * 2 ** 30,
  seconds: 1_023,
  runs: 1,
  revisions: ['0d0721b12345'],
};

describe('the page of a proof', () => {
  it('says how it was run, where, and what came of it', () => {
    expect(proofPage(facts, { passed: true, markdown: '\nTried: 5.\n\n' })).toBe(`# Proof: replies

None is misread.

|          |                                     |
| -------- | ----------------------------------- |
| result   | passed                              |
| command  | \`npm run prove -- replies --seed 7\` |
| seed     | 7                                   |
| date     | 2026-11-28 20:30 UTC                |
| commit   | 0d0721b12345                        |
| machine  | 2 cores, 24 GiB of memory           |
| duration | 17 min 3 s                          |

Written by the command above; do not edit it by hand. [What a proof is](../design/proofs.md).

Tried: 5.
`);
  });

  it.each([
    ['that it failed', facts, false, '| **failed** '],
    ['how often it was resumed', { ...facts, runs: 3 }, true, '| 17 min 3 s, in 3 runs '],
    ['each commit that it ran', { ...facts, revisions: ['abc', 'def+'] }, true, '| abc, def+ '],
  ])('says %s', (_, of, passed, text) => {
    expect(proofPage(of, { passed, markdown: '' })).toContain(text);
  });
});
