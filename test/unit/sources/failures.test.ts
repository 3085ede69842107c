import { expect, it } from 'vitest';
import { SourceFailure } from '../../../src/sources/failure.ts';
import { failureOf } from '../../../src/sources/failures.ts';

const coded = (code: string, message = 'secret details') => Object.assign(new Error(message), { code });
const named = (name: string) => Object.assign(new Error('secret details'), { name });

it.each([
  { error: coded('ECONNREFUSED'), reason: 'SourceUnreachable', says: /refuses the connection/ },
  { error: coded('ENOTFOUND'), reason: 'SourceUnreachable', says: /does not resolve/ },
  { error: coded('ECONNRESET'), reason: 'SourceUnreachable', says: /closed/ },
  { error: coded('ETIMEDOUT'), reason: 'SourceTimeout', says: /in time/ },
  { error: coded('UND_ERR_HEADERS_TIMEOUT'), reason: 'SourceTimeout', says: /in time/ },
  { error: coded('28P01'), reason: 'CredentialRejected', says: /correct the Secret/ },
  { error: coded('28000'), reason: 'CredentialRejected', says: /pg_hba/ },
  { error: coded('3D000'), reason: 'NotFound', says: /stores.postgres.database/ },
  { error: coded('42P01'), reason: 'NotFound', says: /no table/ },
  { error: coded('42703'), reason: 'NotFound', says: /no column/ },
  { error: coded('42501'), reason: 'SourceRefused', says: /grant it SELECT/ },
  { error: coded('42601'), reason: 'SourceRefused', says: /condition/ },
  { error: coded('25006'), reason: 'SourceRefused', says: /may only read/ },
  { error: coded('57014'), reason: 'SourceTimeout', says: /index/ },
  { error: coded('57P03'), reason: 'SourceUnreachable', says: /starting/ },
  { error: coded('53300'), reason: 'SourceRefused', says: /max_connections/ },
  { error: coded('constructor'), reason: 'SourceUnreachable', says: /could not be read/ },
  { error: coded('__proto__'), reason: 'SourceUnreachable', says: /could not be read/ },
  { error: coded('toString'), reason: 'SourceUnreachable', says: /could not be read/ },
  { error: coded('XX000'), reason: 'SourceRefused', says: /SQLSTATE XX000/ },
  { error: coded('DEPTH_ZERO_SELF_SIGNED_CERT'), reason: 'SourceRefused', says: /give its CA/ },
  { error: coded('ERR_TLS_CERT_ALTNAME_INVALID'), reason: 'SourceRefused', says: /another host name/ },
  {
    error: new Error('WRONGPASS invalid username-password pair'),
    reason: 'CredentialRejected',
    says: /Secret/,
  },
  { error: new Error('NOAUTH Authentication required.'), reason: 'CredentialMissing', says: /secretRef/ },
  {
    error: new Error("NOPERM this user has no permissions to run the 'exists' command"),
    reason: 'SourceRefused',
    says: /ACL/,
  },
  { error: new Error('WRONGTYPE Operation against a key'), reason: 'Suspicious', says: /prefix/ },
  { error: new Error('LOADING Redis is loading'), reason: 'SourceUnreachable', says: /loading/ },
  { error: new Error('All sentinels are unreachable'), reason: 'SourceUnreachable', says: /sentinel/ },
  { error: new Error('timeout exceeded when trying to connect'), reason: 'SourceTimeout', says: /in time/ },
  {
    error: new Error('The server does not support SSL connections'),
    reason: 'SourceRefused',
    says: /Disable/,
  },
  { error: named('TimeoutError'), reason: 'SourceTimeout', says: /in time/ },
  {
    error: new Error('fetch failed', { cause: coded('ECONNREFUSED') }),
    reason: 'SourceUnreachable',
    says: /refuses/,
  },
  { error: new Error('secret details'), reason: 'SourceUnreachable', says: /could not be read/ },
  {
    error: new TypeError('secret details'),
    reason: 'SourceUnreachable',
    says: /could not be read \(TypeError\)/,
  },
  { error: 'secret details', reason: 'SourceUnreachable', says: /could not be read/ },
])('explains $error as $reason', ({ error, reason, says }) => {
  const failure = failureOf(error, 'Redis at cache:6379');
  expect(failure.reason).toBe(reason);
  expect(failure.message).toMatch(says);
  expect(failure.message).toContain('Redis at cache:6379');
  expect(failure.message).not.toContain('secret details');
});

it('lets a failure that has its sentence already pass', () => {
  const failure = new SourceFailure('TooLarge', 'too large');
  expect(failureOf(new Error('wrapped', { cause: failure }), 'x')).toBe(failure);
});
