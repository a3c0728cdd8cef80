import { StartupFault } from '@commerce/service/part';
import { describe, expect, it } from 'vitest';
import { createRouterPool, dealHand } from './router-pools.ts';

const members = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8'];
const hosts = Array.from({ length: 2_000 }, (_, index) => `shop-${index}.example`);

describe('a pool of routers', () => {
  it('gives each host its hand, the same on every router', () => {
    const pools = members.map((name) =>
      createRouterPool({ name, members: members.toReversed(), handSize: 2 }),
    );
    for (const host of hosts) {
      const hand = dealHand(host, members, 2);
      expect(new Set(hand).size).toBe(2);
      expect(
        pools
          .filter((pool) => pool.serves(host))
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...hand].sort());
    }
  });

  it('loads the routers alike, and few hosts share both of theirs', () => {
    const load = new Map<string, number>();
    const hands = new Map<string, number>();
    for (const host of hosts) {
      const hand = [...dealHand(host, members, 2)].sort();
      for (const member of hand) load.set(member, (load.get(member) ?? 0) + 1);
      hands.set(hand.join(), (hands.get(hand.join()) ?? 0) + 1);
    }
    // 500 on average.
    expect(Math.min(...load.values())).toBeGreaterThan(400);
    expect(Math.max(...load.values())).toBeLessThan(600);
    // 28 hands of two; an outage of one takes every 28th host, not every fourth.
    expect(hands.size).toBe(28);
    expect(Math.max(...hands.values())).toBeLessThan(120);
  });

  it('changes only the hands that a leaving router was in', () => {
    const left = members.filter((member) => member !== 'r3');
    for (const host of hosts) {
      const before = dealHand(host, members, 2);
      if (!before.includes('r3')) expect(dealHand(host, left, 2)).toEqual(before);
    }
  });

  it('is refused where it makes no sense', () => {
    expect(() => createRouterPool({ name: 'r9', members, handSize: 2 })).toThrow(StartupFault);
    expect(() => createRouterPool({ name: 'r1', members, handSize: 9 })).toThrow(StartupFault);
  });
});
