import { expect, it, onTestFinished } from 'vitest';
import { serveHealth } from '../../../controller/http/health.ts';
import { connectTo, untilClosed } from './clients.ts';

async function serve(isReady: boolean): Promise<string> {
  const server = await serveHealth({ host: '127.0.0.1', port: 0, operator: { isReady: () => isReady } });
  onTestFinished(() => server.stop());
  return server.address;
}

it.each([
  [true, 200],
  [false, 503],
])('is ready when the operator is (%s), and alive in any case', async (ready, status) => {
  const address = await serve(ready);
  expect((await fetch(`${address}/readyz`)).status).toBe(status);
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
});

it.each(['/', '/metrics', '/healthz/x'])('has nothing at %s', async (path) => {
  expect((await fetch(`${await serve(true)}${path}`)).status).toBe(404);
});

it('answers a probe while others hold all of its connections, by giving up the oldest', async () => {
  const address = await serve(true);
  const idle = [];
  for (let held = 0; held < 40; held += 1) idle.push(await connectTo(address));
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  const [first] = idle;
  await untilClosed(first!);
});
