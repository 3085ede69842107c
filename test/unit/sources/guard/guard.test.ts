import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { guard, guardThatTells } from '../../../../src/sources/guard/guard.ts';

/** A socket to a server that answers everything with this. */
async function socketTo(answer: string): Promise<Socket> {
  const server = createServer((peer) => {
    peer.on('error', () => undefined).on('data', () => peer.write(answer));
    onTestFinished(() => void peer.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return socket;
}

const WHAT = 'Redis at cache:6379';
const PING = '*1\r\n$4\r\nPING\r\n';

it.each([
  [
    'a frame that is not well-formed',
    '$x\r\n',
    () => undefined,
    'Redis at cache:6379 sends a number that is none',
  ],
  [
    'a good frame at which the driver throws',
    '+PONG\r\n',
    () => {
      throw new TypeError('Cannot read properties of null');
    },
    'Redis at cache:6379 sends an answer that cannot be read; is it the server that the spec means?',
  ],
])('%s closes the connection, with a sentence', async (_what, answer, listen, says) => {
  const socket = await socketTo(answer);
  guard(socket, WHAT, 'redis');
  socket.on('data', listen).write(PING);
  const failed = new Promise((resolve) => socket.once('error', resolve));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(await failed).toMatchObject({ reason: 'MalformedReply', message: says });
});

it('tells what it looks at before it does', async () => {
  const socket = await socketTo('+PONG\r\n');
  const told: string[] = [];
  guardThatTells((what) => told.push(what))(socket, WHAT, 'redis');
  socket.write(PING);
  await new Promise((resolve) => socket.once('data', resolve));
  expect(told).toEqual(['reading an answer of Redis at cache:6379']);
});
