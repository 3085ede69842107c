/** IP addresses and networks as bytes, and the IPv4 addresses that an IPv6 address may carry inside. */
import { isIP } from 'node:net';

/** Four bytes or sixteen. */
export type Address = readonly number[];

/** The addresses that begin with the first `bits` of `address`. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/**
 * The bytes of an address as a resolver gives it; `undefined` for a name. A mapped one (`::ffff:10.0.0.1`) is the IPv4
 * address that the kernel connects to. A zone (`%eth0`) says which interface, and is left out.
 */
export function addressOf(text: string): Address | undefined {
  const bare = text.split('%', 1)[0] ?? '';
  switch (isIP(bare)) {
    case 4:
      return bare.split('.').map(Number);
    case 6:
      return unmapped(bytesOfV6(bare));
    default:
      return undefined;
  }
}

function bytesOfV6(text: string): Address {
  const [before = '', after = ''] = text.split('::');
  const [head, tail] = [bytesOfGroups(before), bytesOfGroups(after)];
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

/** Of `64:ff9b`, or of `ffff:10.0.0.1`, whose end is written as IPv4. */
function bytesOfGroups(groups: string): Address {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const unmapped = (address: Address): Address => (isIn(MAPPED, address) ? address.slice(12) : address);

export function isIn({ address: start, bits }: Network, address: Address): boolean {
  if (start.length !== address.length) return false;
  return start.every((byte, index) => {
    const mask = maskOf(bits - 8 * index);
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });
}

/** Of one byte, of which so many bits count. */
const maskOf = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff);

/** Whether every address of the one is in the other. */
export const liesWithin = (inner: Network, outer: Network): boolean =>
  inner.bits >= outer.bits && isIn(outer, inner.address);

export const isOneAddress = ({ address, bits }: Network): boolean => bits === 8 * address.length;

/** A network of which no bit beyond its prefix is set. */
export const isWhole = ({ address, bits }: Network): boolean =>
  address.every((byte, index) => (byte & ~maskOf(bits - 8 * index) & 0xff) === 0);

/** `10.0.0.0/8`, or an address, which is a network of one. `undefined` where it is neither. */
export function networkOf(text: string): Network | undefined {
  const [, written = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(written);
  if (family === 0) return undefined;
  const address = family === 4 ? addressOf(written) : bytesOfV6(written);
  if (address === undefined) return undefined;
  const bits = prefix === undefined ? 8 * address.length : Number(prefix);
  return bits > 8 * address.length ? undefined : { address, bits };
}

/** For networks that are written here. */
export function networks(...texts: readonly string[]): readonly Network[] {
  return texts.map((text) => {
    const network = networkOf(text);
    if (network === undefined) throw new TypeError(`${text} is not a network`);
    return network;
  });
}

/** `::ffff:0:0/96`. Made by hand: it is needed to read any other. */
export const MAPPED: Network = {
  address: [...Array.from({ length: 10 }, () => 0), 255, 255, 0, 0, 0, 0],
  bits: 96,
};

const LAST = [12, 13, 14, 15] as const;

/**
 * Where IPv6 addresses carry an IPv4 address that a translator or a tunnel sends to:
 *
 * | network              | what                        | bytes                                                          |
 * |----------------------|-----------------------------|----------------------------------------------------------------|
 * | `::/96`              | compatible (RFC 4291)       | the last four                                                  |
 * | `::ffff:0:0:0/96`    | translated (RFC 2765)       | the last four                                                  |
 * | `64:ff9b::/96`       | NAT64 (RFC 6052)            | the last four                                                  |
 * | `64:ff9b:1::/48`     | NAT64 of a site (RFC 8215)  | by the prefix that the site took: 48, 56, 64 or 96 bits        |
 * | `2001::/32`          | Teredo (RFC 4380)           | its server; and its client in the last four, each bit inverted |
 * | `2002::/16`          | 6to4 (RFC 3056)             | the four behind the prefix                                     |
 *
 * ISATAP (RFC 5214) has no prefix of its own: the last four bytes behind `0:5efe` or `200:5efe`.
 */
const CARRIERS: readonly { readonly network: Network; readonly at: readonly (readonly number[])[] }[] = [
  ...networks('::/96', '::ffff:0:0:0/96', '64:ff9b::/96').map((network) => ({ network, at: [LAST] })),
  ...networks('64:ff9b:1::/48').map((network) => ({
    network,
    // The byte at 8 is none of the address, whatever the prefix.
    at: [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], LAST],
  })),
  ...networks('2001::/32').map((network) => ({ network, at: [[4, 5, 6, 7]] })),
  ...networks('2002::/16').map((network) => ({ network, at: [[2, 3, 4, 5]] })),
];
/** Within `::/96`, and no address of IPv4: unspecified, and loopback. */
const ITSELF = networks('::', '::1');
const [TEREDO] = networks('2001::/32');
const ISATAP = [
  [0x00, 0x00, 0x5e, 0xfe],
  [0x02, 0x00, 0x5e, 0xfe],
] as const;

/** The IPv4 addresses inside of an IPv6 address: none, one, or each that it may stand for. */
export function carriedBy(address: Address): readonly Address[] {
  if (address.length !== 16 || ITSELF.some((one) => isIn(one, address))) return [];
  const taken = (positions: readonly number[]) => positions.map((position) => address[position] ?? 0);
  const last = taken(LAST);
  return [
    ...CARRIERS.filter(({ network }) => isIn(network, address)).flatMap(({ at }) =>
      // Where one of several holds, the others are mostly zeros.
      at.map(taken).filter((carried) => at.length === 1 || carried[0] !== 0),
    ),
    ...(TEREDO !== undefined && isIn(TEREDO, address) ? [last.map((byte) => byte ^ 0xff)] : []),
    ...(ISATAP.some((mark) => mark.every((byte, index) => address[8 + index] === byte)) ? [last] : []),
  ];
}
