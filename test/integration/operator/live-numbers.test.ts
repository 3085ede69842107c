/**
 * Who is shown live numbers, on a real API server, by users who have the rights of the chart and no others. The kubelet is ours: it
 * forwards a port of the Pod that leads to the operator, which is a process here.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { statusCommand } from '../../../controller/commands/status.ts';
import { TOKENS } from '../../../controller/http/live-access.ts';
import { main } from '../../../src/cli/main.ts';
import { type Right, rightsOf } from '../../../src/kube/rights.ts';
import { auditEvents, resourceOf } from '../../../testbed/audit-log.ts';
import { obtainBinaries } from '../../../testbed/binaries.ts';
import { certificates } from '../../../testbed/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../../testbed/control-plane.ts';
import { definitionsServed } from '../../../testbed/definitions.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../testbed/folders.ts';
import { kubectl } from '../../../testbed/kubectl.ts';
import { type Forwarded, forwardPorts } from '../../fixtures/port-forward.ts';
import { describeWith } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually } from './rig.ts';

const SYSTEM = 'leadplatform-system';
const RBAC = 'rbac.authorization.k8s.io';
/** The operator is a process here, and this is the Pod that it says it is. */
const POD = 'operator-7d4-x';
const CRD = '--filename=crds/leadplatform.io_leadplatforms.yaml';
/** Beliefs of the operator, and of the API server's authorizer, end. */
const SOON_MS = 20_000;

/** What each user may: get LeadPlatforms in these namespaces, and forward ports in that of the operator with these verbs. */
const USERS = {
  ann: { gets: ['leads'], forwards: ['get', 'create'] },
  bob: { gets: ['sales'], forwards: ['get', 'create'] },
  cy: { gets: ['leads'], forwards: [] },
  // As it was enough before Kubernetes 1.35.
  dan: { gets: ['leads'], forwards: ['get'] },
  // An author, with the rights of the role edit on LeadPlatforms.
  eve: { gets: ['leads'], forwards: [] },
} as const;
type UserName = keyof typeof USERS;

const ruleOf = ({ group, resource, verb }: Right) => ({
  apiGroups: [group],
  resources: [resource],
  verbs: [verb],
});

function role(kind: 'Role' | 'ClusterRole', name: string, namespace: string | undefined, rules: object[]) {
  return { apiVersion: `${RBAC}/v1`, kind, metadata: { name, ...(namespace && { namespace }) }, rules };
}

function binding(
  name: string,
  namespace: string | undefined,
  to: `${'Role' | 'ClusterRole'}/${string}`,
  who: object,
) {
  const [kind, of] = to.split('/');
  return {
    apiVersion: `${RBAC}/v1`,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace && { namespace }) },
    roleRef: { apiGroup: RBAC, kind, name: of },
    subjects: [who],
  };
}

const user = (name: string) => ({ kind: 'User', name, apiGroup: RBAC });
const account = (name: string, namespace: string) => ({ kind: 'ServiceAccount', name, namespace });
const reviewsBinding = binding(
  'operator-reviews',
  undefined,
  'ClusterRole/operator-reviews',
  user('operator'),
);

/** The operator's own rights, those of the chart for people, and who has them. */
function rbac(): object[] {
  const all = rightsOf({ clusterWide: true, nodes: false, reviews: true });
  const [reviews, others] = [true, false].map((are) => all.filter((one) => (one.role === 'reviews') === are));
  const gets = { apiGroups: ['leadplatform.io'], resources: ['leadplatforms'], verbs: ['get'] };
  const writes = { ...gets, verbs: ['create', 'update', 'patch', 'delete'] };
  const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  return [
    role('ClusterRole', 'operator', undefined, (others ?? []).map(ruleOf)),
    binding('operator', undefined, 'ClusterRole/operator', user('operator')),
    role('ClusterRole', 'operator-reviews', undefined, (reviews ?? []).map(ruleOf)),
    reviewsBinding,
    role('ClusterRole', 'viewer', undefined, [gets]),
    role('ClusterRole', 'editor', undefined, [writes]),
    binding('editor', 'leads', 'ClusterRole/editor', user('eve')),
    ...Object.entries(USERS).flatMap(([name, { gets: namespaces, forwards }]) => [
      ...namespaces.map((namespace) => binding(name, namespace, 'ClusterRole/viewer', user(name))),
      role('Role', name, SYSTEM, [
        pods,
        ...(forwards.length === 0
          ? []
          : [{ apiGroups: [''], resources: ['pods/portforward'], verbs: [...forwards] }]),
      ]),
      binding(name, SYSTEM, `Role/${name}`, user(name)),
    ]),
    ...['reader', 'stranger'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: 'leads' },
    })),
    binding('reader', 'leads', 'ClusterRole/viewer', account('reader', 'leads')),
  ];
}

describeWith(['cluster'], 'Live numbers', () => {
  let folder: TemporaryFolder;
  let plane: ControlPlane;
  let auditLog: string;
  let operator: OperatorProcess;
  let kubelet: Server;
  let forwarded: readonly Forwarded[];
  /** Where the port of live numbers leads; left out: to the operator. */
  let leadsTo: number | undefined;
  /** Of requests that the kubelet got; with a token none of them came. */
  const authorizations: (string | undefined)[] = [];
  /** Every token that was shown to the operator. */
  const tokens = new Set<string>();

  const apply = (...items: object[]) =>
    kubectl(plane, ['apply', '--server-side', '--filename=-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });

  beforeAll(async () => {
    folder = await temporaryFolder('live-numbers');
    auditLog = join(folder.path, 'audit.log');
    // Without controllers: nothing here needs a Pod that runs.
    const { source, etcd, kubeApiserver, kubectl: binary } = await obtainBinaries();
    plane = await startControlPlane({
      name: 'live-numbers',
      binaries: { source, etcd, kubeApiserver, kubectl: binary },
      users: ['operator', ...Object.keys(USERS)].map((name) => ({ name, groups: [] })),
      auditLog,
    });
    await kubectl(plane, ['apply', '--server-side', CRD]);
    await definitionsServed(plane, [CRD]);
    for (const namespace of [SYSTEM, 'leads', 'sales'])
      await kubectl(plane, ['create', 'namespace', namespace]);
    await apply(...rbac());
    const uid = await startKubelet();
    operator = await OperatorProcess.start(
      plane.kubeconfigPathOf('operator'),
      ['run', '--lease-namespace', SYSTEM, '--log-level', 'debug'],
      undefined,
      undefined,
      { env: { OPERATOR_NAMESPACE: SYSTEM, OPERATOR_POD: POD, OPERATOR_POD_UID: uid } },
    );
    await apply(
      ...['leads', 'sales'].map((namespace) => ({
        apiVersion: 'leadplatform.io/v1alpha1',
        kind: 'LeadPlatform',
        metadata: { name: 'brain', namespace },
        spec: { image: 'registry.example/brain:1.4.0' },
      })),
    );
    for (const namespace of ['leads', 'sales'])
      await eventually('the operator has decided', async () => {
        const tier = ['get', 'lp/brain', '-n', namespace, '-o', 'jsonpath={.status.tier}'];
        return (await kubectl(plane, tier)) !== '';
      });
  }, 120_000);

  afterAll(async () => {
    await operator?.end('SIGKILL');
    kubelet?.closeAllConnections();
    kubelet?.close();
    await plane?.stop();
    await folder?.remove();
  });

  /** A Node, and on it the Pod of the operator, whose UID it resolves with. */
  async function startKubelet(): Promise<string> {
    const { cert, key } = await certificates(folder.path);
    kubelet = createServer({ cert: await readFile(cert), key: await readFile(key) });
    kubelet.on('upgrade', ({ headers }) => void authorizations.push(headers.authorization));
    const live = () => leadsTo ?? Number(new URL(operator.live).port);
    forwarded = forwardPorts(kubelet, (port) => (port === 8082 ? live() : 9));
    await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
    const { port } = kubelet.address() as AddressInfo;
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'here' },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    };
    await kubectl(plane, ['create', '--filename=-'], { input: JSON.stringify(node) });
    return makePod(POD);
  }

  /** Resolves with its UID. */
  async function makePod(name: string): Promise<string> {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: SYSTEM },
      spec: { nodeName: 'here', containers: [{ name: 'operator', image: 'registry.example/operator:1' }] },
    };
    const create = ['create', '--filename=-', '--output=jsonpath={.metadata.uid}'];
    return (await kubectl(plane, create, { input: JSON.stringify(pod) })).trim();
  }

  /** `leadplatform status` of a user; `token` on its standard input. */
  async function status(who: UserName, args: readonly string[], token?: string) {
    const said = { out: '', err: '' };
    const output = (to: 'out' | 'err') => ({
      write: (text: string) => void (said[to] += text),
      colour: false,
      columns: 80,
    });
    const io = {
      out: output('out'),
      err: output('err'),
      read: async () => token ?? '',
      now: Date.now,
    };
    const commands = [{ name: 'status', summary: '', load: () => Promise.resolve(statusCommand) }];
    const cluster = ['--kubeconfig', plane.kubeconfigPathOf(who)];
    const shown = token === undefined ? [] : ['--token-file', '-'];
    const code = await main(['status', ...args, ...cluster, ...shown], io, { commands, version: '' });
    // Lines are as wide as a terminal; sentences are longer.
    return { code, err: said.err, out: said.out, words: said.out.replaceAll(/\s+/g, ' ') };
  }

  const configOf = async (who: UserName) =>
    JSON.parse(await readFile(plane.kubeconfigPathOf(who), 'utf8')) as {
      users: [{ user: { token: string } }];
    };
  const tokenOf = async (who: UserName) => (await configOf(who)).users[0].user.token;

  const tokenFor = async (name: string, audience: string) =>
    (await kubectl(plane, ['create', 'token', name, '-n', 'leads', `--audience=${audience}`])).trim();

  /** The answer of the operator itself, to whoever is on its loopback. */
  async function ask(token: string | undefined, platform = 'leads/brain') {
    if (token !== undefined) tokens.add(token);
    const answer = await fetch(`${operator.live}/api/platforms/${platform}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    return { status: answer.status, body: (await answer.json()) as { error?: string; tier?: string } };
  }

  it('are shown to a user who may get the platform, by a port-forward', async () => {
    const { code, out } = await status('ann', ['brain', '-n', 'leads']);
    expect(out).toContain('Numbers  live, decided');
    expect(code).toBe(0);
    tokens.add(await tokenOf('ann'));
    expect(forwarded).toEqual([{ path: expect.stringMatching(`^/portForward/${SYSTEM}/`), port: 8082 }]);
    // The API server keeps it to itself, and what is inside the connection is no header of it.
    expect(authorizations).toEqual([undefined]);
  });

  it.each<[string, () => Promise<string | undefined>, string, number, RegExp | undefined]>([
    ['no token', async () => undefined, 'leads/brain', 401, /need a bearer token/],
    ['a token of no one', async () => 'made.up.token', 'leads/brain', 401, /does not accept this token/],
    ['a user of that namespace', () => tokenOf('ann'), 'leads/brain', 200, undefined],
    ['a user of another namespace', () => tokenOf('bob'), 'leads/brain', 403, /User "bob" may not get/],
    ['the other way round', () => tokenOf('ann'), 'sales/brain', 403, /namespace "sales"/],
    ['one who may not get it, where there is none', () => tokenOf('bob'), 'leads/none', 403, /User "bob"/],
    ['one who may get it, where there is none', () => tokenOf('ann'), 'leads/none', 404, /There is no/],
    ['an account that may', () => tokenFor('reader', 'leadplatform.io'), 'leads/brain', 200, undefined],
    [
      'an account that may not',
      () => tokenFor('stranger', 'leadplatform.io'),
      'leads/brain',
      403,
      /stranger/,
    ],
    ['a token for another audience', () => tokenFor('reader', 'vault'), 'leads/brain', 401, /audience/],
  ])('answer %s', async (_, token, platform, code, words) => {
    const { status: answered, body } = await ask(await token(), platform);
    expect(answered).toBe(code);
    if (words === undefined) expect(body.tier).toBe('single-server');
    else expect(body.error).toMatch(words);
  });

  it('are nowhere beside the metrics', async () => {
    const answer = await fetch(`${operator.address}/api/platforms/leads/brain`, {
      headers: { authorization: `Bearer ${await tokenOf('ann')}` },
    });
    expect(answer.status).toBe(404);
  });

  it.each<[UserName, RegExp]>([
    ['cy', /You may not forward ports of Pods in namespace "leadplatform-system"/],
    ['dan', /You may not forward ports of Pods in namespace "leadplatform-system"/],
  ])('are missing for %s, who is told why and sees the last write', async (who, words) => {
    const { code, out, words: all } = await status(who, ['brain', '-n', 'leads']);
    expect(code).toBe(0);
    expect(out).toContain('Numbers  of the last status write');
    expect(all).toMatch(words);
  });

  it('are shown for a token that is good for nothing else', async () => {
    const token = await tokenFor('reader', 'leadplatform.io');
    tokens.add(token);
    expect((await status('ann', ['brain', '-n', 'leads'], token)).out).toContain('Numbers  live');
    const config = await configOf('ann');
    config.users[0].user = { token };
    const kubeconfigPath = join(folder.path, 'reader');
    await writeFile(kubeconfigPath, JSON.stringify(config), { mode: 0o600 });
    await expect(kubectl({ ...plane, kubeconfigPath }, ['get', 'lp/brain', '-n', 'leads'])).rejects.toThrow(
      /must be logged in/,
    );
  });

  it('are shown no longer once the right is taken away', async () => {
    const token = await tokenOf('bob');
    expect((await ask(token, 'sales/brain')).status).toBe(200);
    await kubectl(plane, ['delete', 'rolebinding/bob', '-n', 'sales']);
    await eventually('bob is refused', async () => (await ask(token, 'sales/brain')).status === 403, SOON_MS);
  });

  it('are not to be had where the operator may not ask, which it says, while all else goes on', async () => {
    await kubectl(plane, ['delete', 'clusterrolebinding/operator-reviews']);
    const token = await tokenOf('ann');
    const refused = await eventually(
      'the operator says that it may not ask',
      async () => {
        const answer = await ask(token);
        return answer.status === 503 && answer;
      },
      SOON_MS,
    );
    expect(refused.body.error).toMatch(/rbac\.reviews=true/);
    const { code, words } = await status('ann', ['brain', '-n', 'leads']);
    expect(code).toBe(0);
    expect(words).toContain('rbac.reviews=true');
    const before = await operator.decisions();
    const change = JSON.stringify({ spec: { image: 'registry.example/brain:1.5.0' } });
    await kubectl(plane, ['patch', 'lp/brain', '-n', 'leads', '--type=merge', `--patch=${change}`]);
    await eventually('it goes on deciding', async () => (await operator.decisions()) > before);
    await apply(reviewsBinding);
    await eventually('it may ask again', async () => (await ask(token)).status === 200, SOON_MS);
  });

  it('cost few reviews, however many bad tokens are tried', async () => {
    const reviews = async () => {
      let count = 0;
      for await (const event of auditEvents(auditLog, ['tokenreviews']))
        if (resourceOf(event) === 'tokenreviews') count += 1;
      return count;
    };
    const token = await tokenOf('ann');
    expect((await ask(token)).status).toBe(200);
    const before = await reviews();
    const begun = performance.now();
    const answers = new Set<number>();
    for (let round = 0; round < 10; round += 1) {
      const bad = Array.from({ length: 30 }, (_, index) => ask(`made-up-${round}-${index}`));
      for (const { status: code } of await Promise.all(bad)) answers.add(code);
    }
    const most = TOKENS.burst + (performance.now() - begun) / TOKENS.refillMs;
    expect(answers).toEqual(new Set([401, 429]));
    const cost = (await reviews()) - before;
    expect(cost).toBeGreaterThan(0);
    // Ann's own may have become due.
    expect(cost).toBeLessThanOrEqual(most + 1);
  });

  it('put no token into a log', async () => {
    expect(tokens.size).toBeGreaterThan(300);
    const log = JSON.stringify(operator.log) + operator.stderr;
    expect([...tokens].filter((token) => log.includes(token))).toEqual([]);
    const audit = await readFile(auditLog, 'utf8');
    expect([...tokens].filter((token) => audit.includes(token))).toEqual([]);
  });

  it('come from no Pod that the author of a LeadPlatform names', async () => {
    const eve = { ...plane, kubeconfigPath: plane.kubeconfigPathOf('eve') };
    const operator = { namespace: SYSTEM, pod: 'evil', uid: 'any' };
    const lure = {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name: 'lure', namespace: 'leads' },
      spec: { image: 'registry.example/brain:1.4.0' },
      status: { operator },
    };
    await kubectl(eve, ['create', '--filename=-'], { input: JSON.stringify(lure) });
    const patch = `--patch=${JSON.stringify({ status: { operator } })}`;
    const lp = ['lp/lure', '-n', 'leads'];
    await kubectl(eve, ['patch', ...lp, '--type=merge', patch]);
    await expect(
      kubectl(eve, ['patch', ...lp, '--subresource=status', '--type=merge', patch]),
    ).rejects.toThrow(/forbidden/i);
    const named = () => kubectl(plane, ['get', ...lp, '-o', 'jsonpath={.status.operator.pod}']);
    await eventually('the operator names its own Pod', async () => (await named()) === POD);
  });

  // Of the last two: who takes the Lease ends the operator.
  it('take no token to a Pod that a Lease names', async () => {
    await makePod('evil');
    const taken = JSON.stringify({ spec: { holderIdentity: 'evil_0a' } });
    await kubectl(plane, [
      'patch',
      'lease/leadplatform-operator',
      '-n',
      SYSTEM,
      '--type=merge',
      `--patch=${taken}`,
    ]);
    const before = forwarded.length;
    expect((await status('ann', ['brain', '-n', 'leads'])).code).toBe(0);
    // Answered or not: it may have noticed by now that another one leads.
    expect(forwarded.slice(before)).toEqual([
      { path: expect.stringMatching(`^/portForward/${SYSTEM}/${POD}(/|$)`), port: 8082 },
    ]);
  });

  it('take no token to a Pod that was made again under the name of the leader', async () => {
    const heard: Buffer[] = [];
    const evil = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => heard.push(chunk));
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    try {
      await kubectl(plane, ['delete', `pod/${POD}`, '-n', SYSTEM, '--force', '--grace-period=0']);
      await makePod(POD);
      leadsTo = (evil.address() as AddressInfo).port;
      const before = forwarded.length;
      const { code, words } = await status('ann', ['brain', '-n', 'leads']);
      expect(code).toBe(0);
      expect(words).toContain('which wrote the status, is not there any more');
      expect(forwarded.length).toBe(before + 1);
      expect(heard).toEqual([]);
    } finally {
      evil.close();
    }
  });
});
