import { expect, it } from 'vitest';
import { allowance, InvalidAllowance } from '../../../../src/sources/address/allow-list.ts';

it.each([
  ['127.0.0.0/8', [127, 0, 0, 0], 8],
  ['127.0.0.1', [127, 0, 0, 1], 32],
  ['127.0.0.1/32', [127, 0, 0, 1], 32],
  ['169.254.20.0/24', [169, 254, 20, 0], 24],
  ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128],
  ['fd00:ec2:80::/64', [0xfd, 0, 0x0e, 0xc2, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 64],
  ['fe80::/10', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10],
  // One of the operator's own, which only its network knows.
  ['10.4.0.17', [10, 4, 0, 17], 32],
])('%s can be opened', (text, address, bits) => {
  expect(allowance(text)).toEqual({ address, bits });
});

it.each([
  ['0.0.0.0/0', 'turns the check off'],
  ['::/0', 'turns the check off'],
  ['0.0.0.0/1', 'is open already, or wider than what is refused there'],
  ['126.0.0.0/7', 'is open already, or wider than what is refused there'],
  ['10.0.0.0/8', 'is open already, or wider than what is refused there'],
  ['fd00:ec3::/32', 'is open already, or wider than what is refused there'],
  ['fc00::/7', 'is open already, or wider than what is refused there'],
  ['127.0.0.1/8', 'has bits beyond the first 8'],
  ['::1/64', 'has bits beyond the first 64'],
  ['::ffff:127.0.0.0/104', 'is an IPv4 network; write it as one'],
  ['169.254.169.254', 'is where a cloud keeps the credentials of a node'],
  ['169.254.169.0/24', 'is where a cloud keeps the credentials of a node'],
  ['fd00:ec2::/64', 'is where a cloud keeps the credentials of a node'],
  ['fd00:c1::a9fe:a9fe', 'is where a cloud keeps the credentials of a node'],
  ['fe80::a9fe:a9fe', 'is where a cloud keeps the credentials of a node'],
  // What carries one is one.
  ['64:ff9b::169.254.169.254', 'is where a cloud keeps the credentials of a node'],
  ['fe80::5efe:169.254.169.254', 'is where a cloud keeps the credentials of a node'],
  ['localhost', 'is not a network; write one like 127.0.0.0/8'],
  ['127.0.0.0/33', 'is not a network'],
  ['127.0.0/8', 'is not a network'],
  ['::1%lo', 'is not a network'],
  ['', 'is not a network'],
])('%j cannot: it %s', (text, expected) => {
  expect(() => allowance(text)).toThrow(InvalidAllowance);
  expect(() => allowance(text)).toThrow(expected);
});
