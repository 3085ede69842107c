/** What a condition of an author costs, and what a server that says anything does to it. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectionContext } from '../../../src/sources/connection-context.ts';
import { PostgresPool } from '../../../src/sources/postgres/pool.ts';
import { RefusedQuery } from '../../../src/sources/postgres/refusal.ts';
import { excessIn } from '../../../src/sources/postgres/rights.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import * as postgres from '../../prove/replies/postgres.ts';

/** To the end of a message, Q a query or S statements in parts; undefined: the answer of a Postgres that means well. */
type Answer = (type: string, text: string) => readonly Buffer[] | undefined;

/** A Postgres that lets everyone in. Returns what each connection asked, by the same letters, and X where it said goodbye. */
async function start(answer: Answer = () => undefined) {
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
          const text = heard.toString('utf8', 5, end - 1);
          if (type === 'Q') say(answer(type, text) ?? postgres.answerTo(text));
          if (type === 'S') say(answer(type, text) ?? postgres.answerTo(undefined));
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

/** @param code SQLSTATE. */
const refuses = (code: string): readonly Buffer[] => [
  postgres.frame('E', 'SERROR\0', `C${code}\0`, 'Msecret words of the server\0', '\0'),
  postgres.frame('Z', 'I'),
];
const isAboutRights = (text: string): boolean => text.includes('pg_has_role');

it('costs a question about the role, one about its session, and a connection that is not used again', async () => {
  const { pool, connections } = await start();
  const ask = () => pool.queryUnsafe('SELECT 1 AS value', 1_000, { table: 'leads' });
  await ask();
  await ask();
  await pool.query('SELECT 1 AS value', [], 1_000);
  await pool.query('SELECT 1 AS value', [], 1_000);
  expect(connections).toEqual([
    ['Q', 'S', 'Q', 'X'],
    ['Q', 'S', 'Q', 'X'],
    ['Q', 'Q'],
  ]);
});

it.each([
  ['42501', 'SourceRefused'],
  ['42P01', 'SourceRefused'],
  ['57014', 'SourceTimeout'],
])(
  'is not blamed for a server that refuses to tell about the role (%s), and is not sent',
  async (code, reason) => {
    const { pool, connections } = await start((_type, text) =>
      isAboutRights(text) ? refuses(code) : undefined,
    );
    const asked = pool.queryUnsafe('SELECT 1 AS value', 1_000, { table: 'leads' });
    await expect(asked).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(
        new RegExp(
          `^Postgres at .* is not asked with the condition, because it could not tell .*\\(SQLSTATE ${code}\\)`,
        ),
      ) as string,
    });
    await expect(asked).rejects.not.toBeInstanceOf(RefusedQuery);
    await expect(asked).rejects.not.toThrow('secret words');
    expect(connections.flat()).not.toContain('S');
  },
);

it('each of its messages has the whole time of one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  // Of the 2,001 ms that one has before its connection is cut.
  const slow = { ended: 0 };
  const { pool, connections } = await start(() => {
    vi.advanceTimersByTime(1_500);
    slow.ended += 1;
    return undefined;
  });
  expect(await pool.queryUnsafe('SELECT 1 AS value', 1, { table: 'leads' })).toMatchObject([{ value: 512 }]);
  expect(slow.ended).toBe(3);
  expect(connections[0]?.slice(0, 3)).toEqual(['Q', 'S', 'Q']);
});

it('asks for the locks of its session also where the server refuses it', async () => {
  const asked: string[] = [];
  const settings = postgres.answerTo(undefined).slice(0, 5);
  const { pool } = await start((type, text) => {
    asked.push(text);
    return type === 'S' ? [...settings, ...refuses('22012')] : undefined;
  });
  await expect(pool.queryUnsafe('SELECT 1 AS value', 1_000, { table: 'leads' })).rejects.toThrow();
  expect(asked.at(-1)).toContain("locktype = 'advisory' AND pid = 4712");
});

it.each([
  ['nothing', []],
  ['a row without the answer', [{ value: 1 }]],
  ['null', [{ excess: null }]],
  ['a word that is not known', [{ excess: 'constructor' }]],
])('is not sent where the server answers with %s to what the role may do', (_what, rows) => {
  expect(() => excessIn(rows, 'Postgres at db:5432', 'leads')).toThrow(
    'Postgres at db:5432 does not tell what the role may do, so it is not asked with the condition',
  );
});

it('a refusal holds no word that the server chose', () => {
  expect(
    excessIn([{ excess: 'member', through: 'secret' }], 'Postgres at db:5432', 'leads')?.message,
  ).toMatch(/the role is a member of another role, and/);
  expect(excessIn([{ excess: '' }], 'Postgres at db:5432', 'leads')).toBeUndefined();
});
