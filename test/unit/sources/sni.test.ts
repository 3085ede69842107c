/** Servers behind one address are told apart by the name that a client asks for (SNI). */
import { readFile } from 'node:fs/promises';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { createServer as createTls, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connectionContext } from '../../../src/sources/connection-context.ts';
import { HttpClient } from '../../../src/sources/http/client.ts';
import { PostgresPool } from '../../../src/sources/postgres/pool.ts';
import { RedisConnection } from '../../../src/sources/redis/connection.ts';
import { certificates } from '../../../testbed/certificates.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../testbed/folders.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import * as redis from '../../prove/replies/redis.ts';

const tls = { mode: 'Require' } as const;
const context = connectionContext({ addresses: LOOPBACK });
let folder: TemporaryFolder;
let pair: { cert: Buffer; key: Buffer };

beforeAll(async () => {
  folder = await temporaryFolder('sni');
  const files = await certificates(folder.path);
  pair = { cert: await readFile(files.cert), key: await readFile(files.key) };
});
afterAll(() => folder.remove());

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A Redis over TLS that answers everything. Returns the names that it was asked for. */
async function redisServer() {
  const names: (string | false | undefined)[] = [];
  let port = 0;
  const server = createTls(pair, (socket) => {
    names.push((socket as unknown as { servername?: string | false }).servername);
    let heard = '';
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        const { commands, rest } = redis.commandsIn(heard + bytes.toString('latin1'));
        heard = rest;
        socket.write(commands.map((command) => redis.answerTo(command, port)).join(''));
      });
  });
  port = await listening(server);
  return { port, names };
}

it.each([
  ['a host name', 'localhost', ['localhost']],
  // An address is no name: RFC 6066.
  ['an address', '127.0.0.1', [false]],
])('Redis is asked for by %s', async (_, host, expected) => {
  const { port, names } = await redisServer();
  const connection = new RedisConnection({ host, port, database: 0, tls }, context);
  onTestFinished(() => connection.close());
  await connection.with((client) => client.llen('a'));
  expect(names).toEqual(expected);
});

it('a sentinel is asked for by its name', async () => {
  const { port, names } = await redisServer();
  const sentinel = { master: 'main', hosts: [{ host: 'localhost', port }] };
  const connection = new RedisConnection({ port: 6_379, database: 0, sentinel, tls }, context);
  onTestFinished(() => connection.close());
  await connection.with((client) => client.llen('a'));
  // The master itself is at the address that the sentinel gives.
  expect(names).toEqual(['localhost', false]);
});

it('Postgres is asked for by its name', async () => {
  let tellName: (name: string) => void = () => undefined;
  const name = new Promise<string>((resolve) => (tellName = resolve));
  const server = createTcp((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', () => {
        socket.write('S');
        const secure = new TLSSocket(socket, {
          isServer: true,
          ...pair,
          SNICallback: (servername, callback) => {
            tellName(servername);
            callback(new Error('that is all'));
          },
        });
        secure.on('error', () => socket.destroy());
      });
  });
  const port = await listening(server);
  const pool = new PostgresPool({ host: 'localhost', port, database: 'leads', tls }, context);
  onTestFinished(() => pool.close());
  await expect(pool.query('SELECT 1', [], 1_000)).rejects.toThrow('Postgres at localhost');
  expect(await name).toBe('localhost');
});

it('an HTTP endpoint is asked for by its name', async () => {
  const names: unknown[] = [];
  const server = createTls(pair, (socket) => {
    names.push((socket as unknown as { servername?: unknown }).servername);
    socket.on('error', () => undefined).once('data', () => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
  });
  const port = await listening(server);
  const client = new HttpClient({ tls }, context);
  onTestFinished(() => client.close());
  expect(await client.status(`https://localhost:${port}/`, 0, 0)).toBe(404);
  expect(names).toEqual(['localhost']);
});
