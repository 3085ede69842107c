/** The proof `replies` in small: running sources against servers that do not mean well, with a seed that never changes. */
import { expect, it, onTestFinished } from 'vitest';
import { uniform } from '../../../../src/simulate/random.ts';
import { readersOf } from '../../../prove/replies/readers.ts';
import { hostileServers, PROTOCOLS } from '../../../prove/replies/servers.ts';

const ENOUGH = 300;

it.each(PROTOCOLS)('a server of %s that answers with anything ends in readings', async (protocol) => {
  const servers = await hostileServers(protocol, 6, uniform(7));
  const readers = readersOf(protocol, servers.ports);
  onTestFinished(async () => {
    await readers.close();
    await servers.close();
  });
  const enough = new AbortController();
  const look = setInterval(() => servers.said.replies >= ENOUGH && enough.abort(), 10);
  onTestFinished(() => clearInterval(look));
  // A throw of a driver outside of a promise ends the test by itself.
  await readers.run(enough.signal);
  expect(servers.said.wellFormed).toBeGreaterThan(ENOUGH / 2);
  // Some answers were as they should be, and most were not.
  expect(readers.heard['known']).toBeGreaterThan(0);
  expect(Object.keys(readers.heard).length).toBeGreaterThan(3);
});
