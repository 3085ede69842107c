import { expect, it } from 'vitest';
import { isLoopback } from '../../../controller/http/loopback.ts';

it.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['', false],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example', false],
  ['localhost.example', false],
  ['[::ffff:10.0.0.1]', false],
])('takes %s for this machine: %s', (host, isThis) => {
  expect(isLoopback(host)).toBe(isThis);
});
