import type { CellId } from '@commerce/contracts/ids';
import type { PlacementTable } from '@commerce/contracts/placements';
import { describe, expect, it } from 'vitest';
import { refuseTable } from './table-rules.ts';
import { descriptorOf, tableOf } from './testing-fleet.ts';

const cells = new Map(
  ['eu-de-1', 'eu-fr-1', 'us-east-1'].map((id) => [
    id as CellId,
    { cell: descriptorOf(id, 'http://127.0.0.1:1') },
  ]),
);
const held = tableOf('eu', ['eu-de-1', 'eu-fr-1'], { version: 4, epoch: 7 });

/** The held table's successor, with one slot changed. */
function next(slot: number, change: Partial<PlacementTable['placements'][number]>): PlacementTable {
  return {
    ...held,
    version: 5,
    placements: held.placements.map((placement, index) =>
      index === slot ? { ...placement, ...change } : placement,
    ),
  };
}

describe('a table', () => {
  it('is used where nothing is held, and where it is newer', () => {
    expect(refuseTable(held, undefined, cells)).toBeUndefined();
    expect(refuseTable(next(9, { epoch: 8 }), held, cells)).toBeUndefined();
  });

  it('of the same version or an older one is refused', () => {
    expect(refuseTable(held, held, cells)).toMatchObject({ reason: 'older-version', realm: 'eu' });
  });

  it('in which one partition goes back to an earlier epoch is refused, and named', () => {
    expect(refuseTable(next(31, { epoch: 6 }), held, cells)).toEqual({
      reason: 'older-epoch',
      realm: 'eu',
      detail: 'eu-01f: epoch 6 came, 7 is held',
    });
  });

  it.each(['primary', 'standby'] as const)(
    'that puts the %s of one partition into another legal area is refused',
    (role) => {
      const refused = refuseTable(next(9, { [role]: 'us-east-1' as CellId }), held, cells);
      expect(refused).toMatchObject({ reason: 'jurisdiction', realm: 'eu' });
      expect(refused?.detail).toContain('us-east-1 (us)');
    },
  );

  it('that names a cell which is not known yet is used: cells are read beside it', () => {
    expect(refuseTable(next(9, { primary: 'eu-nl-1' as CellId }), held, cells)).toBeUndefined();
  });
});
