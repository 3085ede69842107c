import { parseArguments } from '../src/cli/parse-arguments.ts';

const BENCHES = ['decision', 'core', 'spike', 'fleet', 'image'] as const;
export type Bench = (typeof BENCHES)[number];

export const USAGE = `Usage: npm run bench [-- BENCH…] [options]

Measures, prints what was measured beside its target, and writes it into
docs/benchmarks.md. Nothing is asserted.

  decision    one decision, and decisions a second. Seconds
  core        recorded arrivals through a queue, job by job, beside KEDA and an HPA
              in many settings. Half an hour on two cores for three traces
  spike       5,000 jobs at once: from 1 to 50 workers. Ten minutes
  fleet       1,000 platforms on one operator. Ten minutes
  image       size of the image, cold start and memory of the operator. Three
              minutes; building the image needs root

  --all            all of them; also when none is named
  --peer NAME      keda: side by side with KEDA, which is built once, in about
                   ten minutes on two cores. none: without. Default: none for
                   decision alone, else keda
  --traces DIR     of the core bench: a folder of CSVs of time,leads. Default: two
                   weeks that are made up
  --reference DIR  of the core bench: a folder whose policy.ts is another policy
                   to compare with. Default: none
  --seeds N        of the core bench: how often chance is drawn. Default: 5
  --spikes N       of the spike bench. Default: 20
  --platforms N    of the fleet bench. Default: 1000
  --cold           of the fleet bench the cold start alone, two minutes; what
                   was measured is not written
  --no-write       leave docs/benchmarks.md as it is
  -o, --output F   table or json, on standard output. Default: table
`;

export class UsageError extends Error {}

export interface Options {
  readonly benches: readonly Bench[];
  readonly peer: 'keda' | 'none';
  /** Of the core bench. */
  readonly traces: string | undefined;
  readonly reference: string | undefined;
  readonly seeds: number;
  readonly spikes: number;
  readonly platforms: number;
  /** Of the fleet bench the cold start alone. */
  readonly cold: boolean;
  readonly write: boolean;
  readonly output: 'table' | 'json';
}

export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const named = positionals.map((name) => oneOf('the bench', name, BENCHES));
  return {
    benches: values.all || named.length === 0 ? BENCHES : BENCHES.filter((bench) => named.includes(bench)),
    peer: oneOf('--peer', values.peer, ['keda', 'none'] as const),
    traces: values.traces,
    reference: values.reference,
    seeds: whole('--seeds', values.seeds),
    spikes: whole('--spikes', values.spikes),
    platforms: whole('--platforms', values.platforms),
    cold: values.cold,
    write: !values['no-write'] && !values.cold,
    output: oneOf('--output', values.output, ['table', 'json'] as const),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArguments({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: 'boolean', default: false },
        peer: { type: 'string', default: 'keda' },
        traces: { type: 'string' },
        reference: { type: 'string' },
        seeds: { type: 'string', default: '5' },
        spikes: { type: 'string', default: '20' },
        platforms: { type: 'string', default: '1000' },
        cold: { type: 'boolean', default: false },
        'no-write': { type: 'boolean', default: false },
        output: { type: 'string', short: 'o', default: 'table' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${what} is "${value}"; write one of ${allowed.join(', ')}`);
  return found;
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new UsageError(`${option} is "${text}"; write a whole number from 1 on`);
  }
  return value;
}
