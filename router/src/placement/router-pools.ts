import { StartupFault } from '@commerce/service/part';
import { scoreOf } from './hashing.ts';

/**
 * Shuffle sharding: each host is served by a few routers of the pool, a hand that is dealt by the
 * host's name. Two hosts seldom have the same hand, so what overwhelms the routers of one shop leaves
 * every other shop at least one that it does not share.
 */
export interface RouterPool {
  /** Name of this router, one of the members. */
  readonly name: string;
  readonly members: readonly string[];
  /** Routers that serve one host. */
  readonly handSize: number;
  /** The routers of a host, in the order in which clients should try them. */
  handOf(host: string): readonly string[];
  /** Whether this router is one of them. */
  serves(host: string): boolean;
}

/** Hosts whose hand is remembered; any text may come as a host. */
const REMEMBERED_MAX = 10_000;

/**
 * Makes the pool.
 * @throws StartupFault where the router is no member, or there are fewer members than a hand holds
 */
export function createRouterPool(options: {
  readonly name: string;
  readonly members: readonly string[];
  readonly handSize: number;
}): RouterPool {
  const { name, handSize } = options;
  const members = [...new Set(options.members)].sort();
  if (!members.includes(name)) {
    throw new StartupFault(
      `The router ${name} is none of the pool: ${members.join(', ')}.`,
      'Give ROUTER_NAME one of the names in ROUTER_POOL.',
    );
  }
  if (handSize < 1 || handSize > members.length) {
    throw new StartupFault(
      `A host can't have ${handSize} of ${members.length} routers.`,
      'Give ROUTER_POOL_HAND a number between 1 and the number of names in ROUTER_POOL.',
    );
  }
  const remembered = new Map<string, readonly string[]>();
  const handOf = (host: string): readonly string[] => {
    let hand = remembered.get(host);
    if (hand === undefined) {
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      hand = dealHand(host, members, handSize);
      remembered.set(host, hand);
    }
    return hand;
  };
  return Object.freeze({
    name,
    members,
    handSize,
    handOf,
    serves: (host: string) => handOf(host).includes(name),
  });
}

/**
 * The members of the highest scores for a host. By rendezvous: a router that joins or leaves the pool
 * changes the hands that it enters or was in, and no other.
 */
export function dealHand(
  host: string,
  members: readonly string[],
  handSize: number,
): readonly string[] {
  const scored = members.map((member) => ({ member, score: scoreOf(host, member) }));
  scored.sort((a, b) => b.score - a.score || (a.member < b.member ? -1 : 1));
  return Object.freeze(scored.slice(0, handSize).map(({ member }) => member));
}
