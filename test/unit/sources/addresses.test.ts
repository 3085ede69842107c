import { expect, it } from 'vitest';
import { isForbidden } from '../../../src/sources/http/addresses.ts';

it.each([
  '169.254.169.254',
  '169.254.0.1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  'FD00:0EC2:0:0:0:0:0:254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::169.254.169.254',
  '64:ff9b::169.254.169.254',
  '2002:a9fe:a9fe::1',
  '100.100.100.200',
  '168.63.129.16',
])('never reads from %s', (address) => {
  expect(isForbidden(address)).toBe(true);
});

it.each([
  '10.0.0.1',
  '127.0.0.1',
  '::1',
  'fd00::1',
  '192.168.1.1',
  '8.8.8.8',
  '::ffff:10.0.0.1',
  'prometheus.svc',
  '',
])('may read from %s', (address) => {
  expect(isForbidden(address)).toBe(false);
});
