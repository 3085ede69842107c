/**
 * The sender as a program, for where it must run inside the network of a cluster:
 *
 *   nsenter --net=… node_modules/.bin/node testbed/load/main.ts --url http://10.96.0.12/api/leads --count 1000 --rate 50 --work '{"seconds":1}'
 *
 * Prints the outcome as one line of JSON. SIGTERM ends the sending, not the waiting for answers.
 */
import { parseArguments } from '../../src/cli/parse-arguments.ts';
import { sendLeads } from './sender.ts';

const { values } = parseArguments({
  options: {
    url: { type: 'string' },
    count: { type: 'string' },
    rate: { type: 'string' },
    work: { type: 'string' },
    connections: { type: 'string' },
  },
});
const { url = '', count, rate, work, connections } = values;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
try {
  const job = work === undefined ? undefined : (JSON.parse(work) as object);
  const outcome = await sendLeads({
    url,
    count: Number(count),
    rate: Number(rate),
    signal: stop.signal,
    ...(job !== undefined && { work: () => job }),
    ...(connections !== undefined && { connections: Number(connections) }),
  });
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
