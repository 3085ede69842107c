/** The arguments of the demo. */
import { parseArguments } from '../../src/cli/parse-arguments.ts';

export const USAGE = `Climbs and descends the whole ladder in about three and a half minutes, on a real API server, Postgres and Redis.

Usage: npm run demo -- [options]

  --real-pods        the four lowest tiers, on a cluster whose pods are real: images,
                     Helm, and leads over HTTP. Needs root; takes --output alone
  --keep             stay up at the end, with the kubeconfig to look at, until Ctrl-C
  --trace FILE       replay a CSV with the columns time,leads instead of the traffic
                     that the demo makes up
  --seed N           another seed for that traffic (1)
  --speed X          days go by X times as fast: a day takes 5 s / X (1)
  -o, --output FORM  table (the default), or json: a line each second, then a summary
  --context NAME     use this context of your kubeconfig
  --kubeconfig FILE  use this kubeconfig
  -h, --help         show this help

Without --context and --kubeconfig the cluster is a new one: kind where Docker runs, else
the control plane of KUBEBUILDER_ASSETS, else the pinned one, built once.

Exit codes: 0 every tier was reached and left (with --trace: it ran to its end; with
--real-pods: and nothing was lost), 1 not, or something failed, 2 wrong usage, 130 Ctrl-C.
`;

export interface Options {
  readonly realPods: boolean;
  readonly keep: boolean;
  readonly trace?: string;
  readonly seed: number;
  readonly speed: number;
  readonly output: 'table' | 'json';
  readonly context?: string;
  readonly kubeconfig?: string;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError with what would be right. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values } = parsed(args);
  if (values.help === true) return 'help';
  const { trace, context, kubeconfig, output = 'table' } = values;
  const seed = Number(values.seed ?? 1);
  const speed = Number(values.speed ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UsageError(`--seed is "${values.seed}"; write a whole number from 0 on`);
  }
  if (!(speed >= 0.05 && speed <= 4)) {
    throw new UsageError(`--speed is "${values.speed}"; write a number from 0.05 to 4`);
  }
  if (output !== 'table' && output !== 'json') {
    throw new UsageError(`--output is "${output}"; write table or json`);
  }
  const realPods = values['real-pods'] === true;
  const other = Object.keys(values).find((name) => name !== 'real-pods' && name !== 'output');
  if (realPods && other !== undefined) {
    throw new UsageError(`--real-pods brings its own load and cluster; leave out --${other}`);
  }
  return {
    realPods,
    keep: values.keep === true,
    seed,
    speed,
    output,
    ...(trace !== undefined && { trace }),
    ...(context !== undefined && { context }),
    ...(kubeconfig !== undefined && { kubeconfig }),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArguments({
      args: [...args],
      options: {
        'real-pods': { type: 'boolean' },
        keep: { type: 'boolean' },
        trace: { type: 'string' },
        seed: { type: 'string' },
        speed: { type: 'string' },
        output: { type: 'string', short: 'o' },
        context: { type: 'string' },
        kubeconfig: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
