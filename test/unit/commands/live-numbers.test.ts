import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { type LiveNumbers, liveNumbers } from '../../../controller/commands/live-numbers.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import { temporaryFolder } from '../../../testbed/folders.ts';
import { type Forwarded, forwardPorts } from '../../fixtures/port-forward.ts';
import { serve } from '../sources/http-server.ts';

const brain = { namespace: 'leads', name: 'brain' };
const other = { namespace: 'leads', name: 'other' };
const view = { components: [], signals: [], reasons: [], clamps: [] };
const SYSTEM = 'leadplatform-system';
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/leadplatform-operator`;
const FORWARD = `/api/v1/namespaces/${SYSTEM}/pods/operator-7d4-x/portforward`;

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(answer);
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
}

/** An operator: what it is asked, and its port. */
async function operator(answer: (path: string) => [status: number, body: unknown]) {
  const asked: Asked[] = [];
  const { port } = await listen(({ url = '', headers: { authorization } }, response) => {
    asked.push({ path: url, authorization });
    const [status, body] = answer(url);
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return { asked, port };
}

const answersAll = () => operator(() => [200, view]);

interface ClusterOptions {
  readonly holder?: string;
  /** Where its Pods' ports lead; left out: no port is forwarded, with this status. */
  readonly to?: number;
  readonly refuses?: number;
  readonly leaseStatus?: number;
  readonly user?: object;
}

/** A cluster, and whoever talks to it by its kubeconfig. */
async function cluster({
  holder = 'operator-7d4-x_0a1b2c3d',
  to,
  refuses = 403,
  leaseStatus = 200,
  user = { token: 'token-of-ann' },
}: ClusterOptions) {
  const asked: string[] = [];
  const { server, port } = await listen(({ url = '' }, response) => {
    asked.push(url);
    if (url === LEASE && leaseStatus === 200)
      return void response.end(JSON.stringify({ metadata: {}, spec: { holderIdentity: holder } }));
    const status = url === LEASE ? leaseStatus : refuses;
    response.writeHead(status).end(JSON.stringify({ kind: 'Status', message: 'no', details: { name: 'a' } }));
  });
  const forwarded: readonly Forwarded[] =
    to === undefined ? [] : forwardPorts(server, (pod) => (pod === 8082 ? to : 9));
  const folder = await temporaryFolder('live-numbers');
  const kubeconfig = join(folder.path, 'kubeconfig');
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    users: [{ name: 'me', user }],
    clusters: [{ name: 'here', cluster: { server: `http://127.0.0.1:${port}` } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const kube = await loadKube({ kubeconfig });
  onTestFinished(async () => {
    await kube.close();
    await folder.remove();
  });
  const resources = new Resources(kube.client({ retries: 0, timeoutMs: 2_000 }));
  const from = { namespace: SYSTEM };
  return { asked, forwarded, live: liveNumbers({ resources, from, token: kube.bearerToken }), resources };
}

const unavailable = (numbers: LiveNumbers): string => ('unavailable' in numbers ? numbers.unavailable : '');

it("asks the Pod that leads, by a port-forward, with the user's own token", async () => {
  const { asked, port } = await answersAll();
  const { forwarded, live, asked: lease } = await cluster({ to: port });
  expect(await Promise.all([live(brain), live(other)])).toEqual([{ view }, { view }]);
  expect(asked.toSorted((a, b) => (a.path ?? '').localeCompare(b.path ?? ''))).toEqual(
    ['brain', 'other'].map((name) => ({
      path: `/api/platforms/leads/${name}`,
      authorization: 'Bearer token-of-ann',
    })),
  );
  expect(forwarded).toEqual([1, 2].map(() => ({ path: FORWARD, port: 8082 })));
  // Who leads is looked for once.
  expect(lease).toEqual([LEASE]);
});

it('reads an answer that comes in many pieces', async () => {
  const long = { ...view, reasons: Array.from({ length: 20_000 }, (_, index) => `reason ${index}`) };
  const { port } = await operator(() => [200, long]);
  const { live } = await cluster({ to: port });
  expect(await live(brain)).toEqual({ view: long });
});

it.each<[string, object]>([
  ['a client certificate', { 'client-certificate-data': '', 'client-key-data': '' }],
  ['a password', { username: 'ann', password: 'precious' }],
  ['the token of one who acts as another', { token: 'token-of-ann', as: 'bob' }],
])('with %s it sends nothing, and says what would help', async (_, user) => {
  const { asked, port } = await answersAll();
  const { live, asked: ofApi } = await cluster({ to: port, user });
  expect(unavailable(await live(brain))).toMatch(/^Live numbers are shown for a bearer token.*--token-file/);
  expect([...asked, ...ofApi]).toEqual([]);
});

it.each<[string, ClusterOptions, RegExp, number]>([
  ['no one leads', { holder: '' }, /^No operator leads in namespace "leadplatform-system"/, 1],
  ['there is no Lease', { leaseStatus: 404 }, /^There is no Lease .*--operator-namespace NAME$/, 1],
  [
    'the Lease may not be read',
    { leaseStatus: 403 },
    /^You may not read which operator leads.*statusReaders/,
    1,
  ],
  ['ports may not be forwarded', { refuses: 403 }, /^You may not forward ports of Pods.*-live-numbers/, 2],
  [
    'the leader is no Pod',
    { refuses: 404 },
    /^"operator-7d4-x", which leads, is not a Pod.*--operator http/,
    2,
  ],
  ['the API server fails', { refuses: 500 }, /^No port-forward .*: the API server answered 500\.$/, 2],
  [
    'nothing listens in the Pod',
    { to: 9 },
    /^The operator's Pod "operator-7d4-x" has no live numbers.*ECONNREFUSED/,
    1,
  ],
])('says why, and asks no further, where %s', async (_, options, words, requests) => {
  const { live, asked } = await cluster(options);
  const answers = await Promise.all([live(brain), live(other), live(other)]);
  for (const answer of answers) expect(unavailable(answer)).toMatch(words);
  expect(asked).toHaveLength(requests);
});

it.each([
  [403, 'User "ann" may not get LeadPlatform "brain"'],
  [404, 'There is no LeadPlatform leads/brain here'],
])('goes on after a platform of which there are no numbers for this user: %i', async (status, error) => {
  const { port } = await operator((path) => (path.endsWith('brain') ? [status, { error }] : [200, view]));
  const { live } = await cluster({ to: port });
  expect([await live(brain), await live(other)]).toEqual([{ unavailable: error, status }, { view }]);
});

it.each<[string, number, unknown, RegExp]>([
  ['does not know the token', 401, { error: 'who?' }, /^who\?$/],
  ['may not ask who it is', 503, { error: 'grant it' }, /^grant it$/],
  ['is something else', 200, '<html>', /^What answered, with 200, is not an operator/],
  ['writes to the terminal', 503, { error: '\u001b[2Jgone' }, /^\?\[2Jgone$/],
])('asks one that %s about no other platform', async (_, status, body, words) => {
  const { asked, port } = await operator(() => [status, body]);
  const { live } = await cluster({ to: port });
  expect(unavailable(await live(brain))).toMatch(words);
  expect(unavailable(await live(other))).toMatch(words);
  expect(asked).toHaveLength(1);
});

it('waits for no Pod that takes a connection and says nothing', { timeout: 15_000 }, async () => {
  const silent = createTcpServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { live } = await cluster({ to: (silent.address() as AddressInfo).port });
  expect(unavailable(await live(brain))).toBe('The operator did not answer (no answer in time).');
});

it('asks at an address that the user names', async () => {
  const { url, requests } = await serve((request, response) => {
    const isBrain = request.url?.endsWith('/brain') === true;
    response.writeHead(isBrain ? 200 : 404).end(JSON.stringify(isBrain ? view : { error: 'no such' }));
  });
  const { resources } = await cluster({});
  const live = liveNumbers({ resources, from: { url: `${url}/` }, token: async () => 'mine' });
  expect([await live(brain), await live(other)]).toEqual([{ view }, { unavailable: 'no such', status: 404 }]);
  expect(requests.map(({ path }) => path)).toEqual([
    '/api/platforms/leads/brain',
    '/api/platforms/leads/other',
  ]);
});

it.each([
  'http://operator.example:8082',
  'http://10.0.0.1',
  'http://127.0.0.1.example',
  'http://localhost.example',
])('sends no token in clear to %s', async (url) => {
  const { resources } = await cluster({});
  const live = liveNumbers({ resources, from: { url }, token: async () => 'mine' });
  expect(unavailable(await live(brain))).toContain(`Your token is not sent to ${new URL(url).host} in clear`);
});
