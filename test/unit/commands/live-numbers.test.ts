import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import type { LiveNumbers } from '../../../controller/commands/live-answer.ts';
import { liveNumbers } from '../../../controller/commands/live-numbers.ts';
import { loadKube } from '../../../controller/runtime/kube.ts';
import { Resources } from '../../../controller/runtime/resources.ts';
import { temporaryFolder } from '../../../testbed/folders.ts';
import { type Forwarded, forwardPorts } from '../../fixtures/port-forward.ts';
import { serve } from '../sources/http-server.ts';

const SYSTEM = 'leadplatform-system';
const pod = { namespace: SYSTEM, pod: 'operator-7d4-x', uid: 'uid-of-x' };
const brain = { namespace: 'leads', name: 'brain', operator: pod };
const other = { ...brain, name: 'other' };
const view = { components: [], signals: [], reasons: [], clamps: [] };
const POD = `/api/v1/namespaces/${SYSTEM}/pods/operator-7d4-x`;
const FORWARD = `${POD}/portforward`;

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
async function operator(
  answer: (path: string) => [status: number, body: unknown, headers?: Readonly<Record<string, string>>],
) {
  const asked: Asked[] = [];
  const { port } = await listen(({ url = '', headers: { authorization } }, response) => {
    asked.push({ path: url, authorization });
    const [status, body, headers = {}] = answer(url);
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return { asked, port };
}

const answersAll = () => operator(() => [200, view]);

/** What listens at a port and speaks no HTTP, or not all of it: told of each connection. */
async function listener(begin: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    begin(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

interface ClusterOptions {
  /** Where its Pods' ports lead; left out: no port is forwarded, with this status. */
  readonly to?: number;
  readonly refuses?: number;
  /** Of a look at the Pod, and the UID that it then has. */
  readonly podStatus?: number;
  readonly uid?: string;
  readonly timeoutMs?: number;
  /** Told to have failed right behind each piece of data. */
  readonly failure?: string;
  /** The address that `status` has for the API server. */
  readonly server?: string;
}

/** A cluster, and a user who talks to it by a kubeconfig. */
async function cluster({
  to,
  refuses = 403,
  podStatus = 200,
  uid = pod.uid,
  timeoutMs,
  failure,
  server: address,
}: ClusterOptions) {
  const asked: string[] = [];
  const { server, port } = await listen(({ url = '' }, response) => {
    asked.push(url);
    if (url === POD && podStatus === 200) return void response.end(JSON.stringify({ metadata: { uid } }));
    const status = url === POD ? podStatus : refuses;
    response.writeHead(status).end(JSON.stringify({ kind: 'Status', message: 'no', details: { name: 'a' } }));
  });
  const forwarded: readonly Forwarded[] =
    to === undefined ? [] : forwardPorts(server, (asked) => (asked === 8082 ? to : 9), failure);
  const folder = await temporaryFolder('live-numbers');
  const kubeconfig = join(folder.path, 'kubeconfig');
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    users: [{ name: 'me', user: { token: 'token-of-ann' } }],
    clusters: [{ name: 'here', cluster: { server: `http://127.0.0.1:${port}` } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const kube = await loadKube({ kubeconfig });
  onTestFinished(async () => {
    await kube.close();
    await folder.remove();
  });
  const resources = new Resources(kube.client({ retries: 0, timeoutMs: 2_000 }));
  const live = liveNumbers({
    resources,
    server: address ?? kube.server,
    token: async () => ({ token: 'token-of-ann' }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  return { asked, forwarded, live, resources };
}

const unavailable = (numbers: LiveNumbers): string => ('unavailable' in numbers ? numbers.unavailable : '');

it('asks the Pod that the status names, by a port-forward', async () => {
  const { asked, port } = await answersAll();
  const { forwarded, live, asked: ofApi } = await cluster({ to: port });
  expect(await Promise.all([live(brain), live(other)])).toEqual([{ view }, { view }]);
  expect(asked.toSorted((a, b) => (a.path ?? '').localeCompare(b.path ?? ''))).toEqual(
    ['brain', 'other'].map((name) => ({
      path: `/api/platforms/leads/${name}`,
      authorization: 'Bearer token-of-ann',
    })),
  );
  expect(forwarded).toEqual([1, 2].map(() => ({ path: FORWARD, port: 8082 })));
  // Of each connection anew: another Pod may have got the name.
  expect(ofApi).toEqual([POD, POD]);
});

it.each<[string, ClusterOptions, RegExp]>([
  ['is another one by now', { uid: 'uid-of-another' }, /^The Pod "operator-7d4-x" .* is not there any more/],
  ['is gone', { podStatus: 404 }, /^The Pod "operator-7d4-x" .* is not there any more/],
  ['may not be looked at', { podStatus: 403 }, /^You may not get Pods in .*-live-numbers/],
  ['cannot be looked at', { podStatus: 500 }, /no live numbers/],
])('sends no token to a Pod that %s', async (_, options, words) => {
  const { asked, port } = await answersAll();
  const { live, forwarded } = await cluster({ to: port, ...options });
  expect(unavailable(await live(brain))).toMatch(words);
  expect(forwarded).toHaveLength(1);
  expect(asked).toEqual([]);
});

it('asks no Pod where the status names none, and says how to name an operator', async () => {
  const { live, asked } = await cluster({});
  expect(unavailable(await live({ namespace: 'leads', name: 'brain' }))).toMatch(
    /^The status names no Pod of the operator.*--operator http:/,
  );
  expect(asked).toEqual([]);
});

it('reads an answer that comes in many pieces', async () => {
  const long = {
    ...view,
    reasons: Array.from({ length: 200 }, (_, index) => `${index}: `.padEnd(2_000, 'why ')),
  };
  const { port } = await operator(() => [200, long]);
  const { live } = await cluster({ to: port });
  expect(await live(brain)).toEqual({ view: long });
});

it('with no token to show it asks nothing, and says what would help', async () => {
  const { resources, asked } = await cluster({});
  const live = liveNumbers({ resources, server: 'https://here', token: async () => ({ none: 'No token.' }) });
  expect([await live(brain), await live(other)]).toEqual([1, 2].map(() => ({ unavailable: 'No token.' })));
  expect(asked).toEqual([]);
});

it.each<[string, ClusterOptions, RegExp, number]>([
  ['ports may not be forwarded', { refuses: 403 }, /^You may not forward ports of Pods.*-live-numbers/, 1],
  ['the Pod is gone', { refuses: 404 }, /^The Pod "operator-7d4-x" .* is not there any more/, 1],
  ['the API server fails', { refuses: 500 }, /^The port-forward .*: the API server answered 500\.$/, 1],
  [
    'nothing listens in the Pod',
    { to: 9 },
    /^The operator's Pod "operator-7d4-x" has no live numbers.*ECONNREFUSED/,
    1,
  ],
  [
    'the API server is reached in clear',
    { server: 'http://api.example' },
    /^Your token is not sent to api\.example in clear/,
    0,
  ],
])('says why, and asks no further, where %s', async (_, options, words, requests) => {
  const { live, asked } = await cluster(options);
  const answers = await Promise.all([live(brain), live(other), live(other)]);
  for (const answer of answers) expect(unavailable(answer)).toMatch(words);
  expect(asked).toHaveLength(requests);
});

it('asks no further once an operator fails that has answered before', async () => {
  let answers = 0;
  const { asked, port } = await operator(() =>
    (answers += 1) > 2 ? [503, { error: 'stopping' }] : [200, view],
  );
  const { live } = await cluster({ to: port });
  const all = [];
  for (let index = 0; index < 6; index += 1) all.push(await live(brain));
  expect(all).toEqual([{ view }, { view }, ...[3, 4, 5, 6].map(() => ({ unavailable: 'stopping' }))]);
  expect(asked).toHaveLength(3);
});

it('asks the operator of one platform where that of another fails', async () => {
  const { port } = await answersAll();
  const { live } = await cluster({ to: port });
  const elsewhere = { ...other, operator: { ...pod, uid: 'uid-of-another' } };
  expect(unavailable(await live(elsewhere))).toMatch(/not there any more/);
  expect(await live(brain)).toEqual({ view });
});

it('asks the operator of one platform where the status of another has its UID beside another name', async () => {
  const { port } = await answersAll();
  const { live } = await cluster({ to: port });
  const lie = { ...other, operator: { ...pod, pod: 'evil' } };
  expect('unavailable' in (await live(lie))).toBe(true);
  expect(await live(brain)).toEqual({ view });
});

it('shows names of a status without control characters', async () => {
  const { live } = await cluster({ refuses: 404 });
  const lie = { ...brain, operator: { ...pod, pod: 'evil\u001b[2J' } };
  expect(unavailable(await live(lie))).toMatch(/^The Pod "evil\?\[2J" /);
});

it('takes no answer that is longer than live numbers can be, and says how long that is', async () => {
  const { port } = await operator(() => [200, 'x'.repeat(4_100_000)]);
  const { live } = await cluster({ to: port });
  expect(unavailable(await live(brain))).toBe('The answer is longer than live numbers can be (4 MB).');
});

it.each([
  ['once', 1, { view }],
  ['again and again', 9, { unavailable: 'too many', status: 429 }],
] as const)('waits for as long as the operator says, %s', async (_, refusals, numbers) => {
  let asked = 0;
  const { port } = await operator(() =>
    (asked += 1) > refusals ? [200, view] : [429, { error: 'too many' }, { 'retry-after': '0.01' }],
  );
  const { live } = await cluster({ to: port });
  expect(await live(brain)).toEqual(numbers);
  expect(asked).toBe(Math.min(refusals, 3) + 1);
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

it('waits for no Pod that takes a connection and says nothing', async () => {
  const { live } = await cluster({ to: await listener(() => undefined), timeoutMs: 200 });
  expect(unavailable(await live(brain))).toBe('The operator did not answer (no answer in time).');
});

it.each<[string, string]>([
  [
    'goes over to another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  ],
  ['ends without a word', ''],
  ['ends in the middle of its answer', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'],
  ['speaks no HTTP', 'hello\r\n'],
])('waits for no Pod that %s', async (_, answer) => {
  const to = await listener((socket) => socket.once('data', () => socket.end(answer)));
  const { live } = await cluster({ to });
  expect(unavailable(await live(brain))).toMatch(/^The operator's Pod "operator-7d4-x" has no live numbers/);
});

it('keeps a whole answer, though the connection fails right behind it', async () => {
  const { port } = await answersAll();
  const { live } = await cluster({ to: port, failure: 'the container is gone' });
  expect(await live(brain)).toEqual({ view });
});

it('asks at an address that the user names', async () => {
  const { url, requests } = await serve((request, response) => {
    const isBrain = request.url?.endsWith('/brain') === true;
    response.writeHead(isBrain ? 200 : 404).end(JSON.stringify(isBrain ? view : { error: 'no such' }));
  });
  const { resources } = await cluster({});
  const live = liveNumbers({
    resources,
    server: 'https://here',
    url: `${url}/`,
    token: async () => ({ token: 'mine' }),
  });
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
  const live = liveNumbers({
    resources,
    server: 'https://here',
    url,
    token: async () => ({ token: 'mine' }),
  });
  expect(unavailable(await live(brain))).toContain(`Your token is not sent to ${new URL(url).host} in clear`);
});
