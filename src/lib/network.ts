import { isIPv6 } from 'node:net'

/** Number of leading bits of an IPv6 address: a subscriber has all addresses of a /64, and often all networks of a /48. */
type PrefixLength = 48 | 64

/**
 * Returns the network that an address is counted by: an IPv4 address itself, also in its IPv6-mapped form; the first bits of an
 * IPv6 address. Text that is no address is returned unchanged.
 */
export function networkOf(address: string, prefixLength: PrefixLength = 64): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  const isMapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  if (isMapped)
    return groups
      .slice(6)
      .flatMap(group => [group >> 8, group & 0xff])
      .join('.')
  const network = groups.slice(0, prefixLength / 16).map(group => group.toString(16))
  return `${network.join(':')}::/${prefixLength}`
}

/** Returns the eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser writes an IPv4 part as groups; it takes no zone such as %eth0.
  const text = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = text.split('::').map(part => part.split(':').filter(Boolean))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map(group => Number.parseInt(group, 16))
}
