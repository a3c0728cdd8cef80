import { BlockList, isIP } from 'node:net';

/** Tells whether a peer's word on client address, country and protocol is believed. */
export interface TrustedPeers {
  /** @param address of the socket's other end, as Node gives it (`::ffff:` forms included) */
  includes(address: string | undefined): boolean;
  /** The addresses and networks that it was made of. */
  readonly networks: readonly string[];
}

/** Peers are few (proxies, load balancers); strangers' addresses must not grow the memory. */
const REMEMBERED_MAX = 4_096;

/**
 * Makes the set of trusted peers from addresses and networks such as `10.0.0.0/8` or `::1`.
 * @throws RangeError that names the entry which is neither
 */
export function createTrustedPeers(networks: readonly string[]): TrustedPeers {
  const list = new BlockList();
  const texts = networks.map((network) => network.trim()).filter((text) => text !== '');
  for (const text of texts) addNetwork(list, text);
  const remembered = new Map<string, boolean>();
  return Object.freeze({
    networks: texts,
    includes(address: string | undefined): boolean {
      if (address === undefined) return false;
      const known = remembered.get(address);
      if (known !== undefined) return known;
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
      const trusted = list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
      remembered.set(address, trusted);
      return trusted;
    },
  });
}

function addNetwork(list: BlockList, text: string): void {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const bitsMax = version === 6 ? 128 : 32;
  if (version === 0 || rest.length > 0) throw new RangeError(`${text} is no address or network`);
  if (prefix === undefined) {
    list.addAddress(address, family);
    return;
  }
  const bits = Number(prefix);
  if (!/^\d{1,3}$/.test(prefix) || bits > bitsMax) {
    throw new RangeError(`${text} has no prefix of 0 … ${bitsMax}`);
  }
  list.addSubnet(address, bits, family);
}
