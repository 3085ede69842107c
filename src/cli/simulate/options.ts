/** What `leadplatform simulate` is asked to do. */
import { unknownWord } from '../../api/did-you-mean.ts';
import { POLICY_NAMES, type PolicyName } from '../../simulate/queue/compare.ts';
import type { Instant } from '../../model/reading.ts';
import { UsageError } from '../errors.ts';
import { parseArguments } from '../parse-arguments.ts';
import { faultsIn, type GivenFault } from './faults.ts';
import { oneOf } from '../one-of.ts';
import { instant, number, seconds } from './values.ts';

export interface SimulateOptions {
  readonly file: string;
  readonly trace: string;
  readonly policies: readonly PolicyName[];
  /** Undefined: the first of the spec. */
  readonly queue: string | undefined;
  /** Undefined: by the capacity in the spec. */
  readonly serviceSeconds: number | undefined;
  readonly serviceVariation: number;
  readonly podStartSeconds: number;
  readonly jobsPerLead: number;
  readonly scale: number;
  readonly seed: number;
  readonly liftBounds: boolean;
  readonly from: Instant | undefined;
  readonly until: Instant | undefined;
  readonly faults: readonly GivenFault[];
  readonly format: (typeof FORMATS)[number];
}

const FORMATS = ['table', 'json', 'svg', 'html'] as const;

export function simulateOptions(args: readonly string[]): SimulateOptions {
  const { values } = parseArguments({
    args: [...args],
    options: {
      filename: { type: 'string', short: 'f' },
      trace: { type: 'string' },
      policy: { type: 'string' },
      queue: { type: 'string' },
      'service-time': { type: 'string' },
      'service-cv': { type: 'string' },
      'pod-start': { type: 'string' },
      'jobs-per-lead': { type: 'string' },
      scale: { type: 'string' },
      seed: { type: 'string' },
      'lift-bounds': { type: 'boolean' },
      from: { type: 'string' },
      to: { type: 'string' },
      faults: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
    strict: true,
    allowPositionals: false,
  });
  const file = values.filename ?? '';
  const trace = values.trace ?? '';
  if (file === '') throw new UsageError('simulate needs a manifest: -f FILE, or -f - for standard input');
  if (trace === '')
    throw new UsageError(
      'simulate needs a trace: --trace FILE, a CSV of time,leads, or of the time of each lead',
    );
  if (file === '-' && trace === '-')
    throw new UsageError('-f - and --trace - both read standard input, which can be read once; name a file');
  const service = values['service-time'];
  const [from, until] = [instant('--from', values.from), instant('--to', values.to)];
  if (from !== undefined && until !== undefined && from >= until)
    throw new UsageError('--to is not after --from');
  return {
    file,
    trace,
    policies: policiesIn(values.policy ?? 'all'),
    queue: values.queue,
    serviceSeconds: service === undefined ? undefined : seconds('--service-time', service, 0.001),
    serviceVariation: number('--service-cv', values['service-cv'] ?? '1', 0, 10),
    podStartSeconds: seconds('--pod-start', values['pod-start'] ?? '20s', 0),
    jobsPerLead: number('--jobs-per-lead', values['jobs-per-lead'] ?? '1', 0.001, 1_000),
    scale: number('--scale', values.scale ?? '1', 0.000_001, 100_000),
    seed: number('--seed', values.seed ?? '1', 0, 4_294_967_295, true),
    liftBounds: values['lift-bounds'] ?? false,
    from,
    until,
    faults: faultsIn(values.faults),
    format: oneOf('--output', values.output ?? 'table', FORMATS),
  };
}

function policiesIn(text: string): readonly PolicyName[] {
  return [
    ...new Set(
      text.split(',').flatMap((word): readonly PolicyName[] => {
        const name = word.trim();
        if (name === 'all') return POLICY_NAMES;
        const found = POLICY_NAMES.find((each) => each === name);
        if (found === undefined)
          throw new UsageError(`--policy: ${unknownWord('policy', name, [...POLICY_NAMES, 'all'])}`);
        return [found];
      }),
    ),
  ];
}
