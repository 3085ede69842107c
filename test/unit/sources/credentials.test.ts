import { describe, expect, it } from 'vitest';
import { PostgresStore, RedisStore } from '../../../src/api/schema/stores.ts';
import { StoreAccess } from '../../../src/sources/access.ts';
import { readCredential, tlsOptions, type Credential } from '../../../src/sources/credentials.ts';
import { SourceFailure } from '../../../src/sources/failure.ts';
import type { ReadSecret } from '../../../src/sources/port.ts';

const FIELD = 'spec.stores.redis';
const signal = new AbortController().signal;
const secrets =
  (data: Record<string, Record<string, string>>): ReadSecret =>
  async (name) =>
    data[name];
/** Without TLS, and that is written. */
const store = (rest: object) => PostgresStore.parse({ host: 'db', tls: { mode: 'Disable' }, ...rest });

it('reads user, password, CA and client certificate', async () => {
  const readSecret = secrets({
    db: { username: 'reader', password: 'pw' },
    pki: { 'ca.crt': 'CA', 'tls.crt': 'CERT', 'tls.key': 'KEY' },
  });
  const given = store({ secretRef: { name: 'db' }, tls: { secretRef: { name: 'pki' } } });
  expect(await readCredential(FIELD, given, readSecret, signal)).toEqual({
    user: 'reader',
    password: 'pw',
    tls: { mode: 'VerifyFull', ca: 'CA', cert: 'CERT', key: 'KEY' },
  });
});

it.each([
  { name: 'no secretRef', given: {}, expected: { tls: undefined } },
  {
    name: 'a password alone',
    given: { secretRef: { name: 'db', passwordKey: 'pass' } },
    expected: { password: 'pw', tls: undefined },
  },
  { name: 'TLS turned off', given: { tls: { mode: 'Disable' } }, expected: { tls: undefined } },
  {
    name: 'no CA where nothing is verified',
    given: { tls: { mode: 'Require', secretRef: { name: 'db' } } },
    expected: { tls: { mode: 'Require' } },
  },
  { name: 'the CAs of the system', given: { tls: {} }, expected: { tls: { mode: 'VerifyFull' } } },
])('takes $name', async ({ given, expected }) => {
  expect(await readCredential(FIELD, store(given), secrets({ db: { pass: 'pw' } }), signal)).toEqual(
    expected,
  );
});

it.each([
  {
    name: 'the Secret is missing',
    given: { secretRef: { name: 'gone' } },
    says: /Secret gone does not exist/,
  },
  {
    name: 'the key is missing',
    given: { secretRef: { name: 'db' } },
    says: /Secret db has no value under the key password; .*passwordKey/,
  },
  {
    name: 'the value is empty',
    given: { secretRef: { name: 'db', passwordKey: 'empty' } },
    says: /no value/,
  },
  {
    name: 'the CA is missing',
    given: { tls: { secretRef: { name: 'db' } } },
    says: /neither a CA under ca.crt/,
  },
  {
    name: 'the key of the certificate is missing',
    given: { tls: { secretRef: { name: 'half' } } },
    says: /only one of tls.crt and tls.key/,
  },
])('says what would be right when $name', async ({ given, says }) => {
  const readSecret = secrets({ db: { pass: 'pw-secret', empty: '' }, half: { 'tls.crt': 'pw-secret' } });
  const failure = await readCredential(FIELD, store(given), readSecret, signal).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(SourceFailure);
  expect(failure).toMatchObject({
    reason: 'CredentialMissing',
    message: expect.stringMatching(says) as string,
  });
  expect(String(failure)).not.toContain('pw-secret');
});

it.each([
  ['of the server', { host: 'db', secretRef: { name: 'db' } }],
  ['of its sentinels', { sentinel: { master: 'a', hosts: [{ host: 'b' }], secretRef: { name: 'db' } } }],
])(
  'sends no password %s in clear unless it is written, and does not read the Secret',
  async (_whose, given) => {
    const refused = readCredential(
      FIELD,
      RedisStore.parse(given),
      () => Promise.reject(new Error('read')),
      signal,
    );
    await expect(refused).rejects.toMatchObject({
      reason: 'SourceRefused',
      message:
        'the password in the Secret db would go over the network in clear, so it is not sent; set spec.stores.redis.tls: {} where the server has TLS, which verifies it, or set spec.stores.redis.tls: {mode: Disable} if you trust the network in between',
    });
    const written = RedisStore.parse({ ...given, tls: { mode: 'Disable' } });
    expect(await readCredential(FIELD, written, secrets({ db: { password: 'pw' } }), signal)).toMatchObject({
      tls: undefined,
    });
  },
);

it.each([
  { mode: 'Require' as const, rejectUnauthorized: false, checksName: true },
  { mode: 'VerifyCA' as const, rejectUnauthorized: true, checksName: false },
  { mode: 'VerifyFull' as const, rejectUnauthorized: true, checksName: true },
])('verifies as $mode says', ({ mode, rejectUnauthorized, checksName }) => {
  const options = tlsOptions({ mode, ca: 'CA' });
  expect(options).toMatchObject({ rejectUnauthorized, ca: 'CA' });
  expect(options.checkServerIdentity === undefined).toBe(checksName);
});

describe('access to a store', () => {
  function start(given: object = { secretRef: { name: 'db' } }) {
    const state = { elapsed: 0, password: 'one', reads: 0, isAway: false, open: [] as string[] };
    const readSecret: ReadSecret = async () => {
      state.reads += 1;
      if (state.isAway) throw new Error('away');
      return state.password === '' ? undefined : { password: state.password };
    };
    const acquire = ({ password = '' }: Credential) => {
      state.open.push(password);
      return {
        key: password,
        resource: password,
        release: () => void state.open.splice(state.open.indexOf(password), 1),
      };
    };
    const access = new StoreAccess({
      field: FIELD,
      store: store(given),
      readSecret,
      acquire,
      elapsed: () => state.elapsed,
    });
    return { access, state, leave: access.join(), use: () => access.with(async (resource) => resource) };
  }

  it('reads the Secret once for a while, however many ask', async () => {
    const { use, state } = start();
    expect(await Promise.all(Array.from({ length: 50 }, use))).toEqual(
      Array.from({ length: 50 }, () => 'one'),
    );
    state.elapsed = 60_000;
    await use();
    expect(state.reads).toBe(1);
  });

  it('takes up a rotated credential, and gives the old pool back', async () => {
    const { use, state } = start();
    await use();
    state.password = 'two';
    state.elapsed = 60_001;
    expect(await use()).toBe('two');
    expect(state.open).toEqual(['two']);
  });

  it('reads the Secret again at once after a credential was refused', async () => {
    const { access, use, state } = start();
    const refuse = () => Promise.reject(new SourceFailure('CredentialRejected', 'no'));
    await expect(access.with(refuse)).rejects.toThrow('no');
    state.password = 'two';
    expect(await use()).toBe('two');
  });

  it('goes on with what it knows while the API server is away, and stops when the Secret is gone', async () => {
    const { use, state } = start();
    await use();
    state.elapsed = 60_001;
    state.isAway = true;
    expect(await use()).toBe('one');
    state.isAway = false;
    state.password = '';
    await expect(use()).rejects.toMatchObject({ reason: 'CredentialMissing' });
    expect(state.open).toEqual([]);
  });

  it('reads no Secret where none is named', async () => {
    const { use, state } = start({});
    await use();
    state.elapsed = 1e9;
    await use();
    expect(state.reads).toBe(0);
  });

  it('gives the pool back with its last user, and then reads nothing', async () => {
    const { access, use, state, leave } = start();
    const leaveToo = access.join();
    await use();
    leave();
    leave();
    expect(state.open).toEqual(['one']);
    leaveToo();
    expect(state.open).toEqual([]);
    await expect(use()).rejects.toMatchObject({ reason: 'SourceUnreachable' });
    expect(state.open).toEqual([]);
  });
});

it('finds nothing under a key that every object seems to have', async () => {
  const readSecret = secrets({ db: { username: 'reader', password: 'pw' } });
  const given = store({ secretRef: { name: 'db', passwordKey: 'constructor' } });
  await expect(readCredential(FIELD, given, readSecret, signal)).rejects.toThrow(
    /no value under the key constructor/,
  );
});
