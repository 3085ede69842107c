import { request } from 'undici';
import { afterEach, expect, it } from 'vitest';
import type { HttpServer } from '../../../controller/http/listener.ts';
import type { Refusal } from '../../../controller/http/live-access.ts';
import { type LiveOptions, serveLive } from '../../../controller/http/live-server.ts';
import { PlatformStates } from '../../../controller/leadplatform/platform-state.ts';
import { silentLogger } from '../../../controller/runtime/logger.ts';

const TOKEN = 'precious.token.of-ann';
const TYPE = { apiVersion: 'leadplatform.io/v1alpha1', kind: 'LeadPlatform' } as const;
const VIEW = { components: [], signals: [], reasons: [], clamps: [] };

let server: HttpServer | undefined;
afterEach(() => server?.stop());

/** Knows `leads/brain` and nothing else; the API server has it with this UID. */
async function serve(check: LiveOptions['access']['check'], logger = silentLogger, uid = 'uid') {
  const asked: { authorization: string | undefined; platform: object }[] = [];
  const state = new PlatformStates().of('leads/brain', 'uid');
  server = await serveLive({
    host: '127.0.0.1',
    port: 0,
    operator: {
      platform: (key) =>
        key === 'leads/brain'
          ? { state, object: { ...TYPE, metadata: { name: 'brain', namespace: 'leads', uid } } }
          : undefined,
    },
    access: {
      check: (authorization, platform) => {
        asked.push({ authorization, platform });
        return check(authorization, platform);
      },
    },
    logger,
  });
  const { address } = server;
  const ask = async (path: string, method: 'GET' | 'HEAD' | 'POST' | 'DELETE' = 'GET') => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await request(`${address}${path}`, { method, headers });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  };
  return { asked, ask };
}

const granted = async () => 'granted' as const;

it('finds a platform by the names of its address, escaped or not', async () => {
  const { asked, ask } = await serve(granted);
  for (const path of ['/api/platforms/leads/brain', '/api/platforms/leads/br%61in?pretty']) {
    const { status, headers, text } = await ask(path);
    expect({ status, body: JSON.parse(text) }).toEqual({ status: 200, body: VIEW });
    expect(headers['cache-control']).toBe('no-store');
  }
  const platform = { namespace: 'leads', name: 'brain' };
  expect(asked).toEqual([1, 2].map(() => ({ authorization: `Bearer ${TOKEN}`, platform })));
  expect(await ask('/api/platforms/leads/brain', 'HEAD')).toMatchObject({ status: 200, text: '' });
});

it.each<[Refusal, object]>([
  [{ status: 401, error: 'who?' }, { 'www-authenticate': 'Bearer realm="leadplatform"' }],
  [{ status: 403, error: 'not you' }, {}],
  [{ status: 429, error: 'later', retryAfterSeconds: 1 }, { 'retry-after': '1' }],
  [{ status: 503, error: 'who knows', retryAfterSeconds: 1 }, { 'retry-after': '1' }],
])('answers %j before it says whether there is such a platform', async (refusal, headers) => {
  const { ask } = await serve(async () => refusal);
  for (const name of ['brain', 'none']) {
    const answer = await ask(`/api/platforms/leads/${name}`);
    expect({ status: answer.status, body: JSON.parse(answer.text) }).toEqual({
      status: refusal.status,
      body: { error: refusal.error },
    });
    expect(answer.headers).toMatchObject(headers);
  }
});

it('says that there is none only to those who may get it', async () => {
  const { ask } = await serve(granted);
  const { status, text } = await ask('/api/platforms/leads/none');
  expect(status).toBe(404);
  expect(text).toContain('There is no LeadPlatform leads/none');
});

it('has no numbers of a platform that was there before it under its name', async () => {
  const { ask } = await serve(granted, silentLogger, 'uid-of-another');
  expect((await ask('/api/platforms/leads/brain')).status).toBe(404);
});

it.each([
  ['GET', '/', 404],
  ['GET', '/metrics', 404],
  ['GET', '/api/platforms/leads', 404],
  ['GET', '/api/platforms/leads/brain/more', 404],
  ['GET', '/api/platforms/%E0%A4%A/brain', 400],
  ['GET', '/api/platforms/leads/br%2Fain', 400],
  ['GET', '/api/platforms/leads%2F..%2Fx/brain', 400],
  ['GET', '/api/platforms/leads/Brain', 400],
  ['GET', `/api/platforms/leads/${'b'.repeat(254)}`, 400],
  ['POST', '/api/platforms/leads/brain', 404],
  ['DELETE', '/api/platforms/leads/brain', 404],
] as const)('has nothing for %s %s, and asks about no one', async (method, path, status) => {
  const { asked, ask } = await serve(granted);
  const answer = await ask(path, method);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toEqual({ error: expect.any(String) });
  expect(asked).toEqual([]);
});

it('logs what fails inside, and never a token', async () => {
  const logged: unknown[] = [];
  const log = (fields: object, message: string) => void logged.push(fields, message);
  const logger = { debug: log, info: log, warn: log, error: log };
  const { ask } = await serve(async () => {
    throw new Error('out of order');
  }, logger);
  const { status, text } = await ask('/api/platforms/leads/brain');
  expect(status).toBe(500);
  expect(text).not.toContain('out of order');
  expect(logged).toEqual([{ error: 'Error: out of order' }, 'Answering an HTTP request failed']);
  expect(JSON.stringify(logged)).not.toContain(TOKEN);
});

it('takes a token of the size that a directory of a company makes', async () => {
  const { asked } = await serve(granted);
  const long = `Bearer ${'x'.repeat(16_000)}`;
  const { statusCode, body } = await request(`${server?.address}/api/platforms/leads/brain`, {
    headers: { authorization: long },
  });
  await body.dump();
  expect(statusCode).toBe(200);
  expect(asked[0]?.authorization).toBe(long);
});
