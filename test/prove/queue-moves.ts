import type { Proof, ProofContext, ProofResult } from '../../scripts/prove-contract.ts';
import { runTestFile } from '../../scripts/prove/test-file.ts';

const TEST = 'test/e2e/queues.test.ts';
const JOBS = 50_000;
const JOBS_PER_SECOND = 50;
const jobs = JOBS.toLocaleString('en');

/** The test of the moves, with more jobs, sent twice as fast: what goes wrong seldom has more chances to. */
export const proof: Proof = {
  name: 'queue-moves',
  what: `Queues move from Redis to a second one, to RabbitMQ and back under ${jobs} jobs: none is lost, none runs twice.`,
  run,
};

async function run({ log, signal, resume }: ProofContext): Promise<ProofResult> {
  if (resume) log('the moves are one measurement and cannot be cut in two: it starts from the beginning');
  log(
    `${jobs} jobs at ${JOBS_PER_SECOND} a second take ${Math.ceil(JOBS / JOBS_PER_SECOND / 60)} minutes at least`,
  );
  const env = {
    LEADPLATFORM_E2E_JOBS: String(JOBS),
    LEADPLATFORM_E2E_JOBS_PER_SECOND: String(JOBS_PER_SECOND),
  };
  const { passed, failed, skipped } = await runTestFile(TEST, env, signal);
  if (skipped > 0) throw new Error('its test needs real pods, and this machine has none: see NOT RUN above');
  const outcome = `${passed} passed, ${failed} failed`;
  return { passed: passed > 0 && failed === 0, markdown: markdown(outcome) };
}

const markdown = (
  outcome: string,
): string => `\`${TEST}\` ran on real pods with ${jobs} jobs at ${JOBS_PER_SECOND} a second: ${outcome}. The seed chooses
nothing in it: which job is delayed, slow or of another queue follows from its number.

The queues move four times: first Redis, second Redis, RabbitMQ, second Redis, first Redis. Jobs come in all the while, and
those that come after the last move run on the first Redis. A pass means:

- every job that was sent was accepted, has its row, and ran once;
- no request failed, and both servers that were left are empty;
- no container ended with a code other than 0, and no Deployment of a move is left.
`;
