/**
 * Names of the cluster, for an operator that runs in the test's own process: where it asks for the server behind a Service,
 * as a pod would, it comes to one that the test runs. The ports are those of the Service, at an address of this machine that
 * nobody else has.
 */
import { randomInt } from 'node:crypto';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { startTcpProxy } from '../runtime/tcp-proxy.ts';

interface Lead {
  /** Like `brain-rabbitmq.leads`. */
  readonly name: string;
  readonly port: number;
  readonly to: { readonly host: string; readonly port: number };
}

/** Back when the names lead there. What it returns takes them away again. */
export async function leadNames(leads: readonly Lead[]): Promise<() => Promise<void>> {
  const addresses = new Map<string, string>();
  const stops: (() => Promise<void>)[] = [];
  for (const { name, port, to } of leads) {
    // All of 127.0.0.0/8 is this machine.
    const host = addresses.get(name) ?? `127.${randomInt(1, 250)}.${randomInt(1, 250)}.${randomInt(1, 250)}`;
    addresses.set(name, host);
    stops.push((await startTcpProxy(to.host, to.port, { host, port })).stop);
  }
  const { lookup } = dns;
  const led = (name: string, ...rest: unknown[]) =>
    Reflect.apply(lookup, dns, [addresses.get(name) ?? name, ...rest]) as void;
  dns.lookup = Object.assign(led, lookup) as typeof lookup;
  syncBuiltinESMExports();
  return async () => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
    for (const stop of stops) await stop();
  };
}
