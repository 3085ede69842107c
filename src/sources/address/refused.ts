/**
 * Addresses that the operator never connects to for a LeadPlatform. Its author chooses hosts, and the operator's place in
 * the network is not theirs. Private networks are open, for that is where Services are.
 */
import { type Address, carriedBy, isIn, liesWithin, type Network, networks } from './ip.ts';

export type RefusedKind = 'metadata' | 'loopback' | 'unspecified' | 'link-local' | 'own';

/** Where clouds tell a node who it is, and give it credentials; some are outside of the link-local network. */
const METADATA = networks(
  // AWS, Google, Azure, Oracle, DigitalOcean, Hetzner, OpenStack; AWS for containers; Tencent; Scaleway.
  ...['169.254.169.0/24', '169.254.170.0/24', '169.254.0.23', '169.254.42.42'],
  // AWS and Google over IPv6, Alibaba, Azure, Oracle, Scaleway over IPv6.
  ...['fd00:ec2::/32', 'fd20:ce::254', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:42::42'],
);

/** What an allow-list may open, by kind. */
const OPENABLE: Readonly<Record<Exclude<RefusedKind, 'metadata' | 'own'>, readonly Network[]>> = {
  loopback: networks('127.0.0.0/8', '::1'),
  unspecified: networks('0.0.0.0/8', '::'),
  'link-local': networks('169.254.0.0/16', 'fe80::/10'),
};

/** Why nothing is connected to there; `undefined` where it may be. */
export function refusedKindOf(address: Address, own: readonly Address[]): RefusedKind | undefined {
  for (const one of [address, ...carriedBy(address)]) {
    const kind = kindOf(one, own);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

function kindOf(address: Address, own: readonly Address[]): RefusedKind | undefined {
  const isInAny = (some: readonly Network[]) => some.some((network) => isIn(network, address));
  if (isInAny(METADATA)) return 'metadata';
  for (const [kind, some] of Object.entries(OPENABLE))
    if (isInAny(some)) return kind as keyof typeof OPENABLE;
  return own.some((mine) => isIn({ address: mine, bits: 8 * mine.length }, address)) ? 'own' : undefined;
}

export const isMetadata = (network: Network): boolean =>
  METADATA.some((metadata) => liesWithin(network, metadata));

/** Whether all of it is refused for one reason, and may be opened. */
export const isOpenable = (network: Network): boolean =>
  Object.values(OPENABLE).some((some) => some.some((refused) => liesWithin(network, refused)));
