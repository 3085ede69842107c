import { Registry } from 'prom-client';
import { describe, expect, it, type TestContext } from 'vitest';
import { serveHealth } from '../../../controller/http/health.ts';
import { serveHttp } from '../../../controller/http/server.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';
import { connectTo, untilClosed } from './clients.ts';

const PART = 'x'.repeat(32_768);
const PARTS = 400;
const operator = { notReady: () => undefined, platform: () => undefined };

/** @param patienceMs How long a reader may take: little where one is cut off, much where one that reads is served. */
async function serve({ onTestFinished }: TestContext, patienceMs: number) {
  const counted = { expositions: 0, parts: 0 };
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    operator,
    metrics: {
      contentType: Registry.PROMETHEUS_CONTENT_TYPE,
      exposition: async function* () {
        counted.expositions += 1;
        for (let part = 0; part < PARTS; part += 1) {
          counted.parts += 1;
          yield PART;
        }
      },
    },
    logger: silentLogger,
    patienceMs,
  });
  onTestFinished(() => server.stop());
  return { counted, address: server.address };
}

const ASK = 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n';

/** For so long an exposition may be joined, and whoever cannot join one waits for the next. */
const OPEN_SECONDS = 5;

// Each of them waits for a server of its own.
describe.concurrent('a server whose answers are long', () => {
  it('a hundred connections that ask a hundred times each and do not read cost two expositions in five seconds, and are cut off', async (test) => {
    const { counted, address } = await serve(test, 3_000);
    const begun = performance.now();
    const health = await serveHealth({ host: '127.0.0.1', port: 0, operator });
    test.onTestFinished(() => health.stop());
    const clients = await Promise.all(Array.from({ length: 100 }, () => connectTo(address, test)));
    for (const client of clients) client.pause().write(ASK.repeat(100));
    expect((await fetch(`${health.address}/healthz`)).status).toBe(200);
    await Promise.all(clients.map(untilClosed));
    // One that is too long to be joined, and the next for all who waited; where the machine is busy it takes longer, and some come late.
    const spans = Math.ceil((performance.now() - begun) / 1_000 / OPEN_SECONDS);
    expect(counted.expositions).toBeLessThanOrEqual(2 * spans);
    expect(counted.parts).toBeLessThanOrEqual(counted.expositions * PARTS);
    // Whoever reads is served meanwhile and afterwards.
    const answer = await fetch(`${address}/metrics`);
    expect((await answer.text()).length).toBe(PART.length * PARTS);
  });

  it('whoever asks while an exposition is read gets the same one, from its beginning', async (test) => {
    const { counted, address } = await serve(test, 60_000);
    const texts = await Promise.all(
      Array.from({ length: 5 }, async () => (await fetch(`${address}/metrics`)).text()),
    );
    expect(texts.every((text) => text.length === PART.length * PARTS)).toBe(true);
    expect(counted.expositions).toBeLessThan(5);
  });

  it('the next scrape has numbers of its own', async (test) => {
    const { counted, address } = await serve(test, 60_000);
    for (let scrape = 0; scrape < 3; scrape += 1) await (await fetch(`${address}/metrics`)).text();
    expect(counted.expositions).toBe(3);
  });

  it('one that reads a little at a time is cut off, too', async (test) => {
    const { address } = await serve(test, 500);
    const client = await connectTo(address, test);
    client.write(ASK);
    let read = 0;
    client.on('data', (bytes) => {
      read += bytes.length;
      client.pause();
      setTimeout(() => client.resume(), 20);
    });
    await untilClosed(client);
    expect(read).toBeLessThan(PART.length * PARTS);
  });

  it('a request that does not end is not waited for', async (test) => {
    const { address } = await serve(test, 500);
    const client = await connectTo(address, test);
    client.write('GET /metrics HTTP/1.1\r\nhost:');
    await untilClosed(client);
  });

  it('answers one request on a connection, and closes it', async (test) => {
    const { counted, address } = await serve(test, 500);
    const client = await connectTo(address, test);
    client.write('GET /readyz HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3));
    let said = '';
    client.on('data', (bytes) => (said += bytes.toString()));
    await untilClosed(client);
    expect(said.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(counted.expositions).toBe(0);
  });
});
