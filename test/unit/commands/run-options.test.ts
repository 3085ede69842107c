import { describe, expect, it } from 'vitest';
import { parseRunOptions } from '../../../controller/commands/run.ts';
import { NOTHING_MORE } from '../../../src/api/permissions.ts';

it('watches all namespaces, serves on port 8080, probes on 8081 and live numbers on loopback alone unless told otherwise', () => {
  expect(parseRunOptions([])).toMatchObject({
    namespaces: undefined,
    http: { host: '0.0.0.0', port: 8080 },
    health: { host: '0.0.0.0', port: 8081 },
    live: { host: '127.0.0.1', port: 8082 },
    concurrency: 32,
  });
});

it('allows authors nothing more unless told to, switch by switch', () => {
  expect(parseRunOptions([]).permissions).toEqual(NOTHING_MORE);
  const allowed = (args: readonly string[]) => parseRunOptions(args).permissions;
  expect(allowed(['--allow-privileged'])).toEqual({ ...NOTHING_MORE, privileged: true });
  expect(allowed(['--allow-host-path'])).toEqual({ ...NOTHING_MORE, hostPath: true });
  expect(allowed(['--allow-service-account'])).toEqual({ ...NOTHING_MORE, serviceAccount: true });
});

it.each([
  ['--allow-priority-class', 'priorityClasses', ['leadplatform-*', 'high']],
  ['--allow-toleration', 'tolerations', ['dedicated', '*']],
  ['--allow-hostname', 'hostnames', ['leads.example.com', '*']],
  ['--allow-ingress-annotation', 'ingressAnnotations', ['cert-manager.io/*', 'a']],
  ['--allow-pod-annotation', 'podAnnotations', ['proxy.istio.io/config', 'b']],
])('allows authors what is given with %s, which may be repeated', (flag, list, entries) => {
  const args = entries.map((entry) => `${flag}=${entry}`);
  expect(parseRunOptions(args).permissions).toEqual({ ...NOTHING_MORE, [list]: entries });
});

it('is told the image that it runs, for Jobs of its own', () => {
  expect(parseRunOptions([]).image).toBeUndefined();
  expect(parseRunOptions([]).looksAtNodes).toBe(false);
  expect(parseRunOptions(['--look-at-nodes']).looksAtNodes).toBe(true);
  expect(parseRunOptions(['--image', 'registry.example/operator:1']).image).toBe(
    'registry.example/operator:1',
  );
});

it('watches the namespaces that are named', () => {
  expect(parseRunOptions(['--namespace', 'a', '--namespace', 'b']).namespaces).toEqual(['a', 'b']);
});

it('opens no address unless told to, and says what cannot be opened', () => {
  expect(parseRunOptions([])).toMatchObject({ allowedAddresses: [], serviceHosts: [] });
  expect(
    parseRunOptions([
      '--allow-address',
      '127.0.0.0/8',
      '--allow-address=::1',
      '--service-host',
      'operator.leads.svc',
    ]),
  ).toMatchObject({
    allowedAddresses: [{ bits: 8 }, { bits: 128 }],
    serviceHosts: ['operator.leads.svc'],
  });
});

it.each([
  ['127.0.0.1:0', '127.0.0.1', 0],
  ['[::1]:9090', '::1', 9090],
  [':8081', '0.0.0.0', 8081],
])('reads the address %s', (address, host, port) => {
  expect(parseRunOptions(['--http-address', address]).http).toEqual({ host, port });
  expect(parseRunOptions(['--health-address', address]).health).toEqual({ host, port });
});

it.each([
  ['0.0.0.0:0', '0.0.0.0', 0],
  ['[::1]:9090', '::1', 9090],
  [':9090', '127.0.0.1', 9090],
  ['[]:9090', '127.0.0.1', 9090],
])('opens live numbers to a network only where its address is written: %s', (address, host, port) => {
  expect(parseRunOptions(['--live-address', address]).live).toEqual({ host, port });
});

describe('says what would be right when it is given', () => {
  it.each([
    [['--http-address', '8080'], 'host:port'],
    [['--http-address', 'localhost:99999'], 'host:port'],
    [['--health-address', '8081'], '--health-address is "8081"; write host:port'],
    [['--concurrency', '0'], 'from 1 to 1000'],
    [['--concurrency', 'many'], 'from 1 to 1000'],
    [['--allow-hostname', '*.example.com'], '--allow-hostname is "*.example.com"; write a domain like'],
    [
      ['--allow-toleration', '*.x'],
      '--allow-toleration is "*.x"; write a name or a key, with a * at its end',
    ],
    [['--allow-priority-class', ''], '--allow-priority-class is ""'],
    [['--allow-ingress-annotation', 'a/*/b'], '--allow-ingress-annotation is "a/*/b"'],
    [['--allow-pod-annotation', 'a b'], '--allow-pod-annotation is "a b"'],
    [['--log-level', 'loud'], 'debug, info, warn, error'],
    [['--log-format', 'xml'], 'auto, json, pretty'],
    [
      ['--allow-address', '0.0.0.0/0'],
      '--allow-address is "0.0.0.0/0", which turns the check off; name the networks that you need, like 127.0.0.0/8',
    ],
    [['--allow-address', '::/0'], '--allow-address is "::/0", which turns the check off'],
    [['--allow-address=loopback'], '--allow-address is "loopback", which is not a network'],
    [['--namespaces', 'a'], 'unknown option "--namespaces"; did you mean --namespace?'],
    [['--context', 'a', '--context', 'b'], '--context is given twice, and takes one value; keep one'],
    [['--log-level', 'info', '--log-level=debug'], '--log-level is given twice'],
  ])('%j', (args, expected) => {
    expect(() => parseRunOptions(args)).toThrow(expected);
  });
});
