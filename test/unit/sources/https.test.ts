/** What a server on loopback cannot stand for: HTTPS on a name in somebody's DNS, behind a path. */
import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { HttpClient } from '../../../src/sources/http/client.ts';
import { httpJson, prometheus } from '../../../src/sources/http/sources.ts';

const NOW = 1_800_000_000_000;
const client = new HttpClient();
const signal = AbortSignal.timeout(30_000);

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(async () => {
  nock.restore();
  await client.close();
});

it('asks Prometheus by its API, below whatever path it is served, for the moment of the poll', async () => {
  const asked = nock('https://metrics.example.com')
    .get('/prometheus/api/v1/query')
    .query({ query: 'sum(rate(http_seconds_sum[5m]))', time: String(NOW / 1_000) })
    .reply(200, {
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [NOW / 1_000, '0.25'] }] },
    });
  const source = prometheus(client, 'responseTime', 'time', {
    url: 'https://metrics.example.com/prometheus/',
    query: 'sum(rate(http_seconds_sum[5m]))',
    unit: 's',
    interval: 15_000,
  });
  expect((await source.poll(NOW, signal)).responseTime).toEqual({ value: 250, at: NOW });
  expect(asked.isDone()).toBe(true);
});

it('follows no redirect, not even to another path of the same host', async () => {
  nock('https://brain.example.com').get('/health').reply(302, undefined, { location: '/login' });
  const login = nock('https://brain.example.com').get('/login').reply(200, { queue_depth: 7 });
  const source = httpJson(client, 'agents', 'count', {
    url: 'https://brain.example.com/health',
    path: 'queue_depth',
    unit: 'count',
    interval: 15_000,
  });
  expect((await source.poll(NOW, signal)).agents).toMatchObject({ unknown: 'Redirected' });
  expect(login.isDone()).toBe(false);
});

it('sends no credential and no cookie', async () => {
  // Answers nothing at all to a request with one of these.
  nock('https://brain.example.com', { badheaders: ['authorization', 'cookie'] })
    .get('/health')
    .reply(200, { data: { agents: 12 } });
  const source = httpJson(client, 'agents', 'count', {
    url: 'https://brain.example.com/health',
    path: 'data.agents',
    unit: 'count',
    interval: 0,
  });
  expect((await source.poll(NOW, signal)).agents).toEqual({ value: 12, at: NOW });
});
