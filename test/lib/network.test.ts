import t from 'tap'
import { networkOf } from '../../src/lib/network.ts'

t.test('an IPv4 address counts by itself, however it is written', async t => {
  for (const address of [
    '192.0.2.9',
    '::ffff:192.0.2.9',
    '::FFFF:192.0.2.9',
    '::ffff:c000:209',
    '0:0:0:0:0:ffff:c000:0209',
  ])
    t.equal(networkOf(address), '192.0.2.9', address)
  t.not(networkOf('192.0.2.9'), networkOf('192.0.2.8'))
})

t.test('an IPv6 address counts by its network, however it is written', async t => {
  const same = [
    '2001:db8:1:2::1',
    '2001:DB8:1:2:ffff::9',
    '2001:0db8:0001:0002:0:0:0:0',
    '2001:db8:1:2:0:ffff:c000:209',
  ]
  for (const address of same) t.equal(networkOf(address), '2001:db8:1:2::/64', address)
  t.equal(networkOf('2001:db8:1:3::1', 48), networkOf('2001:db8:1:2::1', 48))
  t.not(networkOf('2001:db8:2::1', 48), networkOf('2001:db8:1::1', 48))
  t.equal(networkOf('::1'), '0:0:0:0::/64')
  t.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2'), 'a zone is no part of the address')
})

t.test('text that is no address counts by itself', async t => {
  for (const text of ['', 'unknown', '1.2.3', '::g']) t.equal(networkOf(text), text)
})
