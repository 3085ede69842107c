import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProof } from '../../../../scripts/prove/run.ts';
import { eventually } from '../../../integration/processes.ts';
import { seedFor, type Way } from './example-proof.ts';

const file = join(import.meta.dirname, 'example-proof.ts');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prove-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = (
  way: Way,
  { limitMs = 60_000, graceMs = 60_000, resume = false, signal = new AbortController().signal } = {},
) =>
  runProof({ file, folder, resume, name: 'example-proof', seed: seedFor(way) }, { limitMs, graceMs }, signal);

describe('the run of a proof', () => {
  it.each([
    ['passes', { kind: 'result', result: { passed: true, markdown: 'seed 0' } }],
    ['fails', { kind: 'result', result: { passed: false, markdown: 'not so' } }],
    ['throws', { kind: 'broken', reason: 'the server is away' }],
    ['exits', { kind: 'broken', reason: 'its process ended with code 7' }],
  ] as const)('that %s ends with what came of it', async (way, outcome) => {
    expect(await run(way)).toEqual(outcome);
  });

  it('ends at its limit', async () => {
    expect(await run('endsWhenAsked', { limitMs: 1 })).toEqual({ kind: 'stopped', by: 'limit' });
  });

  it('is asked to end by a signal, what it says then counts for nothing, and what it has kept is there later', async () => {
    const interrupt = new AbortController();
    const outcome = run('endsWhenAsked', { signal: interrupt.signal });
    await begun();
    interrupt.abort();
    expect(await outcome).toEqual({ kind: 'stopped', by: 'signal' });
    expect(await run('tellsWhatWasKept', { resume: true })).toEqual({
      kind: 'result',
      result: { passed: true, markdown: 'half' },
    });
  });

  it('is ended by force where it does not end when asked', async () => {
    const interrupt = new AbortController();
    const outcome = run('neverLooksUp', { signal: interrupt.signal, graceMs: 1 });
    await begun();
    interrupt.abort();
    expect(await outcome).toEqual({ kind: 'stopped', by: 'signal' });
  });
});

async function begun(): Promise<void> {
  await eventually('the proof has begun', async () => existsSync(join(folder, 'begun')));
}
