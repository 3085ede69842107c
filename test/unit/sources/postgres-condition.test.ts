/** What a condition of an author costs, and what a server that says anything does to it. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { connectionContext } from '../../../src/sources/connection-context.ts';
import { PostgresPool } from '../../../src/sources/postgres/pool.ts';
import { excessIn } from '../../../src/sources/postgres/rights.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import * as postgres from '../../prove/replies/postgres.ts';

/** A Postgres that lets everyone in. Returns what each connection asked, Q a query and S statements in parts. */
async function start() {
  const connections: string[][] = [];
  const server = createServer((socket) => {
    const asked: string[] = [];
    connections.push(asked);
    let heard = Buffer.alloc(0);
    let hasStarted = false;
    const say = (frames: readonly Buffer[]) => socket.write(Buffer.concat(frames));
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes]);
        if (!hasStarted) {
          hasStarted = true;
          heard = heard.subarray(heard.readUInt32BE(0));
          say(postgres.letsIn());
        }
        while (heard.length >= 5 && heard.length > heard.readUInt32BE(1)) {
          const [type, end] = [String.fromCharCode(heard[0] ?? 0), 1 + heard.readUInt32BE(1)];
          if ('QSX'.includes(type)) asked.push(type);
          if (type === 'Q') say(postgres.answerTo(heard.toString('utf8', 5, end - 1)));
          if (type === 'S') say(postgres.answerTo(undefined));
          heard = heard.subarray(end);
        }
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const pool = new PostgresPool(
    { host: '127.0.0.1', port, database: 'leads', tls: undefined },
    connectionContext({ addresses: LOOPBACK }),
  );
  onTestFinished(() => pool.close());
  return { pool, connections };
}

it('costs one question about the role, and a connection that is not used again', async () => {
  const { pool, connections } = await start();
  const ask = () => pool.queryUnsafe('SELECT 1 AS value', 1_000, { table: 'leads' });
  await ask();
  await ask();
  await pool.query('SELECT 1 AS value', [], 1_000);
  await pool.query('SELECT 1 AS value', [], 1_000);
  expect(connections).toEqual([
    ['Q', 'S', 'X'],
    ['Q', 'S', 'X'],
    ['Q', 'Q'],
  ]);
});

it.each([
  ['nothing', []],
  ['a row without the answer', [{ value: 1 }]],
  ['null', [{ excess: null }]],
  ['a word that is not known', [{ excess: 'constructor' }]],
])('is not sent where the server answers with %s to what the role may do', (_what, rows) => {
  expect(() => excessIn(rows, 'Postgres at db:5432', 'leads')).toThrow(
    'Postgres at db:5432 does not tell what the role may do',
  );
});

it('a refusal holds no word that the server chose', () => {
  expect(
    excessIn([{ excess: 'member', through: 'secret' }], 'Postgres at db:5432', 'leads')?.message,
  ).toMatch(/the role is a member of another role, and/);
  expect(excessIn([{ excess: '' }], 'Postgres at db:5432', 'leads')).toBeUndefined();
});
