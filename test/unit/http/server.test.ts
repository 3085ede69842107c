import { Registry } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import type { HttpServer } from '../../../controller/http/listener.ts';
import type { HttpOptions } from '../../../controller/http/server.ts';
import { serveHttp } from '../../../controller/http/server.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.stop();
});

async function serve(options: Partial<HttpOptions> = {}): Promise<(path: string) => Promise<Response>> {
  server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    operator: { notReady: () => undefined },
    metrics: metricsOf(async function* () {}),
    logger: silentLogger,
    ...options,
  });
  const { address } = server;
  return (path) => fetch(`${address}${path}`);
}

const metricsOf = (exposition: () => AsyncGenerator<string>): HttpOptions['metrics'] => ({
  contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  exposition,
});
const failing = (...before: string[]) =>
  metricsOf(async function* () {
    yield* before;
    throw new Error('collecting /etc/passwd failed');
  });
const broken = failing();

it.each([
  ['an address that is nowhere', '/nowhere', 404],
  ['the live numbers of a platform, which are elsewhere', '/api/platforms/leads/brain', 404],
  ['something that fails inside', '/metrics', 500],
])('answers %s in a sentence, and shows nothing of the code', async (_, path, status) => {
  const get = await serve({ metrics: broken });
  const answer = await get(path);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-powered-by')).toBeNull();
  const body = await answer.text();
  expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
  expect(body).not.toMatch(/node_modules|passwd| at /);
});

it('logs what fails inside, and nothing of what others ask wrongly', async () => {
  const logged: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => logged.push(fields) };
  const get = await serve({ metrics: broken, logger });
  await get('/nowhere');
  expect(logged).toEqual([]);
  await get('/metrics');
  expect(logged).toEqual([{ error: 'Error: collecting /etc/passwd failed' }]);
});

it('gives no whole answer to a scrape that fails half way', async () => {
  const get = await serve({ metrics: failing('one 1\n') });
  await expect(get('/metrics').then((answer) => answer.text())).rejects.toThrow();
});

it('reads no more of the metrics than a scraper takes, and takes no offence at one that hangs up', async () => {
  const logged: object[] = [];
  let read = 0;
  const ended = Promise.withResolvers<void>();
  const endless = metricsOf(async function* () {
    try {
      for (; ; read++) yield 'x'.repeat(100_000);
    } finally {
      ended.resolve();
    }
  });
  const get = await serve({
    metrics: endless,
    logger: { ...silentLogger, error: (fields: object) => logged.push(fields) },
  });
  const answer = await get('/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
  await answer.body?.cancel();
  await ended.promise;
  expect(read).toBeLessThan(1_000);
  expect(logged).toEqual([]);
});

it.each([
  [undefined, 200],
  ['the process is stopping', 503],
])('tells `leadplatform ready` whether the operator is ready (why not: %s)', async (why, status) => {
  const get = await serve({ operator: { notReady: () => why } });
  expect((await get('/readyz')).status).toBe(status);
});
