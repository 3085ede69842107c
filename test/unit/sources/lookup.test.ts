import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { checkedLookup, HttpClient } from '../../../src/sources/http/client.ts';
import { httpJson } from '../../../src/sources/http/sources.ts';
import { serveText } from './http-server.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
/** What the name resolves to now: somebody else's name server may say something else every time. */
let addresses: { address: string; family: number }[] = [];

const lookup = checkedLookup((_name, _options, callback) => setImmediate(() => callback(null, addresses)));

beforeEach(() => {
  addresses = [{ address: '127.0.0.1', family: 4 }];
});

async function start() {
  const { url, requests } = await serveText('{"depth": 7}');
  const client = new HttpClient(lookup);
  onTestFinished(() => client.close());
  const named = url.replace('127.0.0.1', 'health.example');
  const read = (now: number) =>
    httpJson(client, 'agents', 'count', { url: named, path: 'depth', unit: 'count', interval: 15_000 }).poll(
      now,
      new AbortController().signal,
    );
  return { read, requests };
}

it('reads from a name that leads to a service', async () => {
  const { read } = await start();
  expect((await read(NOW)).agents).toEqual({ value: 7, at: NOW });
});

it.each([
  { name: 'the metadata service', found: [{ address: '169.254.169.254', family: 4 }] },
  {
    name: 'a service and the metadata service',
    found: [
      { address: '127.0.0.1', family: 4 },
      { address: 'fd00:ec2::254', family: 6 },
    ],
  },
])('does not read from a name that leads to $name', async ({ found }) => {
  const { read, requests } = await start();
  addresses = found;
  expect((await read(NOW)).agents).toMatchObject({
    unknown: 'SourceRefused',
    message: expect.stringMatching(/link-local/) as string,
  });
  expect(requests).toHaveLength(0);
});
