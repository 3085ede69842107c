/**
 * An author who names what the operator can reach and they cannot: itself, loopback beside it, a Secret for a server of theirs, and
 * what a Secret lets SQL do. The author is a user with the roles of the chart alone.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { createNamespace, describeWith, describeWithCluster, kubectl, testbed } from '../support.ts';
import { type Author, authorIn, useOf } from './author.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually, LeadsTable } from './rig.ts';

/** An address of this machine that others reach it by; none where it has no network. */
const own = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

/** The administrator makes it: the author may not. */
const secret = (namespace: string, name: string, username: string, password: string) =>
  kubectl(['apply', '--server-side', '--filename=-', '--namespace', namespace], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      stringData: { username, password },
    }),
  });

const signalsOf = async ({ namespace }: Author, name: string) =>
  (await objectsOf(testbed().cluster).find<LeadPlatformObject>('leadplatform', name, namespace))?.status
    ?.signals;

/** What is told of a signal once it was read, of a platform that the author writes. */
async function signalOf(author: Author, name: string, signal: string, spec: Partial<LeadPlatformSpecInput>) {
  await author.apply({
    apiVersion: 'leadplatform.io/v1alpha1',
    kind: 'LeadPlatform',
    metadata: { name },
    spec: { image: 'registry.example/brain:1.4.0', ...spec },
  });
  return eventually(`${signal} of ${name} is told`, async () =>
    (await signalsOf(author, name))?.find((one) => one.name === signal && one.reason !== 'NotYetRead'),
  );
}

/** An operator with options of its own, or as in every test: loopback is opened. */
function startOperator(namespace: string, opened?: readonly string[]): Promise<OperatorProcess> {
  const args = ['run', `--namespace=${namespace}`, `--lease-namespace=${namespace}`];
  return OperatorProcess.start(testbed().cluster.kubeconfigPath, args, undefined, opened);
}

describeWithCluster('an author of LeadPlatforms', () => {
  let author: Author;
  let operator: OperatorProcess;
  let theirs: Server;
  let port: number;
  let connections = 0;
  let platforms = 0;

  beforeAll(async () => {
    theirs = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    theirs.listen(0);
    await once(theirs, 'listening');
    ({ port } = theirs.address() as AddressInfo);
    const namespace = await createNamespace('addresses');
    author = await authorIn(namespace, [useOf('not-theirs')]);
    await secret(namespace, 'not-theirs', 'admin', 'a-password-that-is-not-printed');
    // As it is installed: nothing is opened.
    operator = await startOperator(namespace, []);
    await eventually('it leads', () => operator.isLeading());
  });
  afterAll(async () => {
    await operator?.end('SIGTERM');
    theirs?.close();
  });

  it.each<[string, string, (at: { own: string; port: number }) => Partial<LeadPlatformSpecInput>, RegExp]>([
    [
      'numbers of another platform, through the operator on loopback',
      'agents',
      ({ own: operators }) => ({
        signals: { agents: { http: { url: `${operators}/api/platforms/other/brain`, path: 'replicas' } } },
      }),
      /^127\.0\.0\.1 is the operator itself/,
    ],
    [
      'the same by an address that carries that one',
      'agents',
      ({ port: at }) => ({
        signals: { agents: { http: { url: `http://[64:ff9b:1::7f00:1]:${at}/`, path: 'replicas' } } },
      }),
      /^64:ff9b:1::7f00:1 is a loopback address/,
    ],
    [
      'a Prometheus on loopback, by a name',
      'agents',
      ({ port: at }) => ({
        signals: { agents: { prometheus: { url: `http://localhost:${at}`, query: 'up' } } },
      }),
      /^localhost leads to a loopback address/,
    ],
    [
      'a Postgres on loopback',
      'databaseSize',
      ({ port: at }) => ({ stores: { postgres: { host: '127.0.0.1', port: at } } }),
      /^127\.0\.0\.1 is a loopback address/,
    ],
    [
      'the metadata service of a cloud',
      'agents',
      () => ({ signals: { agents: { http: { url: 'http://169.254.169.254/latest/', path: 'a' } } } }),
      /^169\.254\.169\.254 is the metadata service of a cloud/,
    ],
    [
      'the password of a Secret, sent to a server of theirs',
      'databaseSize',
      ({ port: at }) => ({
        stores: { postgres: { host: own ?? 'db', port: at, secretRef: { name: 'not-theirs' } } },
      }),
      /^the password in the Secret not-theirs would go over the network in clear, so it is not sent/,
    ],
    ...(own === undefined
      ? []
      : [
          [
            'the operator by an address of its own',
            'agents',
            ({ port: at }: { port: number }) => ({
              signals: { agents: { http: { url: `http://${own}:${at}/`, path: 'replicas' } } },
            }),
            /is an address of the operator's own Pod or machine/,
          ] as [
            string,
            string,
            (at: { own: string; port: number }) => Partial<LeadPlatformSpecInput>,
            RegExp,
          ],
        ]),
  ])('does not get %s', async (_what, signal, spec, says) => {
    const name = `brain-${(platforms += 1)}`;
    const told = await signalOf(author, name, signal, spec({ own: operator.address, port }));
    expect(told).toMatchObject({ reason: 'SourceRefused', message: expect.stringMatching(says) as string });
    expect(connections).toBe(0);
  });

  it('is not told which address of the operator it was; the administrator is, in its log', () => {
    const told = operator.log.filter(({ msg }) =>
      msg.startsWith('Refusing to connect to an address of this process'),
    );
    expect(told.map(({ address }) => address)).toEqual(own === undefined ? [] : [own]);
  });

  it('does not get the operator itself where loopback is opened for a store', async () => {
    const place = await createNamespace('opened');
    const there = await authorIn(place);
    const open = await startOperator(place);
    onTestFinished(async () => void (await open.end('SIGTERM')));
    const path = '/api/platforms/other/brain';
    for (const [name, url] of [
      ['itself', `${open.address}${path}`],
      ['probes', `${open.health}/healthz`],
      ['by-name', `${open.address.replace('127.0.0.1', 'localhost')}${path}`],
    ] as const) {
      const spec = { signals: { agents: { http: { url, path: 'replicas' } } } };
      expect(await signalOf(there, name, 'agents', spec)).toMatchObject({
        reason: 'SourceRefused',
        message: expect.stringMatching(
          /(is|leads to) the operator itself, which the operator does not connect to/,
        ) as string,
      });
    }
  });
});

describeWith(['pods', 'postgres'], 'an author of a condition in SQL', () => {
  it('does not have it run as a superuser, and has it run as a role that only reads', async () => {
    const { host, port, database, user, password, url } = testbed().postgres;
    const leads = await LeadsTable.create();
    onTestFinished(() => leads.drop());
    await leads.spread(10, 1_000, -1_000, 0);
    await leads.login('reads');
    const namespace = await createNamespace('conditions');
    await secret(namespace, 'superuser', user, password);
    await secret(namespace, 'reader', leads.name, 'reads');
    const author = await authorIn(namespace, [useOf('superuser', 'reader')]);
    const operator = await startOperator(namespace);
    onTestFinished(async () => void (await operator.end('SIGTERM')));
    // An effect that outlasts its query, by a number that no other test has.
    const lock = randomInt(1, 2 ** 31 - 1);
    const condition = `pg_try_advisory_lock(${lock})`;
    const active = (name: 'superuser' | 'reader') =>
      signalOf(author, name, 'activeLeads', {
        stores: {
          postgres: { host, port, database, secretRef: { name }, tls: { mode: 'Disable' } },
        },
        signals: { activeLeads: { postgres: { table: leads.name, condition } } },
      });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    const locks = async () =>
      (await client.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1`, [lock]))
        .rowCount;

    const refused = await active('superuser');
    expect(refused).toMatchObject({ reason: 'SourceRefused' });
    expect(refused.message).toContain(
      `Postgres at ${host}:${port} is not asked with the condition, because the role is a superuser, `,
    );
    expect(refused.message).toContain(
      `make one, and name its Secret in spec.stores.postgres.secretRef: CREATE ROLE <role> LOGIN`,
    );
    expect(await locks()).toBe(0);
    // It is the condition that is refused, and not the role.
    await eventually('the size of the database is told', async () =>
      (await signalsOf(author, 'superuser'))?.some(
        ({ name, value }) => name === 'databaseSize' && value !== undefined,
      ),
    );

    expect(await active('reader')).toMatchObject({ value: 10 });
    await eventually('its session has ended', async () => (await locks()) === 0);
  });
});
