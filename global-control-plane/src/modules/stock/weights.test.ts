import type { CellDescriptor } from '@commerce/contracts/cells';
import { describe, expect, test } from 'vitest';
import { weightsFor } from './weights.ts';

const cell = (
  id: string,
  jurisdiction: string,
  state: CellDescriptor['state'],
  weight: number,
): CellDescriptor => ({ id, jurisdiction, state, weight }) as unknown as CellDescriptor;

describe('I3: the share of a cell in the units that are free', () => {
  test('stays while it drains, since its shoppers go on buying there', () => {
    const cells = [
      cell('eu-de-1', 'eu', 'draining', 0),
      cell('eu-fr-1', 'eu', 'accepting', 2),
      cell('us-east-1', 'us', 'accepting', 1),
    ];
    const primaries = new Map([
      ['eu-de-1', 512],
      ['eu-fr-1', 512],
      ['us-east-1', 1_024],
    ]);
    expect(weightsFor(cells, ['eu', 'us'], undefined, primaries).get('eu-de-1')).toBe(1_500n);
    const alone = cells.map((one) => ({ ...one, state: 'draining' as const, weight: 0 }));
    expect([...weightsFor(alone, ['eu', 'us'], undefined, primaries).values()]).toEqual([
      1_000n,
      1_000n,
      1_000n,
    ]);
  });

  test('goes with its shoppers once they have all moved, also where it has drained', () => {
    const cells = [cell('eu-de-1', 'eu', 'draining', 0), cell('eu-fr-1', 'eu', 'accepting', 1)];
    const primaries = new Map([
      ['eu-de-1', 0],
      ['eu-fr-1', 1_024],
    ]);
    expect([...weightsFor(cells, ['eu'], undefined, primaries)]).toEqual([
      ['eu-de-1', 0n],
      ['eu-fr-1', 2_000n],
    ]);
  });

  test('is nothing in a cell that is retired, or that sells in none of the markets', () => {
    const cells = [cell('eu-de-1', 'eu', 'retired', 1), cell('us-east-1', 'us', 'accepting', 1)];
    expect([...weightsFor(cells, ['eu'], undefined).values()]).toEqual([0n, 0n]);
  });
});
