import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIndexesCommand } from '../../../controller/commands/create-indexes.ts';
import { readyCommand } from '../../../controller/commands/ready.ts';
import { statusCommand } from '../../../controller/commands/status.ts';
import type { CommandModule } from '../../../src/cli/command.ts';
import type { Io, Output } from '../../../src/cli/io.ts';
import { main } from '../../../src/cli/main.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../testbed/folders.ts';

type ProbeResult = (request: IncomingMessage, response: ServerResponse) => void;

let folder: TemporaryFolder;
let server: Server;
let url: string;
let answer: ProbeResult;

beforeEach(async () => {
  folder = await temporaryFolder('status');
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await folder.remove();
});

const COMMANDS: Readonly<Record<string, CommandModule>> = {
  status: statusCommand,
  ready: readyCommand,
  'create-indexes': createIndexesCommand,
};

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const output = (to: 'out' | 'err'): Output => ({
    write: (text) => void (said[to] += text),
    colour: false,
    columns: 80,
  });
  const io: Io = {
    out: output('out'),
    err: output('err'),
    read: (path) => readFile(path, 'utf8'),
    now: Date.now,
  };
  const commands = Object.entries(COMMANDS).map(([name, module]) => ({
    name,
    summary: '',
    load: () => Promise.resolve(module),
  }));
  return { code: await main(args, io, { commands, version: '1.2.3' }), ...said };
}

/** A kubeconfig of one cluster, of this server where nothing else is said. */
async function kubeconfig(cluster: object = { server: url }, user: object = {}): Promise<string> {
  const file = join(folder.path, 'kubeconfig');
  const content = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    users: [{ name: 'me', user }],
    clusters: [{ name: 'here', cluster }],
  };
  await writeFile(file, JSON.stringify(content));
  return file;
}

const STACK = /^\s+at |node_modules|KubeError/m;

const says =
  (status: number, body: string | object, rest: ProbeResult = (_, r) => r.end('{}')): ProbeResult =>
  (request, response) => {
    if (request.url?.includes('leadplatforms') !== true) return rest(request, response);
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify({ kind: 'Status', ...body }));
  };

const NO_SUCH_TYPE = {
  reason: 'NotFound',
  message: 'the server could not find the requested resource',
  details: {},
};
const FORBIDDEN = { reason: 'Forbidden', message: 'User "ann" cannot list resource "leadplatforms"' };

describe('status says in a sentence, without a stack, what is wrong with the cluster', () => {
  it.each<[string, ProbeResult, string[], number, RegExp]>([
    [
      'has no definition, by the text',
      says(404, '404 page not found'),
      [],
      6,
      /kubectl --kubeconfig \S+ apply --server-side -f crds\//,
    ],
    ['has no definition, by a Status', says(404, NO_SUCH_TYPE), [], 6, /their definition is not installed/],
    [
      'has no definition, where one platform is asked for',
      says(404, '404 page not found'),
      ['brain'],
      6,
      /not installed/,
    ],
    [
      'has the definition and not the platform',
      says(404, { reason: 'NotFound', details: { name: 'brain', kind: 'leadplatforms' } }),
      ['brain'],
      5,
      /There is no LeadPlatform "brain" in namespace "default"/,
    ],
    [
      'is something else',
      says(404, 'not here', (_, r) => r.writeHead(404).end()),
      [],
      8,
      /not a Kubernetes API server/,
    ],
    ['answers a page', says(200, '<html>'), [], 8, /not a Kubernetes API server/],
    ['answers a list in JSON of its own', says(200, {}), [], 8, /not a Kubernetes API server/],
    ['answers for one in JSON of its own', says(200, {}), ['brain'], 8, /not a Kubernetes API server/],
    [
      'gives no right',
      says(403, FORBIDDEN),
      [],
      7,
      /^leadplatform: You may not list LeadPlatforms in all namespaces: 403: User "ann" cannot/,
    ],
    ['gives no right in a namespace', says(403, FORBIDDEN), ['-n', 'leads'], 7, /in namespace "leads"/],
    ['does not know the user', says(401, {}), [], 7, /does not accept your credentials/],
    ['is broken', says(500, { message: 'etcd is gone' }), [], 8, /answers with an error: 500: etcd is gone/],
    ['breaks connections off', (request) => request.socket.destroy(), [], 8, /does not answer/],
  ])('that %s', async (_, answers, args, code, words) => {
    answer = answers;
    const ended = await run('status', ...args, '--kubeconfig', await kubeconfig());
    expect(ended.err).toMatch(words);
    expect(ended.err).not.toMatch(STACK);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
  });

  it.each<[string, object, object, number, RegExp]>([
    [
      'where nobody listens',
      { server: 'http://127.0.0.1:9' },
      {},
      8,
      /the connection is refused \(ECONNREFUSED\)/,
    ],
    ['without a server', {}, {}, 2, /The server of context "here" is ""; write an address like/],
    ['whose server is not an address', { server: 'hello' }, {}, 2, /is "hello"; write an address like/],
    [
      'with a certificate that is not there',
      { server: 'https://127.0.0.1:9', 'certificate-authority': '/nowhere/ca.crt' },
      {},
      2,
      /names the file \/nowhere\/ca\.crt, which cannot be read \(ENOENT\)/,
    ],
    [
      'with a helper program that is not there',
      { server: 'http://127.0.0.1:9' },
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: '/nowhere/helper',
          interactiveMode: 'Never',
        },
      },
      2,
      /The helper program "\/nowhere\/helper" of the kubeconfig failed \(ENOENT\)/,
    ],
  ])('of a kubeconfig %s', async (_, cluster, user, code, words) => {
    const ended = await run('status', '--kubeconfig', await kubeconfig(cluster, user));
    expect(ended.err).toMatch(words);
    expect(ended.err).not.toMatch(STACK);
    expect(ended.code).toBe(code);
  });

  it('of one that speaks http where https is said', async () => {
    answer = says(200, {});
    const https = url.replace('http:', 'https:');
    const ended = await run('status', '--kubeconfig', await kubeconfig({ server: https }));
    expect(ended.err).toContain('it speaks http, and the kubeconfig says https');
    expect(ended.code).toBe(8);
  });

  it.each([
    [['-n', 'a', '--namespace', 'b'], /--namespace is given twice, and takes one value; keep one/],
    [['--operator', 'http://a', '--operator', 'http://b'], /--operator is given twice/],
    [
      ['--token-file', 'token', '--send-token'],
      /--token-file and --send-token each name a token to show; keep one of them/,
    ],
    [['--operator', 'localhost:8082'], /--operator is "localhost:8082"; write an address like http:/],
  ])('and refuses %j, which cannot be meant', async (args, words) => {
    const ended = await run('status', ...args, '--kubeconfig', await kubeconfig());
    expect(ended.err).toMatch(words);
    expect(ended.code).toBe(2);
  });

  it.each([
    ['nothing', '/nowhere/token', /--token-file is "\/nowhere\/token", which cannot be read \(ENOENT\)/],
    ['nothing in it', '/dev/null', /--token-file is "\/dev\/null", in which there is no token/],
    ['more than a token', 'package.json', /--token-file is "package\.json", which has more in it/],
  ])('and refuses a token file with %s', async (_, file, words) => {
    const ended = await run('status', '--token-file', file, '--kubeconfig', await kubeconfig());
    expect(ended.err).toMatch(words);
    expect(ended.code).toBe(2);
  });

  it('of a pod without a token', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '127.0.0.1');
    const ended = await run('status');
    expect(ended.err).toContain('This pod has no token of a ServiceAccount');
    expect(ended.err).not.toMatch(STACK);
    expect(ended.code).toBe(2);
  });
});

describe('status shows a platform', () => {
  const operator = { namespace: 'system', pod: 'operator-7d4-x', uid: '1' };
  const object = {
    metadata: { name: 'brain', namespace: 'leads' },
    status: { tier: 'cached', operator },
  };
  const list: ProbeResult = (request, response) => {
    const isList = request.url?.includes('leadplatforms') === true;
    response
      .writeHead(isList ? 200 : 403)
      .end(JSON.stringify(isList ? { metadata: {}, items: [object] } : {}));
  };

  it('and asks no operator where it is told not to', async () => {
    const asked: string[] = [];
    answer = (request, response) => {
      asked.push(request.url ?? '');
      list(request, response);
    };
    const ended = await run('status', '--no-live', '--kubeconfig', await kubeconfig());
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain('cached');
    expect(asked).toHaveLength(1);
  });

  it('to a program, with why there are no live numbers', async () => {
    answer = list;
    const ended = await run(
      'status',
      '-o',
      'json',
      '--kubeconfig',
      await kubeconfig(undefined, { token: 't' }),
    );
    expect(JSON.parse(ended.out)).toMatchObject([
      {
        name: 'brain',
        live: null,
        liveUnavailable: expect.stringContaining('You may not forward ports of Pods in namespace "system"'),
      },
    ]);
  });

  describe('beside one of another namespace, whose status names another operator,', () => {
    const platforms = ['leads', 'sales'].map((namespace) => ({
      metadata: { name: 'brain', namespace },
      status: { tier: 'cached', operator: { namespace, pod: 'operator-7d4-x', uid: `uid-in-${namespace}` } },
    }));
    const SEVERAL = /Each such Pod would see your token, so it is shown to none unasked\./;

    /** Both, and what was asked beside the list of platforms. */
    async function look(...args: readonly string[]) {
      const asked: string[] = [];
      answer = ({ url: path = '' }, response) => {
        const [, namespace] =
          /^\/apis\/leadplatform\.io\/v1alpha1\/(?:namespaces\/(\w+)\/)?/.exec(path) ?? [];
        if (!path.includes('leadplatforms')) {
          asked.push(path.split('?')[0] ?? '');
          return response.writeHead(403).end('{}');
        }
        const items = platforms.filter(
          ({ metadata }) => (namespace ?? metadata.namespace) === metadata.namespace,
        );
        const isOne = /leadplatforms\/brain/.test(path);
        return response.end(JSON.stringify(isOne ? items[0] : { metadata: {}, items }));
      };
      const config = await kubeconfig(undefined, { token: 'token-of-ann' });
      const { code, out } = await run('status', ...args, '--kubeconfig', config);
      expect(code).toBe(0);
      return { asked, words: out.replaceAll(/\s+/g, ' ') };
    }
    const forward = (namespace: string) => `/api/v1/namespaces/${namespace}/pods/operator-7d4-x/portforward`;

    it('and shows the token of the kubeconfig to neither, and says what helps', async () => {
      const { asked, words } = await look();
      expect(asked).toEqual([]);
      expect(words).toMatch(SEVERAL);
      expect(words).toMatch(/one namespace with -n; .* --token-file .* --send-token\./);
    });

    it.each<[string, readonly string[], readonly string[]]>([
      ['one namespace is listed', ['-n', 'leads'], [forward('leads')]],
      ['one platform is looked at', ['brain', '-n', 'sales'], [forward('sales')]],
      ['it may be sent', ['--send-token'], [forward('leads'), forward('sales')]],
      ['the token is from a file', ['--token-file', 'TOKEN'], [forward('leads'), forward('sales')]],
    ])('and asks for live numbers where %s', async (_, args, paths) => {
      const file = join(folder.path, 'token');
      await writeFile(file, 'token-of-a-reader\n');
      const { asked, words } = await look(...args.map((arg) => (arg === 'TOKEN' ? file : arg)));
      expect(asked.toSorted()).toEqual(paths);
      expect(words).not.toMatch(SEVERAL);
    });
  });

  it('with the token of a file in place of that of the kubeconfig, which it prints nowhere', async () => {
    const shown: (string | undefined)[] = [];
    answer = (request, response) => {
      if (request.url?.startsWith('/api/platforms/') !== true) return list(request, response);
      shown.push(request.headers.authorization);
      return response.writeHead(401).end(JSON.stringify({ error: 'who?' }));
    };
    const file = join(folder.path, 'token');
    await writeFile(file, 'token-of-a-reader\n');
    const config = await kubeconfig(undefined, { token: 'token-of-ann' });
    const ended = await run('status', '--token-file', file, '--operator', url, '--kubeconfig', config);
    expect(shown).toEqual(['Bearer token-of-a-reader']);
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain('No live numbers: who?');
    expect(ended.out).not.toContain('token-of');
  });
});

describe('the other commands, too', () => {
  it('ready: of an operator that nobody is', async () => {
    const ended = await run('ready', 'http://127.0.0.1:9');
    expect(ended).toEqual({
      code: 1,
      out: '',
      err: 'http://127.0.0.1:9 is not ready: connect ECONNREFUSED 127.0.0.1:9\n',
    });
  });

  it.each([
    [
      'a Postgres that is not there',
      '[]',
      1,
      /^leadplatform: Postgres at 127\.0\.0\.1:9 lets no session begin: .*ECONNREFUSED/,
    ],
    ['a list of indexes that is not JSON', '[', 2, /LEADPLATFORM_INDEXES is not JSON/],
  ])('create-indexes: of %s', async (_, indexes, code, words) => {
    for (const [name, value] of Object.entries({
      INDEXES: indexes,
      DB_HOST: '127.0.0.1',
      DB_PORT: '9',
      DB_NAME: 'leads',
      DB_USER: 'me',
      DB_PASSWORD: 'precious',
    })) {
      vi.stubEnv(`LEADPLATFORM_${name}`, value);
    }
    const ended = await run('create-indexes');
    expect(ended.err).toMatch(words);
    expect(ended.err).not.toMatch(STACK);
    expect(ended.err).not.toContain('precious');
    expect(ended.code).toBe(code);
  });
});
