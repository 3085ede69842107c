/** An endpoint that wants a credential, and shows a certificate of a CA of its own: both from Secrets, read again. */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../../testbed/folders.ts';
import { probeRunnerOf } from '../../../src/sources/probes/index.ts';
import type { HttpProbe } from '../../../src/probes/probe.ts';
import { certificates } from '../../../testbed/certificates.ts';
import { serve } from './http-server.ts';
import { never, type Secrets, sourceDeps } from '../../integration/sources/fixture.ts';

const NOW = 1_800_000_000_000;
const PASSWORD = 'a-password-that-nobody-prints';
let folder: TemporaryFolder;
let server: Server;
let url: string;
let ca: string;

beforeAll(async () => {
  folder = await temporaryFolder('ask-http');
  const files = await certificates(folder.path);
  ca = await readFile(files.ca, 'utf8');
  const right = `Basic ${Buffer.from(`elastic:${PASSWORD}`).toString('base64')}`;
  const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
  server = createServer({ cert, key }, ({ headers }, response) => {
    if (headers.authorization === right) response.end('{"status":"green"}');
    else response.writeHead(401).end('{"error":"who are you?"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}/_cluster/health`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await folder.remove();
});

function probe(secrets: Secrets, more: Partial<HttpProbe>) {
  const question: HttpProbe = { kind: 'http', id: 'search/health', url, ...more };
  const runner = probeRunnerOf(question, sourceDeps(secrets), () => NOW);
  onTestFinished(() => runner.close());
  return runner.put(never);
}

const basicAuth = { secret: 'user', user: 'elastic', passwordKey: 'elastic' };
const authority = { secret: 'tls', key: 'ca.crt' };

it('answers who brings the password, and is believed by its CA', async () => {
  const secrets = { user: { elastic: PASSWORD }, tls: { 'ca.crt': ca } };
  expect(await probe(secrets, { basicAuth, ca: authority })).toEqual({
    at: NOW,
    facts: { status: 200, body: { status: 'green' } },
  });
});

it('takes the name of the user from the Secret where nobody has said it', async () => {
  const secrets = { user: { username: 'elastic', password: PASSWORD }, tls: { 'ca.crt': ca } };
  const asked = { secret: 'user', userKey: 'username', passwordKey: 'password' };
  expect(await probe(secrets, { basicAuth: asked, ca: authority })).toMatchObject({ facts: { status: 200 } });
});

it.each<[string, Secrets, Partial<HttpProbe>, string, RegExp]>([
  [
    'a password that is wrong',
    { user: { elastic: 'another' }, tls: { 'ca.crt': '' } },
    { basicAuth, ca: authority },
    'CredentialRejected',
    /401/,
  ],
  [
    'no Secret of that name',
    { tls: { 'ca.crt': '' } },
    { basicAuth, ca: authority },
    'CredentialMissing',
    /Secret user/,
  ],
  [
    'a Secret without that key',
    { user: {}, tls: { 'ca.crt': '' } },
    { basicAuth, ca: authority },
    'CredentialMissing',
    /elastic/,
  ],
  [
    'no CA that it could be believed by',
    { user: { elastic: PASSWORD } },
    { basicAuth },
    'SourceRefused',
    /certificate/,
  ],
])('is unknown with %s, and says so without the password', async (_, secrets, more, reason, says) => {
  const tls = secrets['tls'];
  const answer = await probe(tls === undefined ? secrets : { ...secrets, tls: { 'ca.crt': ca } }, more);
  expect(answer).toMatchObject({ at: NOW, unknown: reason, message: expect.stringMatching(says) as string });
  expect(JSON.stringify(answer)).not.toContain(PASSWORD);
});

describe('a password for an address without TLS', () => {
  const secrets = { user: { elastic: PASSWORD } };

  it('is not sent unless that is written', async () => {
    const { url: address, requests } = await serve((_request, response) => response.end('{}'));
    expect(await probe(secrets, { url: address, basicAuth })).toEqual({
      at: NOW,
      unknown: 'SourceRefused',
      message:
        'the password in the Secret user would go over the network in clear, so it is not sent; give spec.stores.search.url as https://, or set spec.stores.search.tls: {mode: Disable} if you trust the network in between',
    });
    // A CA protects nothing there.
    expect(await probe(secrets, { url: address, basicAuth, ca: authority })).toMatchObject({
      unknown: 'SourceRefused',
    });
    expect(requests).toHaveLength(0);
  });

  it('is sent where it is written', async () => {
    const right = `Basic ${Buffer.from(`elastic:${PASSWORD}`).toString('base64')}`;
    const { url: address } = await serve(({ headers }, response) =>
      response.writeHead(headers.authorization === right ? 200 : 401).end('{}'),
    );
    expect(await probe(secrets, { url: address, basicAuth, mayBeInClear: true })).toMatchObject({
      facts: { status: 200 },
    });
  });
});

describe('an address of which any answer will do', () => {
  const open = (address: string) => probe({}, { url: address, acceptsAnything: true });

  it.each([200, 204, 301, 403, 404, 405, 501])('answers with HTTP %i', async (status) => {
    const { url: address } = await serve((_request, response) => response.writeHead(status).end());
    expect(await open(address)).toEqual({ at: NOW, facts: { status } });
  });

  it('answers with a certificate that browsers alone know', async () => {
    expect(await open(url)).toEqual({ at: NOW, facts: { status: 401 } });
  });

  it.each<[string, () => Promise<string>, string, RegExp]>([
    ['a name that does not resolve', async () => 'https://cdn.invalid', 'SourceUnreachable', /resolve/],
    ['a port that nobody listens on', async () => 'https://localhost:1', 'SourceUnreachable', /refuses/],
    [
      'an error of the server',
      async () => (await serve((_request, response) => response.writeHead(502).end())).url,
      'SourceRefused',
      /HTTP 502/,
    ],
    ['the metadata of a cloud', async () => 'https://169.254.169.254', 'SourceRefused', /metadata service/],
  ])('has none at %s', async (_, address, reason, says) => {
    expect(await open(await address())).toMatchObject({
      unknown: reason,
      message: expect.stringMatching(says) as string,
    });
  });
});
