/**
 * Addresses that no signal may be read from: link-local ones, and where clouds keep the credentials of a node. A
 * resource's author chooses URLs, and the operator's place in the network is not theirs.
 */
import { BlockList, isIP } from 'node:net';

const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('fe80::', 10, 'ipv6');
// Metadata services outside the link-local range: AWS over IPv6, Google over IPv6, Alibaba, Azure, Oracle.
forbidden.addAddress('fd00:ec2::254', 'ipv6');
forbidden.addAddress('fd20:ce::254', 'ipv6');
forbidden.addAddress('100.100.100.200', 'ipv4');
forbidden.addAddress('168.63.129.16', 'ipv4');
forbidden.addAddress('192.0.0.192', 'ipv4');

/** Ways to write an IPv4 address as IPv6, after which its last 32 bits stand: mapped, compatible, NAT64, 6to4. */
const NAT64 = /^(?:::ffff:(?:0:)?|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const SIX_TO_FOUR = /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/;

/** @param address An IP address, without brackets. What is none is not forbidden: it will be resolved, and asked again. */
export function isForbidden(address: string): boolean {
  const bare = address.split('%', 1)[0] ?? '';
  const family = isIP(bare);
  if (family === 0) return false;
  if (family === 4) return forbidden.check(bare, 'ipv4');
  const inner = embeddedV4(bare);
  return forbidden.check(bare, 'ipv6') || (inner !== undefined && forbidden.check(inner, 'ipv4'));
}

function embeddedV4(address: string): string | undefined {
  // The URL parser writes every form the same way.
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = NAT64.exec(normal) ?? SIX_TO_FOUR.exec(normal) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((half) => [half >> 8, half & 0xff]).join('.');
}
