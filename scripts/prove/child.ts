/** The process of one proof: started by `run.ts`, which sends the task and waits for the result. */
import { pathToFileURL } from 'node:url';
import { isTestbedUnavailable } from '../../testbed/errors.ts';
import type { Proof, ProofContext } from '../prove-contract.ts';
import type { FromChild, Task, ToChild } from './run.ts';

const stop = new AbortController();
// A terminal sends Ctrl-C to this process as well; the end is asked for by a message, at the limit and then.
process.on('SIGINT', () => undefined);
process.on('message', (message: ToChild) => {
  if (message === 'stop') stop.abort();
  else void answer(message).then((reply) => process.send?.(reply, () => process.exit(0)));
});
// Without its parent it has nobody to tell.
process.on('disconnect', () => process.exit(1));

async function answer({ file, name, seed, folder, resume }: Task): Promise<FromChild> {
  const log = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  const context: ProofContext = { seed, folder, resume, log, signal: stop.signal };
  try {
    const { proof } = (await import(pathToFileURL(file).href)) as { proof: Proof };
    // A proof that waits for the signal would wait for ever for one that came before.
    if (stop.signal.aborted) return { error: 'stopped before it began' };
    const { passed, markdown } = await proof.run(context);
    return { passed, markdown };
  } catch (error) {
    if (isTestbedUnavailable(error)) return { error: error.message };
    if (!stop.signal.aborted) console.error(error);
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
