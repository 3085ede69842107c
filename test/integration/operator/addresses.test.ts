/** An author who names what the operator can reach and they cannot: itself, loopback beside it, and a Secret for a server of theirs. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { LeadPlatformObject } from '../../../controller/leadplatform/kinds.ts';
import type { LeadPlatformSpecInput } from '../../../src/api/schema/leadplatform.ts';
import { objectsOf } from '../../../testbed/objects.ts';
import { createNamespace, describeWithCluster, kubectl, testbed } from '../support.ts';
import { OperatorProcess } from './operator-process.ts';
import { eventually } from './rig.ts';

/** An address of this machine that others reach it by; none where it has no network. */
const own = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describeWithCluster('an author of LeadPlatforms', () => {
  let namespace: string;
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
    namespace = await createNamespace('addresses');
    const args = ['run', `--namespace=${namespace}`, `--lease-namespace=${namespace}`];
    // As it is installed: nothing is opened.
    operator = await OperatorProcess.start(testbed().cluster.kubeconfigPath, args, undefined, []);
    await eventually('it leads', () => operator.isLeading());
  });
  afterAll(async () => {
    await operator?.end('SIGTERM');
    theirs?.close();
  });

  const apply = (object: object, place = namespace) =>
    kubectl(['apply', '--server-side', '--filename=-', '--namespace', place], {
      input: JSON.stringify(object),
    });

  async function signalOf(
    name: string,
    signal: string,
    spec: Partial<LeadPlatformSpecInput>,
    place = namespace,
  ) {
    const platform = {
      apiVersion: 'leadplatform.io/v1alpha1',
      kind: 'LeadPlatform',
      metadata: { name },
      spec: { image: 'registry.example/brain:1.4.0', ...spec },
    };
    await apply(platform, place);
    return eventually(`${signal} of ${name} is told`, async () => {
      const found = await objectsOf(testbed().cluster).find<LeadPlatformObject>('leadplatform', name, place);
      return found?.status?.signals?.find((one) => one.name === signal && one.reason !== 'NotYetRead');
    });
  }

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
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'not-theirs' },
      stringData: { username: 'admin', password: 'a-password-that-nobody-prints' },
    });
    const name = `brain-${(platforms += 1)}`;
    const told = await signalOf(name, signal, spec({ own: operator.address, port }));
    expect(told).toMatchObject({ reason: 'SourceRefused', message: expect.stringMatching(says) as string });
    expect(connections).toBe(0);
  });

  it('is not told which address of the operator it was; who runs the operator is, in its log', () => {
    const told = operator.log.filter(({ msg }) =>
      msg.startsWith('Refusing to connect to an address of this process'),
    );
    expect(told.map(({ address }) => address)).toEqual(own === undefined ? [] : [own]);
  });

  it('does not get the operator itself where loopback is opened for a store', async () => {
    const place = await createNamespace('opened');
    const args = ['run', `--namespace=${place}`, `--lease-namespace=${place}`];
    const open = await OperatorProcess.start(testbed().cluster.kubeconfigPath, args);
    onTestFinished(async () => void (await open.end('SIGTERM')));
    const path = '/api/platforms/other/brain';
    for (const [name, url] of [
      ['itself', `${open.address}${path}`],
      ['probes', `${open.health}/healthz`],
      ['by-name', `${open.address.replace('127.0.0.1', 'localhost')}${path}`],
    ] as const) {
      const spec = { signals: { agents: { http: { url, path: 'replicas' } } } };
      expect(await signalOf(name, 'agents', spec, place)).toMatchObject({
        reason: 'SourceRefused',
        message: expect.stringMatching(
          /(is|leads to) the operator itself, which the operator does not connect to/,
        ) as string,
      });
    }
  });
});
