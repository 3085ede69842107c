/** Clients of an HTTP server that do not do what a client should. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished, type TestContext } from 'vitest';

/**
 * Connected, and silent; it reads nothing either. Gone when the test ends.
 * @param test Where tests run side by side: the one that it is for
 */
export async function connectTo(
  address: string,
  test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
): Promise<Socket> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  test.onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Resolves once the server has hung up. What it had said before is read, for else the end is not heard. */
export async function untilClosed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}
