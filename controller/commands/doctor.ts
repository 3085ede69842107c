/** `leadplatform doctor`: what of a cluster is not as it should be, each finding with what mends it. A check is a file of `doctor/`. */
import type { CommandModule } from '../../src/cli/command.ts';
import { EXIT, UsageError } from '../../src/cli/errors.ts';
import { oneOf } from '../../src/cli/one-of.ts';
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import type { Io, Output } from '../../src/cli/io.ts';
import { wrap } from '../../src/cli/table.ts';
import { Resources } from '../runtime/resources.ts';
import { askedOf } from './cluster-errors.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS, connect } from './cluster-options.ts';
import { checkAdmission } from './doctor/admission.ts';
import type { Finding } from './doctor/finding.ts';

const HELP = `Usage: leadplatform doctor [options]

Looks at a cluster and says what is not as it should be, and what mends it:

  admission   whether the API server checks whose Secrets an author of
              LeadPlatforms names; where it does not, what edit on
              LeadPlatforms is worth

It reads, and writes nothing.

Options:
${CLUSTER_HELP}
  -o, --output FORMAT    text or json. Default: text

Exit codes: 0 no problem found, or it is not known whether there is one, 1 failed,
2 wrong usage, 4 a problem was found, 7 your credentials are refused, 8 the API
server does not answer.
`;

const EXIT_PROBLEM = 4;
/** A person waits: what does not answer soon is told. */
const PATIENCE = { timeoutMs: 10_000, retries: 1 };

const CHECKS: readonly ((resources: Resources) => Promise<Finding>)[] = [checkAdmission];

async function run(args: readonly string[], io: Io): Promise<number> {
  const { kubeconfig, context } = CLUSTER_OPTIONS;
  const { values, positionals } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: { kubeconfig, context, output: { type: 'string', short: 'o', default: 'text' } },
  });
  if (positionals.length > 0) throw new UsageError('doctor takes no names; it looks at the whole cluster');
  const output = oneOf('--output', values.output, ['text', 'json']);
  const kube = await connect({ kubeconfig: values.kubeconfig, context: values.context });
  try {
    const resources = new Resources(kube.client(PATIENCE));
    const findings = await askedOf(kube, 'look at the cluster', () =>
      Promise.all(CHECKS.map((check) => check(resources))),
    );
    io.out.write(
      output === 'json'
        ? `${JSON.stringify(findings, null, 2)}\n`
        : findings.map((one) => text(one, io.out)).join(''),
    );
    return findings.some(({ state }) => state === 'problem') ? EXIT_PROBLEM : EXIT.ok;
  } finally {
    await kube.close();
  }
}

function text({ check, state, message, mend }: Finding, { columns }: Output): string {
  const lines = [message, ...(mend === undefined ? [] : [`To mend it: ${mend}.`])];
  const indented = lines.flatMap((line) => wrap(line, columns - 2)).map((line) => `  ${line}\n`);
  return `${check}: ${state}\n${indented.join('')}`;
}

export const doctorCommand: CommandModule = { help: HELP, run };
