/** Whatever connects is let go where it may and nowhere else, at the moment at which it connects. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { connectionContext } from '../../../../src/sources/connection-context.ts';
import { networks } from '../../../../src/sources/address/ip.ts';
import { AddressPolicy, type Resolve } from '../../../../src/sources/address/policy.ts';
import { HttpClient } from '../../../../src/sources/http/client.ts';
import { PostgresPool } from '../../../../src/sources/postgres/pool.ts';
import { RabbitmqApi } from '../../../../src/sources/rabbitmq/api.ts';
import { RedisConnection } from '../../../../src/sources/redis/connection.ts';
import * as redis from '../../../prove/replies/redis.ts';

const NAME = 'db.example';

interface Server {
  readonly port: number;
  readonly connections: readonly Socket[];
}

/** A server on loopback that counts who connects, and says what `answer` says. */
async function serve(answer: (socket: Socket, heard: Buffer) => void = () => undefined): Promise<Server> {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined).on('data', (heard) => answer(socket, heard));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections };
}

/** Every name leads to what is said at the moment. */
function resolver(...found: readonly string[]) {
  let addresses = found;
  const asked: string[] = [];
  const resolve: Resolve = (name, _options, callback) => {
    asked.push(name);
    const answer = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => callback(null, answer));
  };
  return { asked, resolve, change: (...to: readonly string[]) => (addresses = to) };
}

const tls = { mode: 'Require' } as const;

/** Each way in which the operator connects: what it is asked by, and how that fails. */
const CLIENTS: Readonly<
  Record<string, (host: string, port: number, addresses: AddressPolicy) => Promise<unknown>>
> = {
  'an HTTP endpoint': (host, port, addresses) => askHttp('http', host, port, addresses),
  'an HTTPS endpoint': (host, port, addresses) => askHttp('https', host, port, addresses),
  'whether an HTTPS endpoint is there': async (host, port, addresses) => {
    const client = new HttpClient({ tls }, connectionContext({ addresses }));
    onTestFinished(() => client.close());
    return client.status(`https://${authority(host, port)}/`, 0, 0);
  },
  'the management API of RabbitMQ': (host, port, addresses) => {
    const api = new RabbitmqApi({ host, port, vhost: '/', tls: undefined }, connectionContext({ addresses }));
    onTestFinished(() => api.close());
    return api.queues('', 0, 0);
  },
  Postgres: (host, port, addresses) => askPostgres(host, port, addresses, undefined),
  'Postgres over TLS': (host, port, addresses) => askPostgres(host, port, addresses, tls),
  Redis: (host, port, addresses) => askRedis({ host, port }, addresses),
  'Redis over TLS': (host, port, addresses) => askRedis({ host, port, tls }, addresses),
  'a sentinel': (host, port, addresses) =>
    askRedis({ port: 1, sentinel: { master: 'main', hosts: [{ host, port }] } }, addresses),
  'a sentinel over TLS': (host, port, addresses) =>
    askRedis({ port: 1, tls, sentinel: { master: 'main', hosts: [{ host, port }] } }, addresses),
};

const authority = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

async function askHttp(scheme: string, host: string, port: number, addresses: AddressPolicy) {
  const client = new HttpClient({}, connectionContext({ addresses }));
  onTestFinished(() => client.close());
  return client.json(`${scheme}://${authority(host, port)}/`, 0, 0);
}

async function askPostgres(
  host: string,
  port: number,
  addresses: AddressPolicy,
  secure: typeof tls | undefined,
) {
  const pool = new PostgresPool({ host, port, database: 'd', tls: secure }, connectionContext({ addresses }));
  onTestFinished(() => pool.close());
  return pool.query('SELECT 1', [], 1_000);
}

async function askRedis(
  settings: Omit<ConstructorParameters<typeof RedisConnection>[0], 'database' | 'tls'> & { tls?: typeof tls },
  addresses: AddressPolicy,
) {
  const connection = new RedisConnection(
    { tls: undefined, ...settings, database: 0 },
    connectionContext({ addresses }),
  );
  onTestFinished(() => connection.close());
  return connection.with((client) => client.llen('a'));
}

const EACH = Object.keys(CLIENTS);
const clientOf = (kind: string) => {
  const client = CLIENTS[kind];
  if (client === undefined) throw new Error(`${kind} is not in the table`);
  return client;
};
const refused = (what: string) =>
  expect.objectContaining({
    reason: 'SourceRefused',
    message: expect.stringContaining(what) as string,
  }) as Error;

it.each(EACH)('%s is not asked at an address of loopback', async (kind) => {
  const { port, connections } = await serve();
  await expect(clientOf(kind)('127.0.0.1', port, new AddressPolicy())).rejects.toEqual(
    refused('127.0.0.1 is a loopback address, which the operator does not connect to'),
  );
  expect(connections).toHaveLength(0);
});

it.each(EACH)('%s is not asked at a name that leads to loopback', async (kind) => {
  const { port, connections } = await serve();
  const { resolve } = resolver('127.0.0.1');
  await expect(clientOf(kind)(NAME, port, new AddressPolicy({ resolve }))).rejects.toEqual(
    refused(`${NAME} leads to a loopback address, which the operator does not connect to`),
  );
  expect(connections).toHaveLength(0);
});

it.each(EACH)('%s is asked where the address is opened, and its name is resolved once', async (kind) => {
  const { port, connections } = await serve((socket) => socket.end());
  const { resolve, asked } = resolver('127.0.0.1');
  const addresses = new AddressPolicy({ resolve, allowed: networks('127.0.0.0/8') });
  await expect(clientOf(kind)(NAME, port, addresses)).rejects.toThrow();
  expect(connections.length).toBeGreaterThan(0);
  // A driver that tries again resolves again; one that resolves first and connects later would have two for each.
  expect(asked).toHaveLength(connections.length);
});

it('a name that leads elsewhere the next time is looked at each time that a socket is opened', async () => {
  const { port, connections } = await serve((socket) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n7'),
  );
  const { resolve, change } = resolver('127.0.0.1');
  const addresses = new AddressPolicy({ resolve, allowed: networks('127.0.0.1') });
  const client = new HttpClient({}, connectionContext({ addresses }));
  onTestFinished(() => client.close());
  let now = 0;
  const ask = () => client.json(`http://${NAME}:${port}/`, (now += 1_000), 0);
  expect(await ask()).toBe(7);
  change('127.0.0.2');
  await expect(ask()).rejects.toEqual(refused('loopback'));
  change('127.0.0.1');
  expect(await ask()).toBe(7);
  expect(connections).toHaveLength(2);
});

it.each(EACH)('%s is not asked at a name of which only the last address is refused', async (kind) => {
  const { port, connections } = await serve();
  const { resolve } = resolver('127.0.0.1', 'fd00:ec2::254');
  const addresses = new AddressPolicy({ resolve, allowed: networks('127.0.0.0/8') });
  await expect(clientOf(kind)(NAME, port, addresses)).rejects.toEqual(
    refused(`${NAME} leads to the metadata service of a cloud`),
  );
  expect(connections).toHaveLength(0);
});

it.each(EACH)('%s is asked at a name of several addresses that are all opened', async (kind) => {
  const { port, connections } = await serve((socket) => socket.end());
  const { resolve } = resolver('127.0.0.1', '127.0.0.2');
  const addresses = new AddressPolicy({ resolve, allowed: networks('127.0.0.0/8') });
  await expect(clientOf(kind)(NAME, port, addresses)).rejects.toThrow();
  expect(connections.length).toBeGreaterThan(0);
});

it('a redirect to an address that is refused is not followed', async () => {
  const target = await serve();
  const { port } = await serve((socket) =>
    socket.end(
      `HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:${target.port}/\r\ncontent-length: 0\r\n\r\n`,
    ),
  );
  const addresses = new AddressPolicy({ allowed: networks('127.0.0.1') });
  await expect(clientOf('an HTTP endpoint')('127.0.0.1', port, addresses)).rejects.toMatchObject({
    reason: 'Redirected',
  });
  expect(target.connections).toHaveLength(0);
});

it.each([
  ['127.0.0.2', '127.0.0.2 is a loopback address'],
  ['::1', '::1 is a loopback address'],
  ['fe80::1%lo', 'fe80::1%lo is a link-local address'],
  ['localhost', 'localhost leads to a loopback address'],
  // To Node no host is localhost.
  ['', 'localhost leads to a loopback address'],
])('the master that a sentinel names is no more trusted than a host of the spec: %j', async (host, says) => {
  const master = await serve();
  const sentinel = await serve((socket, heard) => {
    const { commands } = redis.commandsIn(heard.toString('latin1'));
    for (const [name] of commands) {
      const said = [host, String(master.port)];
      const answer = ['*2', ...said.flatMap((word) => [`$${word.length}`, word]), ''];
      socket.write(name?.toLowerCase() === 'sentinel' ? answer.join('\r\n') : '+OK\r\n');
    }
  });
  const { resolve } = resolver('127.0.0.2');
  const addresses = new AddressPolicy({ resolve, allowed: networks('127.0.0.1') });
  await expect(clientOf('a sentinel')('127.0.0.1', sentinel.port, addresses)).rejects.toEqual(refused(says));
  expect(master.connections).toHaveLength(0);
});

it.each([
  ['its own address', ['10.4.0.17'], '10.4.0.17'],
  ['its own address as a mapped one', ['10.4.0.17'], '::ffff:10.4.0.17'],
  ['the Service in front of it', ['10.4.0.17', '10.96.1.1'], '10.96.1.1'],
])('the operator does not ask itself: %s', async (_what, own, address) => {
  const { resolve } = resolver(address);
  const addresses = new AddressPolicy({ resolve, own: () => own });
  await expect(clientOf('an HTTP endpoint')(NAME, 8080, addresses)).rejects.toEqual(
    refused(`${NAME} leads to an address of the operator's own Pod or machine`),
  );
  await expect(clientOf('an HTTP endpoint')(address, 8080, addresses)).rejects.toEqual(
    refused("an address of the operator's own Pod or machine"),
  );
});

it.each(EACH)('%s is not asked at a port of the operator, although loopback is opened', async (kind) => {
  const { port, connections } = await serve();
  const { resolve } = resolver('127.0.0.1');
  const addresses = new AddressPolicy({
    resolve,
    allowed: networks('127.0.0.0/8', '::1'),
    ownPorts: () => [port],
  });
  await expect(clientOf(kind)('127.0.0.1', port, addresses)).rejects.toEqual(
    refused(
      '127.0.0.1 is the operator itself, which the operator does not connect to; name the host of a Service',
    ),
  );
  await expect(clientOf(kind)(NAME, port, addresses)).rejects.toEqual(
    refused(`${NAME} leads to the operator itself`),
  );
  expect(connections).toHaveLength(0);
});

it('whoever runs the operator is told which address of its own was refused, and an author is not', async () => {
  const told: string[] = [];
  const { resolve } = resolver('10.96.1.1', '10.4.0.17');
  const addresses = new AddressPolicy({
    resolve,
    own: () => ['10.4.0.17'],
    onOwnRefused: (address) => told.push(address),
  });
  const failure = await clientOf('Redis')(NAME, 6_379, addresses).catch((error: unknown) => error);
  expect(told).toEqual(['10.4.0.17']);
  expect(String(failure)).toContain(
    'have the operator run with --allow-address (chart: authors.allowAddresses) with the address that its log tells',
  );
  expect(String(failure)).not.toContain('10.4.0.17');
});

it.each(EACH)('%s is not asked where the own addresses cannot be told, and nothing ends', async (kind) => {
  const { port, connections } = await serve();
  const { resolve } = resolver('127.0.0.1');
  const addresses = new AddressPolicy({
    resolve,
    allowed: networks('127.0.0.0/8'),
    own: () => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    },
  });
  for (const host of [NAME, '127.0.0.1'])
    await expect(clientOf(kind)(host, port, addresses)).rejects.toMatchObject({
      reason: 'SourceUnreachable',
      message: expect.stringContaining('an address that could not be checked') as string,
    });
  expect(connections).toHaveLength(0);
});

it('a driver that is given a path does not reach a socket in the files of the operator', async () => {
  await expect(
    clientOf('Postgres')(
      '/var/run/postgresql',
      5_432,
      new AddressPolicy({ allowed: networks('127.0.0.0/8') }),
    ),
  ).rejects.toEqual(refused('a path is not a host'));
});

it('what is opened is said in the configuration of the operator, and a metadata service is never opened', () => {
  const addresses = new AddressPolicy({
    allowed: networks('169.254.0.0/16', '10.4.0.17'),
    own: () => ['10.4.0.17'],
  });
  addresses.check('169.254.20.10', 80);
  addresses.check('10.4.0.17', 80);
  expect(() => addresses.check('169.254.169.254', 80)).toThrow(
    /^169\.254\.169\.254 is the metadata service of a cloud, which the operator does not connect to; name the host of a Service$/,
  );
  expect(() => addresses.check('fe80::1', 80)).toThrow(
    'fe80::1 is a link-local address, which the operator does not connect to; name the host of a Service, or have the operator run with --allow-address (chart: authors.allowAddresses)',
  );
});

it.each(['0x7f.1', '2130706433', '127.1', '0177.0.0.1', 'localhost'])(
  'loopback written as %s is loopback',
  async (host) => {
    // Resolved by the system itself, as an operator would.
    await expect(clientOf('Redis')(host, 6_379, new AddressPolicy())).rejects.toEqual(refused('loopback'));
  },
);
