import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ONE_WISH_MS, onStopSignal } from '../../../controller/commands/stop-signals.ts';

let process: EventEmitter;
let stopped: string[];

beforeEach(() => {
  vi.useFakeTimers();
  process = new EventEmitter();
  stopped = [];
});
afterEach(() => void vi.useRealTimers());

/** True where a handler took it; else it does what it does by default, and ends the process. */
const send = (signal: string): boolean => process.emit(signal, signal);
const listen = () => onStopSignal((signal) => stopped.push(signal), process);

it.each([
  ['a group and a parent that passes it on', ['SIGTERM', 'SIGTERM'], 'SIGTERM'],
  ['a terminal, and npx', ['SIGINT', 'SIGINT', 'SIGINT'], 'SIGINT'],
  ['a terminal whose parent translates it', ['SIGINT', 'SIGTERM'], 'SIGINT'],
])('takes the signals of one wish for one: %s', (_, signals, first) => {
  listen();
  for (const signal of signals) {
    expect(send(signal)).toBe(true);
    vi.advanceTimersByTime(ONE_WISH_MS / 10);
  }
  expect(stopped).toEqual([first]);
});

it.each(['SIGTERM', 'SIGINT'])('leaves a later %s its default, which ends the process', (signal) => {
  listen();
  send('SIGTERM');
  vi.advanceTimersByTime(ONE_WISH_MS - 1);
  expect(send(signal)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(send(signal)).toBe(false);
  expect(stopped).toEqual(['SIGTERM']);
});

it('takes the second one of a wish even where all is done already', () => {
  const off = listen();
  send('SIGTERM');
  off();
  expect([send('SIGTERM'), stopped]).toEqual([true, ['SIGTERM']]);
});

it('waits for as long as nobody stops it, and leaves no handler behind', () => {
  const off = listen();
  vi.advanceTimersByTime(10 * ONE_WISH_MS);
  expect(process.listenerCount('SIGTERM')).toBe(1);
  off();
  expect([send('SIGTERM'), send('SIGINT'), stopped]).toEqual([false, false, []]);
});
