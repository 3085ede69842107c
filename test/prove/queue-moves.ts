import { fileURLToPath } from 'node:url';
import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEST = 'test/e2e/queues.test.ts';
const JOBS = 50_000;
const JOBS_PER_SECOND = 50;

/** The test of the moves, with more jobs, sent twice as fast: whatever goes wrong seldom has six times the chances. */
export const proof: Proof = {
  name: 'queue-moves',
  what: `Queues move from Redis to a second one, to RabbitMQ and back under ${JOBS.toLocaleString('en')} jobs: none is lost, none runs twice.`,
  run,
};

async function run({ log, signal, resume }: ProofContext): Promise<ProofResult> {
  // Here, so that the list of proofs does not load all of the test bed.
  const { runTestsOnRealPods } = await import('../../scripts/vitest.ts');
  if (resume) log('the moves are one measurement and cannot be cut in two: it starts from the beginning');
  process.env['LEADPLATFORM_E2E_JOBS'] = String(JOBS);
  process.env['LEADPLATFORM_E2E_JOBS_PER_SECOND'] = String(JOBS_PER_SECOND);
  log(
    `${JOBS} jobs at ${JOBS_PER_SECOND} a second take ${Math.ceil(JOBS / JOBS_PER_SECOND / 60)} minutes at least`,
  );
  const vitest = await runTestsOnRealPods(ROOT, [TEST]);
  const terminate = (): void => vitest.terminate();
  signal.addEventListener('abort', terminate, { once: true });
  if (signal.aborted) terminate();
  const { exitCode, results } = await vitest.ended;
  const tests = results?.testResults.flatMap((file) => file.assertionResults) ?? [];
  if (tests.length > 0 && tests.every(({ status }) => status !== 'passed' && status !== 'failed')) {
    throw new Error(`its test was skipped: ${tests.map(({ fullName }) => fullName).join('; ')}`);
  }
  const passed = exitCode === 0 && tests.length > 0 && tests.every(({ status }) => status === 'passed');
  return { passed, markdown: markdown(tests) };
}

function markdown(tests: readonly { status: string; fullName: string }[]): string {
  return `\`${TEST}\` ran on real pods with ${JOBS.toLocaleString('en')} jobs at ${JOBS_PER_SECOND} a second.
The seed chooses nothing in it: which job is delayed, slow or of another queue follows from its number.

${tests.map(({ status, fullName }) => `- ${status}: ${fullName}`).join('\n') || '- No test ran.'}

A pass means, of four moves (first Redis, second Redis, RabbitMQ, second Redis, first Redis):

- every job that was sent has been accepted, has its row, and ran once;
- no request failed, and both servers that were left are empty;
- no container ended with a code other than 0, and no Deployment of a move is left.
`;
}
