import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellId, type Realm, SLOTS_PER_REALM } from './ids.ts';
import {
  decodePlacements,
  type EncodedPlacementTable,
  encodePlacements,
  type Placement,
  type PlacementCut,
} from './placements.ts';

const realm = 'eu' as Realm;
const cellArb = fc.constantFrom('eu-de-1', 'eu-fr-1', 'eu-nl-1') as fc.Arbitrary<CellId>;
const cutArb: fc.Arbitrary<PlacementCut> = fc.record({
  plan: fc.constantFrom('evac_a', 'evac_b', 'evac_c'),
  mode: fc.constantFrom('planned' as const, 'emergency' as const),
  version: fc.bigInt(0n, 999_999_999_999_999_999n),
  chain: fc.stringMatching(/^[0-9a-f]{16}$/),
});
const placementArb: fc.Arbitrary<Placement> = fc
  .record({
    primary: cellArb,
    standby: fc.option(cellArb, { nil: undefined }),
    epoch: fc.integer({ min: 1, max: 1_000_000 }),
    cut: fc.option(cutArb, { nil: undefined }),
  })
  .map(({ cut, ...placed }) => (cut === undefined ? placed : { ...placed, cut }));

function tableOf(some: readonly Placement[]) {
  const placements = Array.from(
    { length: SLOTS_PER_REALM },
    (_, slot) => some[slot % some.length] as Placement,
  );
  return { realm, version: 7, placements };
}

describe('the wire form of placements', () => {
  it('gives back every table, with and without cuts', () => {
    fc.assert(
      fc.property(fc.array(placementArb, { minLength: 1, maxLength: 40 }), (some) => {
        const table = tableOf(some);
        expect(decodePlacements(encodePlacements(table))).toEqual(table);
      }),
      { numRuns: 50 },
    );
  });

  it('reads what was written before there were cuts', () => {
    const slots = Array.from({ length: SLOTS_PER_REALM }, () => '0,-1,3').join(';');
    const old: EncodedPlacementTable = { realm, version: 2, cells: ['eu-de-1'], slots };
    expect(decodePlacements(old).placements[9]).toEqual({
      primary: 'eu-de-1',
      standby: undefined,
      epoch: 3,
    });
  });

  it.each([
    ['a cell that is not named', '4,-1,3'],
    ['no epoch', '0,-1'],
    ['epoch zero', '0,-1,0'],
    ['a cut by a plan that is not named', '0,-1,3,2,p,17,0123456789abcdef'],
    ['a cut of an unknown mode', '0,-1,3,0,x,17,0123456789abcdef'],
    ['a cut without a chain', '0,-1,3,0,p,17'],
    ['a cut at a version that is no number', '0,-1,3,0,p,1x,0123456789abcdef'],
  ])('refuses %s', (_, slot) => {
    const slots = Array.from({ length: SLOTS_PER_REALM }, () => slot).join(';');
    const damaged = { realm, version: 2, cells: ['eu-de-1'], plans: ['evac_a'], slots };
    expect(() => decodePlacements(damaged)).toThrow(/damaged at slot 0/);
  });

  it('stays far below the limit of one item of the directory with a cut in every slot', () => {
    const cut: PlacementCut = {
      plan: 'evac_a',
      mode: 'planned',
      version: 99_999_999n,
      chain: '0123456789abcdef',
    };
    const table = tableOf([
      { primary: 'eu-de-1' as CellId, standby: 'eu-fr-1' as CellId, epoch: 9_999, cut },
    ]);
    expect(JSON.stringify(encodePlacements(table)).length).toBeLessThan(60_000);
  });
});
