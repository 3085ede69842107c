import { expect, it } from 'vitest';
import { addressOf, networks } from '../../../../src/sources/address/ip.ts';
import { refusedKindOf, type Surroundings } from '../../../../src/sources/address/refused.ts';

const OWN = ['10.4.0.17', 'fd12:3456::17'].map((text) => addressOf(text) ?? []);

function kindOf(text: string, more: Partial<Surroundings> = {}): string | undefined {
  const address = addressOf(text);
  if (address === undefined) throw new Error(`${text} is not an address`);
  return refusedKindOf(address, { own: OWN, isOwnPort: false, allowed: [], ...more });
}

it.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['169.254.0.1', 'link-local'],
  // VPC Lattice, whose names lead to both.
  ['169.254.171.32', 'link-local'],
  ['fd00:ec2:80::a9fe:ab20', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['169.254.170.2', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['fd00:ec2::23', 'metadata'],
  ['fd00:ec2:0:1::254', 'metadata'],
  ['FD00:0EC2:0:0:0:0:0:254', 'metadata'],
  ['fd20:ce::254', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['192.0.0.192', 'metadata'],
  // Oracle, Linode, Alibaba, OpenStack.
  ['fd00:c1::a9fe:a9fe', 'metadata'],
  ['fd00:a9fe:a9fe::1', 'metadata'],
  ['fd00:100::100:200', 'metadata'],
  ['fe80::a9fe:a9fe', 'metadata'],
  ['fe80::a9fe:a9fe%eth0', 'metadata'],
  ['10.4.0.17', 'own'],
  ['fd12:3456::17', 'own'],
])('%s is refused: %s', (address, kind) => {
  expect(kindOf(address)).toBe(kind);
});

it.each([
  ['mapped', '::ffff:127.0.0.1', 'loopback'],
  ['mapped', '::ffff:a9fe:a9fe', 'metadata'],
  ['mapped', '::ffff:10.4.0.17', 'own'],
  ['compatible', '::169.254.169.254', 'metadata'],
  ['translated', '::ffff:0:127.0.0.1', 'loopback'],
  ['NAT64', '64:ff9b::169.254.169.254', 'metadata'],
  ['NAT64', '64:ff9b::127.0.0.1', 'loopback'],
  ['NAT64', '64:ff9b::10.4.0.17', 'own'],
  ['NAT64 of a site, 96 bits', '64:ff9b:1:abcd::7f00:1', 'loopback'],
  ['NAT64 of a site, 64 bits', '64:ff9b:1:abcd:7f:0:100:0', 'loopback'],
  ['NAT64 of a site, 56 bits', '64:ff9b:1:ab7f:0:1::', 'loopback'],
  ['NAT64 of a site, 48 bits', '64:ff9b:1:a9fe:a9:fe00::', 'metadata'],
  ['Teredo, its server', '2001:0:7f00:1::', 'loopback'],
  ['Teredo, its client', '2001:0:808:808:0:0:80ff:fffe', 'loopback'],
  ['6to4', '2002:a9fe:a9fe::1', 'metadata'],
  ['6to4', '2002:7f00:1::', 'loopback'],
  ['ISATAP', '2001:db8::5efe:127.0.0.1', 'loopback'],
  ['ISATAP, of a global address', '2001:db8::200:5efe:169.254.169.254', 'metadata'],
  ['ISATAP, of a link-local address', 'fe80::5efe:169.254.169.254', 'metadata'],
  ['ISATAP, of a link-local address', 'fe80::5efe:127.0.0.1', 'link-local'],
])('an IPv4 address inside of an IPv6 address is seen (%s): %s', (_how, address, kind) => {
  expect(kindOf(address)).toBe(kind);
});

it.each([
  '10.0.0.1',
  '10.4.0.18',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '8.8.8.8',
  '128.0.0.1',
  '126.255.255.255',
  '169.253.255.255',
  '1.0.0.0',
  'fd00::1',
  'fd00:ec3::1',
  'fec0::1',
  '2001:db8::1',
  '::ffff:10.0.0.1',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::808:808',
  '64:ff9b:1:808:8:800::',
  '2002:808:808::1',
])('%s may be connected to', (address) => {
  expect(kindOf(address)).toBeUndefined();
});

it.each<[string, string[], string | undefined]>([
  ['127.0.0.1', ['127.0.0.0/8'], undefined],
  ['fe80::1', ['fe80::/10'], undefined],
  ['169.254.171.32', ['169.254.171.0/24'], undefined],
  ['fd00:ec2:80::a9fe:ab20', ['fd00:ec2:80::/64'], undefined],
  ['::1', ['::1'], undefined],
  ['::', ['::'], undefined],
  ['fd12:3456::17', ['fd12:3456::17'], undefined],
  // An address of its own is opened by itself, and not by the way.
  ['169.254.7.7', ['169.254.0.0/16'], 'own'],
  ['169.254.7.7', ['169.254.7.7'], undefined],
  // What it carries has to be opened as well.
  ['fe80::5efe:127.0.0.1', ['fe80::/10'], 'loopback'],
  ['fe80::5efe:127.0.0.1', ['fe80::/10', '127.0.0.0/8'], undefined],
  ['fe80::5efe:10.4.0.17', ['fe80::/10'], 'own'],
  ['64:ff9b::127.0.0.1', ['127.0.0.0/8'], undefined],
  // And nothing opens a metadata service, whatever carries it.
  ['169.254.169.254', ['169.254.0.0/16'], 'metadata'],
  ['fe80::a9fe:a9fe', ['fe80::/10'], 'metadata'],
  ['fd00:ec2::254', ['fd00:ec2::/32'], 'metadata'],
  ['fe80::5efe:169.254.169.254', ['fe80::/10', '169.254.0.0/16'], 'metadata'],
])('%s where %j is opened: %s', (address, allowed, kind) => {
  const own = [...OWN, [169, 254, 7, 7]];
  expect(kindOf(address, { own, allowed: networks(...allowed) })).toBe(kind);
});

it.each([
  ...['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '10.4.0.17', 'fd12:3456::17'],
  ...['::ffff:127.0.0.1', '64:ff9b::10.4.0.17', '64:ff9b:1::7f00:1', 'fe80::5efe:127.0.0.1'],
])('a port of the operator is not opened by anything: %s', (address) => {
  const allowed = networks(
    '127.0.0.0/8',
    '::1',
    '0.0.0.0/8',
    '::',
    'fe80::/10',
    '10.4.0.17',
    'fd12:3456::17',
  );
  expect(kindOf(address, { allowed })).toBeUndefined();
  expect(kindOf(address, { allowed, isOwnPort: true })).toBe('listener');
});

it('the same port elsewhere is no port of the operator', () => {
  expect(kindOf('10.4.0.18', { isOwnPort: true })).toBeUndefined();
});
