import { expect, it } from 'vitest';
import { Breaker } from '../../../src/sources/breaker.ts';
import { SourceFailure } from '../../../src/sources/failure.ts';
import { GROWTH } from '../../../src/model/backoff.ts';

const away = new SourceFailure('SourceUnreachable', 'away');
const growing = (first: number, most: number): readonly number[] =>
  Array.from({ length: 8 }, (_, failures) => Math.min(most, first * GROWTH ** failures));
const rejected = new SourceFailure('CredentialRejected', 'no');

it.each([
  { name: 'unreachable', failure: away, waits: growing(1_000, 60_000) },
  { name: 'rejected', failure: rejected, waits: growing(30_000, 120_000) },
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
