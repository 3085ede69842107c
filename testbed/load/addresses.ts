/** Where load may go: this machine, and clusters that are reached by private addresses. Never a stranger's server. */
import { BlockList, isIP } from 'node:net';

const near = new BlockList();
near.addSubnet('127.0.0.0', 8, 'ipv4');
near.addSubnet('10.0.0.0', 8, 'ipv4');
near.addSubnet('172.16.0.0', 12, 'ipv4');
near.addSubnet('192.168.0.0', 16, 'ipv4');
near.addAddress('::1', 'ipv6');
near.addSubnet('fc00::', 7, 'ipv6');

/** Names that only resolvers of a cluster, or of this machine, know. */
const NEAR_NAME = /^localhost$|\.svc$|\.svc\.cluster\.local$/;

export class FarAway extends Error {
  override readonly name = 'FarAway';
}

/** @throws FarAway where the URL leads to neither loopback, nor a private address, nor a Service. */
export function nearUrl(text: string): URL {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const isNear = family === 0 ? NEAR_NAME.test(host) : near.check(host, family === 4 ? 'ipv4' : 'ipv6');
  if (url.protocol !== 'http:' || !isNear) {
    throw new FarAway(
      `load goes to http:// on loopback, on private addresses and to Services (*.svc), not to ${url.origin}`,
    );
  }
  return url;
}
