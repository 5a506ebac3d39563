import { expect, it } from 'vitest';
import { isLoopbackAddress, isPublicAddress, parseAddress } from './address.ts';

const PUBLIC = [
  '1.1.1.1',
  '11.0.0.1',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '198.17.255.255',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2001:200::1',
  '::ffff:1.1.1.1',
  '::ffff:101:101',
  '64:ff9b::1.1.1.1',
];

const NOT_PUBLIC = [
  // This network, private, shared, loopback, link-local with the clouds' metadata.
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '100.100.100.200'],
  ...['127.0.0.1', '127.255.0.1', '169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  // Protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved, broadcast.
  ...['192.0.0.192', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.7'],
  ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  // Unspecified, loopback, private, link-local, site-local, multicast, discard.
  ...['::', '::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1', '100::1', '4000::1', '5f00::1'],
  // Documentation, Teredo, ORCHID, 6to4 around 10.0.0.1.
  ...['2001:db8::1', '2001::1', '2001:20::1', '2002:a00:1::', '3fff::1'],
  // IPv4 in IPv6: mapped in both spellings, translated, compatible, and the local translation prefix.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:169.254.169.254', '::FFFF:10.0.0.1', '0:0:0:0:0:ffff:a00:1'],
  ...['64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '::10.0.0.1', '::1.1.1.1', '64:ff9b:1::1.1.1.1'],
];

const NO_ADDRESS = [
  ...['', 'localhost', '1.1.1', '1.1.1.1.1', '1.1.1.256', '01.1.1.1', '0x7f.0.0.1', '2130706433', '127.1', '1.1.1.1 '],
  ...['fe80::1%eth0', '[::1]', '1::2::3', ':::', ':1', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', '1.1.1.1::'],
  ...['::1.1.1.1:2', '::g', `${'0:'.repeat(40)}1`],
];

it('knows what is on the public Internet and what is not', () => {
  expect(PUBLIC.filter((address) => !isPublicAddress(address))).toEqual([]);
  expect(NOT_PUBLIC.filter(isPublicAddress)).toEqual([]);
  expect(NOT_PUBLIC.filter((address) => parseAddress(address) === undefined)).toEqual([]);
});

it('takes nothing for an address that is not plainly one', () => {
  expect(NO_ADDRESS.filter((text) => parseAddress(text) !== undefined)).toEqual([]);
  expect(NO_ADDRESS.filter(isPublicAddress)).toEqual([]);
});

it('knows loopback however it is written', () => {
  const loopback = ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'];
  expect(loopback.filter((address) => !isLoopbackAddress(address))).toEqual([]);
  expect(['::', '::2', '126.0.0.1', '10.0.0.1', 'localhost', ''].filter(isLoopbackAddress)).toEqual([]);
});
