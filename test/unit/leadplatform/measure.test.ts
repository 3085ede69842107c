import { expect, it, onTestFinished, vi } from 'vitest';
import { Measuring } from '../../../controller/leadplatform/measure.ts';
import type { UsageReader } from '../../../controller/leadplatform/usage.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { specOf } from '../plan/fixtures.ts';
import { serve } from '../sources/http-server.ts';
import { apiStub } from './api-stub.ts';

const KEY = 'leads/brain';

/** A health endpoint that answers when it is told to, and a platform that reads it every quarter of a second. */
async function start() {
  const answers: (() => void)[] = [];
  let isHeld = false;
  const server = await serve((_request, response) => {
    const answer = () => void response.end('{"agents": 7}');
    if (isHeld) answers.push(answer);
    else answer();
  });
  const changed: string[] = [];
  const measuring = new Measuring({
    resources: apiStub(() => undefined).resources,
    usage: { of: () => async () => undefined } as unknown as UsageReader,
    onChange: (key) => changed.push(key),
  });
  onTestFinished(() => measuring.stop());
  const spec = (more: Partial<LeadPlatformSpecInput> = {}) =>
    specOf({
      signals: { agents: { http: { url: server.url, path: 'agents', unit: 'count', interval: '250ms' } } },
      ...more,
    });
  return {
    server,
    measuring,
    changed,
    spec,
    hold: () => (isHeld = true),
    release: () => answers.splice(0).forEach((answer) => answer()),
  };
}

it('is settled when every source has answered once, and tells of what it read', async () => {
  const { server, measuring, changed, spec, hold, release } = await start();
  hold();
  expect(measuring.isSettled(KEY)).toBe(false);
  measuring.watch(KEY, spec());
  await vi.waitUntil(() => server.requests.length > 0);
  expect(measuring.isSettled(KEY)).toBe(false);
  release();
  await vi.waitUntil(() => measuring.isSettled(KEY));
  expect(measuring.readings(KEY).agents).toMatchObject({ value: 7 });
  expect(new Set(changed)).toEqual(new Set([KEY]));
});

it('keeps what runs while the sources are the same, also for another spec, and reads anew where they change', async () => {
  const { server, measuring, spec } = await start();
  measuring.watch(KEY, spec());
  await vi.waitUntil(() => measuring.isSettled(KEY));
  const { at } = measuring.readings(KEY).agents as { at: number };
  measuring.watch(KEY, spec({ image: 'registry.example/brain:2' }));
  expect(measuring.readings(KEY).agents).toEqual({ value: 7, at });
  expect(measuring.stats()).toMatchObject({ platforms: 1, sources: 2 });
  measuring.watch(KEY, specOf());
  expect(measuring.stats()).toMatchObject({ platforms: 1, sources: 1 });
  expect(measuring.readings(KEY).agents).toMatchObject({ unknown: 'NotConfigured' });
  expect(server.requests.length).toBeGreaterThan(0);
});

it('asks nobody any more about a platform that is gone', async () => {
  const { measuring, spec } = await start();
  measuring.watch(KEY, spec());
  measuring.watch('leads/other', spec());
  measuring.forget(KEY);
  measuring.forget('leads/nobody');
  expect(measuring.stats()).toMatchObject({ platforms: 1, sources: 2 });
  expect(measuring.isSettled(KEY)).toBe(false);
});
