import { duration } from '../duration.ts';
import type { ProofResult } from '../prove-contract.ts';

/** What the header of a page tells of the run. */
export interface RunFacts {
  readonly name: string;
  readonly what: string;
  readonly seed: number;
  /** When it ended. */
  readonly date: Date;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of all runs together, where it was resumed. */
  readonly seconds: number;
  readonly runs: number;
  /** Commits that were run, each once; `+` behind one says that files differed from it. */
  readonly revisions: readonly string[];
}

/** How a run is repeated. */
export function commandOf({ name, seed }: { name: string; seed: number }): string {
  return `npm run prove -- ${name} --seed ${seed}`;
}

/** `docs/proofs/<name>.md`. */
export function proofPage(facts: RunFacts, { passed, markdown }: ProofResult): string {
  const rows: [string, string][] = [
    ['result', passed ? 'passed' : '**failed**'],
    ['command', `\`${commandOf(facts)}\``],
    ['seed', String(facts.seed)],
    ['date', `${facts.date.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
    ['commit', facts.revisions.join(', ')],
    ['machine', `${facts.cores} cores, ${Math.round(facts.memoryBytes / 2 ** 30)} GiB of memory`],
    ['duration', `${duration(facts.seconds)}${facts.runs === 1 ? '' : `, in ${facts.runs} runs`}`],
  ];
  const width = Math.max(...rows.map(([, value]) => value.length));
  return [
    `# Proof: ${facts.name}`,
    '',
    facts.what,
    '',
    `| ${''.padEnd(8)} | ${''.padEnd(width)} |`,
    `| ${'-'.repeat(8)} | ${'-'.repeat(width)} |`,
    ...rows.map(([key, value]) => `| ${key.padEnd(8)} | ${value.padEnd(width)} |`),
    '',
    'Written by the command above; do not edit it by hand. [What a proof is](../design/proofs.md).',
    '',
    markdown.trim(),
    '',
  ].join('\n');
}
