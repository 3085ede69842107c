import { expect, it } from 'vitest';
import { Breaker } from '../../../src/sources/breaker.ts';
import { SourceFailure } from '../../../src/sources/failure.ts';

const away = new SourceFailure('SourceUnreachable', 'away');
const rejected = new SourceFailure('CredentialRejected', 'no');

it.each([
  { name: 'unreachable', failure: away, waits: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] },
  { name: 'rejected', failure: rejected, waits: [30_000, 60_000, 120_000, 120_000] },
])('keeps everybody off longer with every failure: $name', ({ failure, waits }) => {
  const breaker = new Breaker(() => 1);
  let elapsed = 0;
  for (const wait of waits) {
    breaker.failed(failure, elapsed);
    expect(() => breaker.check(elapsed + wait - 1)).toThrow(failure);
    elapsed += wait;
    expect(() => breaker.check(elapsed)).not.toThrow();
  }
});

it('lets everybody in again after a success', () => {
  const breaker = new Breaker(() => 1);
  breaker.failed(away, 0);
  breaker.failed(away, 0);
  breaker.succeeded();
  expect(() => breaker.check(0)).not.toThrow();
  breaker.failed(away, 0);
  expect(() => breaker.check(1_000)).not.toThrow();
});
