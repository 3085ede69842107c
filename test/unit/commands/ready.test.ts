import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readyCommand } from '../../../controller/commands/ready.ts';
import { UsageError } from '../../../src/cli/errors.ts';
import type { Io, Output } from '../../../src/cli/io.ts';

let server: Server;
let url: string;
/** What `/readyz` answers, one after the other; the last one for ever. */
let answers: number[];
let asked: (string | undefined)[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url);
    response.statusCode = answers.length > 1 ? answers.shift()! : answers[0]!;
    response.end(response.statusCode === 200 ? 'ok\n' : 'the caches are not filled\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function ready(...args: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const output: Output = { write: (text) => void (said += text), colour: false, columns: 80 };
  const io: Io = { out: output, err: output, read: () => Promise.reject(new Error()), now: Date.now };
  return { code: await readyCommand.run(args, io), said };
}

it('says that an operator is ready, and asks for nothing else', async () => {
  answers = [200];
  expect(await ready(url)).toEqual({ code: 0, said: 'ready\n' });
  expect(asked).toEqual(['/readyz']);
});

it('says why an operator is not, having asked once', async () => {
  answers = [503];
  const { code, said } = await ready(url);
  expect(code).toBe(1);
  expect(said).toContain('is not ready: it answers 503, the caches are not filled');
  expect(asked).toHaveLength(1);
});

it('asks again for as long as it may', async () => {
  answers = [503, 503, 200];
  expect((await ready(url, '--within=60s')).code).toBe(0);
  expect(asked).toHaveLength(3);
});

it('takes an address where nobody listens for one that is not ready', async () => {
  expect((await ready('http://127.0.0.1:9')).code).toBe(1);
});

it.each([
  ['no address', [], 'takes one URL'],
  ['two', ['http://a', 'http://b'], 'takes one URL'],
  ['two times', ['http://a', '--within=1s', '--within=60s'], '--within is given twice'],
  ['an address without a scheme', ['127.0.0.1:8080'], 'write one like http://127.0.0.1:8080'],
  ['a time without a unit', ['http://127.0.0.1:9', '--within=60'], 'write it like'],
])('refuses %s in a sentence', async (_, args, words) => {
  await expect(ready(...args)).rejects.toThrow(UsageError);
  await expect(ready(...args)).rejects.toThrow(words);
});
