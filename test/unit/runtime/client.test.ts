import { expect, it, onTestFinished } from 'vitest';
import { KubeClient } from '../../../controller/runtime/client.ts';
import type { Transport } from '../../../controller/runtime/transport.ts';

it('leaves no rejection to nobody when a request that could not be sent is given up later', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const closed = {
    credentials: async () => ({}),
    dispatch: () => {
      throw new Error('The connection to the API server is closed');
    },
  } as unknown as Transport;
  const abort = new AbortController();
  const request = new KubeClient(closed).request({ method: 'GET', path: '/', signal: abort.signal });
  await expect(request).rejects.toThrow('is closed');
  abort.abort(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
