/** What stands between socket and driver is not noticed by who answers as it should. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { LeadPlatformSpec } from '../../../../src/api/schema/leadplatform.ts';
import { connectionContext } from '../../../../src/sources/connection-context.ts';
import type { TlsSettings } from '../../../../src/sources/credentials.ts';
import { createSources, Pools } from '../../../../src/sources/index.ts';
import { guardedClient } from '../../../../src/sources/postgres/guarded-client.ts';
import { PostgresPool } from '../../../../src/sources/postgres/pool.ts';
import { RedisConnection } from '../../../../src/sources/redis/connection.ts';
import { certificates } from '../../../../testbed/certificates.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../../testbed/folders.ts';
import { LOOPBACK } from '../../../fixtures/loopback.ts';
import * as postgres from '../../../prove/replies/postgres.ts';
import * as redis from '../../../prove/replies/redis.ts';

it('a job that is larger than a reply may be costs one look at its queue, and its age', async () => {
  const port: number = await serve((socket) => {
    let heard = '';
    socket.on('data', (bytes) => {
      const { commands, rest } = redis.commandsIn(heard + bytes.toString('latin1'));
      heard = rest;
      for (const command of commands)
        socket.write(
          command[0]?.toLowerCase() === 'lindex'
            ? `$2000000\r\n${'x'.repeat(2_000_000)}\r\n`
            : redis.answerTo(command, port),
        );
    });
  });
  let later = 0;
  const pools = new Pools({ addresses: LOOPBACK, elapsed: () => (later += 200_000) });
  onTestFinished(() => pools.close());
  const none = () => Promise.resolve(undefined);
  const spec = LeadPlatformSpec.parse({ image: 'brain:1', stores: { redis: { host: '127.0.0.1', port } } });
  const source = createSources(spec, {
    pools,
    readSecret: none,
    readUsage: async () => ({ value: [] }),
  }).find(({ name }) => name === 'redis:queues');
  onTestFinished(() => source?.close?.());
  const poll = async (now: number) =>
    (await source?.poll(now, new AbortController().signal))?.queues?.['default'];
  expect(await poll(1_000)).toMatchObject({ unknown: 'TooLarge', message: expect.stringContaining('1 MB') });
  expect(await poll(2_000)).toEqual({ value: { ready: 9, inFlight: 3, delayed: 3 }, at: 2_000 });
});

/** A server on loopback, gone when the test ends. */
async function serve(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const context = connectionContext({ addresses: LOOPBACK });
let folder: TemporaryFolder;
let pair: { cert: Buffer; key: Buffer };

beforeAll(async () => {
  folder = await temporaryFolder('honest');
  const files = await certificates(folder.path);
  pair = { cert: await readFile(files.cert), key: await readFile(files.key) };
});
afterAll(() => folder.remove());

interface PostgresBehaviour {
  /** What it says comes a byte at a time. */
  readonly drips?: boolean;
  /** It speaks TLS, with these. */
  readonly pair?: { readonly cert: Buffer; readonly key: Buffer };
}

/** A Postgres that asks for a login so, and answers every query. */
function postgresServer(login: postgres.Login, { drips, pair }: PostgresBehaviour = {}): Promise<number> {
  return serve((plain) => {
    if (pair === undefined) return answerAll(plain, login, drips);
    plain.once('data', () => {
      // It has asked for TLS.
      plain.write('S');
      answerAll(
        new TLSSocket(plain, { isServer: true, ...pair }).on('error', () => undefined),
        login,
        drips,
      );
    });
  });
}

function answerAll(socket: Socket, login: postgres.Login, drips = false): void {
  let hasStarted = false;
  let heard = Buffer.alloc(0);
  const say = (frames: readonly Buffer[]): void => {
    const bytes = Buffer.concat(frames);
    if (drips) for (const byte of bytes) socket.write(Buffer.of(byte));
    else socket.write(bytes);
  };
  socket.setNoDelay(true).on('data', (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    if (!hasStarted) {
      hasStarted = true;
      heard = heard.subarray(heard.readUInt32BE(0));
      say(postgres.asksForLogin(login));
    }
    while (heard.length >= 5 && heard.length > heard.readUInt32BE(1)) {
      const [type, end] = [String.fromCharCode(heard[0] ?? 0), 1 + heard.readUInt32BE(1)];
      if (type === 'p') say(postgres.letsIn());
      if (type === 'Q') say(postgres.answerTo(heard.toString('utf8', 5, end - 1)));
      if (type === 'S') say(postgres.answerTo(undefined));
      heard = heard.subarray(end);
    }
  });
}

const settingsOf = (port: number, tls: TlsSettings) => ({
  host: '127.0.0.1',
  port,
  database: 'leads',
  user: 'reader',
  password: 'p',
  tls,
});

it.each<[string, postgres.Login, boolean, boolean]>([
  ['without a password', 'trust', false, false],
  ['with MD5', 'md5', false, false],
  ['with the password itself, over TLS', 'password', false, true],
  ['a byte at a time', 'trust', true, false],
  ['a byte at a time, over TLS', 'md5', true, true],
])('Postgres is read %s', async (_how, login, drips, isEncrypted) => {
  const port = await postgresServer(login, { drips, ...(isEncrypted && { pair }) });
  const pool = new PostgresPool(settingsOf(port, isEncrypted ? { mode: 'Require' } : undefined), context);
  onTestFinished(() => pool.close());
  const probe = async () => [
    await pool.query('SELECT 1 AS value', [], 5_000),
    await pool.queryUnsafe('SELECT 1 AS value', 5_000, { table: 'leads' }),
  ];
  const counts = { value: 512, unseen: 0, used: 10, allowed: 100, step: 1, inserted: 900 };
  const row = {
    ...counts,
    type: 'timestamp with time zone',
    kind: 'r',
    dated: true,
    ahead: false,
    empty: false,
    excess: '',
  };
  expect([...(await probe()), ...(await probe())]).toEqual([[row], [row], [row], [row]]);
});

it('a Postgres that asks for the password itself gets none in clear', async () => {
  const port = await postgresServer('password');
  const pool = new PostgresPool(settingsOf(port, undefined), context);
  onTestFinished(() => pool.close());
  await expect(pool.query('SELECT 1 AS value', [], 5_000)).rejects.toMatchObject({
    reason: 'SourceRefused',
    message: `Postgres at 127.0.0.1:${port} asks for the password itself, and the connection is in clear; set tls, or scram-sha-256 in its pg_hba.conf`,
  });
});

it.each(['at its address', 'by its sentinel'])('Redis is read %s', async (how) => {
  const port: number = await serve((socket) => {
    let heard = '';
    socket.on('data', (bytes) => {
      const { commands, rest } = redis.commandsIn(heard + bytes.toString('latin1'));
      heard = rest;
      socket.write(commands.map((command) => redis.answerTo(command, port)).join(''));
    });
  });
  const address = { host: '127.0.0.1', port };
  const where =
    how === 'at its address'
      ? { host: address.host, port }
      : { port: 6_379, sentinel: { master: 'main', hosts: [address] } };
  const connection = new RedisConnection({ ...where, database: 1, password: 'p', tls: undefined }, context);
  onTestFinished(() => connection.close());
  const read = () =>
    connection.with((client) => Promise.all([client.llen('a'), client.getrange('b', 0, 64)]));
  expect([await read(), await read()]).toEqual([
    [3, '120.5'],
    [3, '120.5'],
  ]);
});

it.each([
  ['the socket itself', undefined, 'connect'],
  ['with TLS the one that the driver makes of it', { rejectUnauthorized: false }, 'sslconnect'],
])('Postgres is guarded on %s', (_which, ssl, event) => {
  const guarded: unknown[] = [];
  const Client = guardedClient('Postgres at db:5432', (socket) => guarded.push(socket));
  const { connection } = new Client({ host: 'db', ...(ssl && { ssl }) });
  expect(guarded).toHaveLength(event === 'connect' ? 1 : 0);
  connection.emit(event);
  expect(guarded).toEqual([connection.stream]);
});
