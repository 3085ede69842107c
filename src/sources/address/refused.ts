/**
 * Addresses that the operator never connects to for a LeadPlatform. Its author chooses hosts, and the operator's place in
 * the network is not theirs. Private networks are open, for that is where Services are.
 */
import { type Address, carriedBy, isIn, isOneAddress, liesWithin, type Network, networks } from './ip.ts';

export type RefusedKind = 'metadata' | 'listener' | 'loopback' | 'unspecified' | 'own' | 'link-local';

/** Nothing opens these. */
export type NeverOpened = Extract<RefusedKind, 'metadata' | 'listener'>;

/** Where clouds tell a node who it is, and give it credentials; some are outside of the link-local network. */
const METADATA = networks(
  // AWS, Google, Azure, Oracle, DigitalOcean, Hetzner, OpenStack; AWS for containers; Tencent; Scaleway.
  ...['169.254.169.0/24', '169.254.170.0/24', '169.254.0.23', '169.254.42.42'],
  // Alibaba, Azure, Oracle.
  ...['100.100.100.200', '168.63.129.16', '192.0.0.192'],
  // The same over IPv6: AWS, Google, Scaleway, Oracle, Linode, Alibaba, OpenStack.
  ...['fd00:ec2::/48', 'fd20:ce::254', 'fd00:42::42', 'fd00:c1::a9fe:a9fe', 'fd00:a9fe:a9fe::1'],
  ...['fd00:100::100:200', 'fe80::a9fe:a9fe'],
);

/** What an allow-list may open, by kind. */
const OPENABLE: Readonly<Record<'loopback' | 'unspecified' | 'link-local', readonly Network[]>> = {
  loopback: networks('127.0.0.0/8', '::1'),
  unspecified: networks('0.0.0.0/8', '::'),
  // The last is what AWS has over IPv6: its metadata services, and VPC Lattice (fd00:ec2:80::/64), where Services may be.
  'link-local': networks('169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32'),
};

export interface Surroundings {
  /** The addresses of this process, and of the Services in front of it. */
  readonly own: readonly Address[];
  /** Whether this process listens at the port that is connected to. */
  readonly isOwnPort: boolean;
  /** What is opened of what is refused. */
  readonly allowed: readonly Network[];
}

/**
 * Why nothing is connected to there; `undefined` where it may be. What an address carries inside is judged as the address is,
 * and each of them has to be opened: `fe80::5efe:7f00:1` by `fe80::/10` and `127.0.0.0/8`.
 */
export function refusedKindOf(address: Address, surroundings: Surroundings): RefusedKind | undefined {
  const { own, isOwnPort, allowed } = surroundings;
  const meant = [address, ...carriedBy(address)];
  // Before all others, for nothing opens them.
  if (meant.some((one) => isInAny(METADATA, one))) return 'metadata';
  if (isOwnPort && meant.some((one) => leadsHere(one, own))) return 'listener';
  for (const one of meant) {
    const kind = kindOf(one, own);
    const opens = (network: Network) => isIn(network, one) && (kind !== 'own' || isOneAddress(network));
    if (kind !== undefined && !allowed.some(opens)) return kind;
  }
  return undefined;
}

function kindOf(address: Address, own: readonly Address[]): Exclude<RefusedKind, NeverOpened> | undefined {
  if (isInAny(OPENABLE.loopback, address)) return 'loopback';
  if (isInAny(OPENABLE.unspecified, address)) return 'unspecified';
  if (isOneOf(own, address)) return 'own';
  return isInAny(OPENABLE['link-local'], address) ? 'link-local' : undefined;
}

const leadsHere = (address: Address, own: readonly Address[]): boolean =>
  isInAny(OPENABLE.loopback, address) || isInAny(OPENABLE.unspecified, address) || isOneOf(own, address);

const isInAny = (some: readonly Network[], address: Address): boolean =>
  some.some((network) => isIn(network, address));
const isOneOf = (some: readonly Address[], address: Address): boolean =>
  some.some((one) => isIn({ address: one, bits: 8 * one.length }, address));

/** Also one address that carries such a one. */
export const isMetadata = (network: Network): boolean =>
  METADATA.some((metadata) => liesWithin(network, metadata)) ||
  (isOneAddress(network) && carriedBy(network.address).some((one) => isInAny(METADATA, one)));

/** Whether all of it is refused for one reason, and may be opened. */
export const isOpenable = (network: Network): boolean =>
  Object.values(OPENABLE).some((some) => some.some((refused) => liesWithin(network, refused)));
