import { expect, it, onTestFinished, vi } from 'vitest';
import { SignalCollector } from '../../../controller/leadplatform/signal-collector.ts';
import type { UsageReader } from '../../../controller/leadplatform/usage.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { LOOPBACK } from '../../fixtures/loopback.ts';
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
  const signals = new SignalCollector({
    resources: apiStub(() => undefined).resources,
    usage: { of: () => async () => undefined } as unknown as UsageReader,
    onChange: (key) => changed.push(key),
    addresses: LOOPBACK,
  });
  onTestFinished(() => signals.stop());
  const spec = (more: Partial<LeadPlatformSpecInput> = {}) =>
    specOf({
      signals: { agents: { http: { url: server.url, path: 'agents', unit: 'count', interval: '250ms' } } },
      ...more,
    });
  return {
    server,
    signals,
    changed,
    spec,
    hold: () => (isHeld = true),
    release: () => answers.splice(0).forEach((answer) => answer()),
  };
}

it('is settled when every source has answered once, and tells of what it read', async () => {
  const { server, signals, changed, spec, hold, release } = await start();
  hold();
  expect(signals.isSettled(KEY)).toBe(false);
  signals.watch(KEY, spec());
  await vi.waitUntil(() => server.requests.length > 0);
  expect(signals.isSettled(KEY)).toBe(false);
  release();
  await vi.waitUntil(() => signals.isSettled(KEY));
  expect(signals.readings(KEY).agents).toMatchObject({ value: 7 });
  expect(new Set(changed)).toEqual(new Set([KEY]));
});

it('keeps what runs while the sources are the same, also for another spec, and reads anew where they change', async () => {
  const { server, signals, spec } = await start();
  signals.watch(KEY, spec());
  await vi.waitUntil(() => signals.isSettled(KEY));
  const { at } = signals.readings(KEY).agents as { at: number };
  signals.watch(KEY, spec({ image: 'registry.example/brain:2' }));
  expect(signals.readings(KEY).agents).toEqual({ value: 7, at });
  expect(signals.stats()).toMatchObject({ platforms: 1, sources: 2 });
  signals.watch(KEY, specOf());
  expect(signals.stats()).toMatchObject({ platforms: 1, sources: 1 });
  expect(signals.readings(KEY).agents).toMatchObject({ unknown: 'NotConfigured' });
  expect(server.requests.length).toBeGreaterThan(0);
});

it('asks nobody any more about a platform that is gone', async () => {
  const { signals, spec } = await start();
  signals.watch(KEY, spec());
  signals.watch('leads/other', spec());
  signals.forget(KEY);
  signals.forget('leads/nobody');
  expect(signals.stats()).toMatchObject({ platforms: 1, sources: 2 });
  expect(signals.isSettled(KEY)).toBe(false);
});
