import { expect, it, onTestFinished } from 'vitest';
import { serveHealth } from '../../../controller/http/health.ts';
import { connectTo, untilClosed } from './clients.ts';

async function serve(why?: string): Promise<string> {
  const server = await serveHealth({ host: '127.0.0.1', port: 0, operator: { notReady: () => why } });
  onTestFinished(() => server.stop());
  return server.address;
}

it.each([
  [undefined, 200, 'ok\n'],
  ['the process is stopping', 503, 'not ready: the process is stopping\n'],
])(
  'is ready when the operator is, says why where it is not (%s), and is alive in any case',
  async (why, status, text) => {
    const address = await serve(why);
    const answer = await fetch(`${address}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([status, text]);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  },
);

it.each(['/', '/metrics', '/healthz/x'])('has nothing at %s', async (path) => {
  expect((await fetch(`${await serve()}${path}`)).status).toBe(404);
});

it('answers a probe while others hold all of its connections, by giving up the oldest', async () => {
  const address = await serve();
  const idle = [];
  for (let held = 0; held < 40; held += 1) idle.push(await connectTo(address));
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  const [first] = idle;
  await untilClosed(first!);
});
