import { expect, it, onTestFinished } from 'vitest';
import { isKnown } from '../../../src/model/reading.ts';
import { connectionContext } from '../../../src/sources/connection-context.ts';
import { HttpClient } from '../../../src/sources/http/client.ts';
import { httpJson, prometheus } from '../../../src/sources/http/sources.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
import { serve, serveText } from './http-server.ts';

const NOW = Date.parse('2026-03-02T09:00:00Z');
const signal = new AbortController().signal;

function client(): HttpClient {
  const made = new HttpClient({}, connectionContext({ addresses: LOOPBACK }));
  onTestFinished(() => made.close());
  return made;
}

const depth = (made: HttpClient, url: string, path = 'data.depth') =>
  httpJson(made, 'apiCallsPerHour', 'count', { url, path, unit: 'count', interval: 15_000 });

async function read(url: string, path?: string) {
  return (await depth(client(), url, path).poll(NOW, signal)).apiCallsPerHour;
}

it('reads a number in the JSON of a health endpoint, in the base unit', async () => {
  const { url } = await serveText('{"memory": {"used": 256}, "response": [0.7]}');
  const made = client();
  const memory = httpJson(made, 'memory', 'share', {
    url,
    path: 'memory.used',
    unit: 'MB',
    of: 512,
    interval: 15_000,
  });
  const response = httpJson(made, 'responseTime', 'time', {
    url,
    path: 'response.0',
    unit: 's',
    interval: 15_000,
  });
  expect(await memory.poll(NOW, signal)).toEqual({ memory: { value: 50, at: NOW } });
  expect(await response.poll(NOW, signal)).toEqual({ responseTime: { value: 700, at: NOW } });
});

it.each([
  { name: 'text', body: 'all is well, secret', reason: 'NotANumber' },
  { name: 'a page', body: '<html>secret</html>', reason: 'NotANumber' },
  { name: 'nothing', body: ' ', reason: 'EmptyResult' },
  { name: 'null', body: '{"data": {"depth": null, "x": "secret"}}', reason: 'EmptyResult' },
  { name: 'null alone', body: 'null', reason: 'NotFound' },
  { name: 'a text with a number in it', body: '{"data": {"depth": "12 secret"}}', reason: 'NotANumber' },
  { name: 'two marks of the byte order', body: '\ufeff\ufeff{"data": {"depth": 12}}', reason: 'NotANumber' },
  { name: 'NaN', body: '{"data": {"depth": NaN}}', reason: 'NotANumber' },
  { name: 'an infinite number', body: '{"data": {"depth": 1e999}}', reason: 'NotANumber' },
  { name: 'a negative number', body: '{"data": {"depth": -1}}', reason: 'OutOfRange' },
  { name: 'an absurd number', body: '{"data": {"depth": 1e30}}', reason: 'OutOfRange' },
  { name: 'something else', body: '{"secret": 1}', reason: 'NotFound' },
  { name: 'a list', body: '[]', reason: 'NotFound' },
  { name: 'a redirect', body: '', status: 302, reason: 'Redirected' },
  { name: 'a login', body: 'secret', status: 401, reason: 'SourceRefused' },
  { name: 'no such page', body: 'secret', status: 404, reason: 'NotFound' },
  { name: 'an error', body: '{"data": {"depth": 7}}', status: 500, reason: 'SourceRefused' },
  { name: 'no content', body: '', status: 204, reason: 'SourceRefused' },
])('is unknown when the endpoint answers with $name', async ({ body, status, reason }) => {
  const { url } = await serveText(body, status, { location: 'http://169.254.169.254/secret' });
  const reading = await read(`${url}/?token=secret`);
  expect(reading).toMatchObject({ unknown: reason });
  expect(JSON.stringify(reading)).not.toContain('secret');
});

const UTF8_MARK = Buffer.from('efbbbf', 'hex');
const json = '{"data": {"depth": 17}}';
it.each([
  { name: 'in quotes', body: '{"data": {"depth": "17"}}' },
  { name: 'after the mark of UTF-8', body: Buffer.concat([UTF8_MARK, Buffer.from(json)]) },
  {
    name: 'in quotes, after the mark and an empty line',
    body: Buffer.concat([UTF8_MARK, Buffer.from('\r\n{"data": {"depth": "17"}}')]),
  },
  { name: 'in UTF-16', body: Buffer.from(`\ufeff${json}`, 'utf16le') },
  { name: 'in UTF-16 of the other order', body: Buffer.from(`\ufeff${json}`, 'utf16le').swap16() },
])('reads a number $name', async ({ body }) => {
  const { url } = await serve((_request, response) => response.end(body));
  expect(await read(url)).toEqual({ value: 17, at: NOW });
});

it('does not follow a redirect', async () => {
  const { url: target, requests } = await serveText('{"data": {"depth": 7}}');
  const { url } = await serveText('', 307, { location: target });
  expect(await read(url)).toMatchObject({ unknown: 'Redirected' });
  expect(requests).toHaveLength(0);
});

it('stops to read megabytes, and takes only the beginning of them', async () => {
  let sent = 0;
  const chunk = Buffer.alloc(65_536, ' ');
  const { url } = await serve((_request, response) => {
    const push = () => {
      while (!response.destroyed && sent < 200e6) {
        sent += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', push);
      }
      response.end();
    };
    push();
  });
  expect(await read(url)).toMatchObject({ unknown: 'TooLarge' });
  // What socket buffers hold, not the 200 MB.
  expect(sent).toBeLessThan(50e6);
});

it('gives up an endpoint that sends nothing, and one that trickles', async () => {
  const { url: silent } = await serve(() => {});
  const { url: trickle } = await serve((_request, response) => {
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(timer));
  });
  const readings = await Promise.all([read(silent), read(trickle)]);
  expect(readings).toMatchObject([{ unknown: 'SourceTimeout' }, { unknown: 'SourceTimeout' }]);
}, 15_000);

it.each([
  { name: 'refuses', url: 'http://127.0.0.1:1/', reason: 'SourceUnreachable' },
  { name: 'does not resolve', url: 'http://nobody.invalid/', reason: 'SourceUnreachable' },
  { name: 'is the metadata service', url: 'http://169.254.169.254/latest', reason: 'SourceRefused' },
  { name: 'is it in one number', url: 'http://2852039166/latest', reason: 'SourceRefused' },
  { name: 'is it in hexadecimal', url: 'http://0xa9.0xfe.0xa9.0xfe/', reason: 'SourceRefused' },
  { name: 'is it over IPv6', url: 'http://[fd00:ec2::254]/', reason: 'SourceRefused' },
  { name: 'is it mapped', url: 'http://[::ffff:169.254.169.254]/', reason: 'SourceRefused' },
  { name: 'is link-local', url: 'http://[fe80::1]/', reason: 'SourceRefused' },
])('is unknown when the address $name', async ({ url, reason }) => {
  expect(await read(url)).toMatchObject({ unknown: reason });
});

it('ends early, with a reason, when nobody waits any more', async () => {
  const { url } = await serve(() => {});
  const abort = new AbortController();
  const polled = depth(client(), url).poll(NOW, abort.signal);
  abort.abort();
  expect((await polled).apiCallsPerHour).toMatchObject({ unknown: 'SourceTimeout' });
});

it('sends no credential, and asks once for many signals and platforms', async () => {
  const { url, requests, connections } = await serveText('{"data": {"depth": 7}}');
  const made = client();
  const polls = Array.from({ length: 200 }, (_, index) => depth(made, url).poll(NOW + (index % 3), signal));
  for (const { apiCallsPerHour } of await Promise.all(polls)) expect(isKnown(apiCallsPerHour)).toBe(true);
  expect(requests).toHaveLength(1);
  expect(connections()).toBe(1);
  expect(Object.keys(requests[0]?.headers ?? {})).toEqual(['host', 'connection', 'accept', 'user-agent']);
  await depth(made, url).poll(NOW + 8_000, signal);
  expect(requests).toHaveLength(2);
});

it('opens at most four connections to one server, however much is asked', async () => {
  const { url, connections } = await serve((_request, response) => {
    setTimeout(() => response.end('{"data": {"depth": 7}}'), 5);
  });
  const made = client();
  await Promise.all(Array.from({ length: 100 }, (_, i) => depth(made, `${url}/${i}`).poll(NOW, signal)));
  expect(connections()).toBeLessThanOrEqual(4);
});

it('asks Prometheus about the instant of the poll', async () => {
  const { url, requests } = await serveText(
    JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [NOW / 1_000, '0.25'] } }),
  );
  const source = prometheus(client(), 'responseTime', 'time', {
    url: `${url}/prom/`,
    query: 'avg(up{a="b"})',
    unit: 's',
    interval: 15_000,
  });
  expect(await source.poll(NOW, signal)).toEqual({ responseTime: { value: 250, at: NOW } });
  const asked = new URL(requests[0]?.path ?? '', url);
  expect(asked.pathname).toBe('/prom/api/v1/query');
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    query: 'avg(up{a="b"})',
    time: String(NOW / 1_000),
  });
});

it('says that the PromQL may be wrong when Prometheus says so', async () => {
  const { url } = await serveText('{"status":"error","error":"secret"}', 400);
  const source = prometheus(client(), 'cpu', 'share', {
    url,
    query: 'sum(',
    unit: 'percent',
    interval: 15_000,
  });
  const { cpu } = await source.poll(NOW, signal);
  expect(cpu).toMatchObject({ unknown: 'SourceRefused', message: expect.stringMatching(/PromQL/) as string });
  expect(JSON.stringify(cpu)).not.toContain('secret');
});
