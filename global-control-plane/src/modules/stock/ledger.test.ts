import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeOnHand,
  countedUnits,
  grantByWeight,
  heldBy,
  type Ledger,
  newLedger,
  rebalance,
  type ReportedFigures,
  takeReport,
  type Weights,
} from './ledger.ts';

const CELLS = ['eu-de-1', 'eu-fr-1', 'us-east-1'] as const;
const weigh = (...weights: number[]): Weights =>
  new Map(CELLS.map((cell, index) => [cell, BigInt(weights[index] ?? 0)]));

/** A cell as the contract describes it: it takes in totals and says what it has. */
interface Cell {
  received: bigint;
  returned: bigint;
  recalled: bigint;
  reserved: bigint;
  committed: bigint;
  version: bigint;
}
const newCell = (): Cell => ({
  received: 0n,
  returned: 0n,
  recalled: 0n,
  reserved: 0n,
  committed: 0n,
  version: 0n,
});
const availableIn = (cell: Cell): bigint =>
  cell.received - cell.returned - cell.reserved - cell.committed;

function deliver(cell: Cell, grant: { granted: bigint; recalled: bigint }): void {
  if (grant.granted > cell.received) cell.received = grant.granted;
  if (grant.recalled > cell.recalled) cell.recalled = grant.recalled;
  giveBack(cell);
}

function giveBack(cell: Cell): void {
  const asked = cell.recalled > cell.returned ? cell.recalled - cell.returned : 0n;
  const free = availableIn(cell);
  cell.returned += asked < free ? asked : free;
}

function speak(cell: Cell): ReportedFigures {
  cell.version += 1n;
  return {
    receivedTotal: cell.received,
    returnedTotal: cell.returned,
    available: availableIn(cell),
    reserved: cell.reserved,
    committed: cell.committed,
    version: cell.version,
    ...STAYING,
  };
}

/** Of a cell to and from which no partition moves. */
const STAYING = {
  openingTotal: 0n,
  movedInTotal: 0n,
  movedOutTotal: 0n,
  shippedTotal: 0n,
  generation: 1n,
} as const;

function assertInvariant(ledger: Ledger, cells: ReadonlyMap<string, Cell>): void {
  const granted = [...ledger.allotments.values()].reduce((sum, one) => sum + heldBy(one), 0n);
  expect(ledger.unallotted + granted).toBe(ledger.onHand);
  expect(ledger.unallotted >= 0n && ledger.pendingReduction >= 0n).toBe(true);
  expect(countedUnits(ledger) >= 0n).toBe(true);
  for (const { grantedTotal, recalledTotal } of ledger.allotments.values()) {
    expect(recalledTotal <= grantedTotal).toBe(true);
  }
  for (const [name, cell] of cells) {
    const allotment = ledger.allotments.get(name);
    // What a cell can sell was granted to it: no message makes a unit.
    expect(cell.received <= (allotment?.grantedTotal ?? 0n)).toBe(true);
    expect(availableIn(cell) >= 0n).toBe(true);
    expect((allotment?.returnedTotal ?? 0n) <= cell.returned).toBe(true);
  }
  const sellable = [...cells.values()].reduce((sum, c) => sum + c.received - c.returned, 0n);
  expect(sellable + ledger.unallotted <= ledger.onHand).toBe(true);
}

const cellIndex = fc.nat({ max: CELLS.length - 1 });
const step = fc.oneof(
  fc.record({ do: fc.constant('count' as const), units: fc.nat({ max: 60 }) }),
  fc.record({
    do: fc.constant('split' as const),
    weights: fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('sell' as const), cell: cellIndex, units: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant('reserve' as const), cell: cellIndex, units: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant('expire' as const), cell: cellIndex }),
  fc.record({ do: fc.constant('return' as const), cell: cellIndex, units: fc.nat({ max: 5 }) }),
  // Any message ever sent may arrive now: late, twice, or never.
  fc.record({ do: fc.constant('grant arrives' as const), cell: cellIndex, which: fc.nat() }),
  fc.record({ do: fc.constant('report is sent' as const), cell: cellIndex }),
  fc.record({ do: fc.constant('report arrives' as const), cell: cellIndex, which: fc.nat() }),
);

describe('I3: the ledger of a variant', () => {
  test('balances whatever is counted, sold, lost, repeated or overtaken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const ledger = newLedger();
        const cells = new Map(CELLS.map((name) => [name as string, newCell()]));
        const grants = new Map(
          CELLS.map((name) => [name as string, [] as { granted: bigint; recalled: bigint }[]]),
        );
        const reports = new Map(CELLS.map((name) => [name as string, [] as ReportedFigures[]]));
        let weights = weigh(1, 1, 1);
        for (const one of steps) {
          const name = CELLS['cell' in one ? one.cell : 0] ?? CELLS[0];
          const cell = cells.get(name) as Cell;
          switch (one.do) {
            case 'count':
              changeOnHand(ledger, BigInt(one.units) - countedUnits(ledger));
              grantByWeight(ledger, weights);
              expect(countedUnits(ledger)).toBe(BigInt(one.units));
              break;
            case 'split':
              weights = weigh(...one.weights);
              rebalance(ledger, weights);
              break;
            case 'sell':
              if (availableIn(cell) >= BigInt(one.units)) cell.committed += BigInt(one.units);
              break;
            case 'reserve':
              if (availableIn(cell) >= BigInt(one.units)) cell.reserved += BigInt(one.units);
              break;
            case 'expire':
              cell.reserved = 0n;
              giveBack(cell);
              break;
            case 'return':
              if (availableIn(cell) >= BigInt(one.units)) cell.returned += BigInt(one.units);
              break;
            case 'grant arrives': {
              const sent = grants.get(name) ?? [];
              const grant = sent[one.which % Math.max(1, sent.length)];
              if (grant !== undefined) deliver(cell, grant);
              break;
            }
            case 'report is sent':
              reports.get(name)?.push(speak(cell));
              break;
            case 'report arrives': {
              const sent = reports.get(name) ?? [];
              const report = sent[one.which % Math.max(1, sent.length)];
              if (report !== undefined) {
                expect(takeReport(ledger, name, report, weights)).not.toHaveProperty('refused');
              }
              break;
            }
          }
          for (const [to, allotment] of ledger.allotments) {
            grants
              .get(to)
              ?.push({ granted: allotment.grantedTotal, recalled: allotment.recalledTotal });
          }
          assertInvariant(ledger, cells);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('ends with nothing pending once every message has arrived and nothing is sold', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100 }), fc.nat({ max: 100 }), (before, after) => {
        const ledger = newLedger();
        const weights = weigh(2, 1, 1);
        const cells = new Map(CELLS.map((name) => [name as string, newCell()]));
        for (const units of [before, after]) {
          changeOnHand(ledger, BigInt(units) - countedUnits(ledger));
          grantByWeight(ledger, weights);
          for (const [name, allotment] of ledger.allotments) {
            const cell = cells.get(name) as Cell;
            deliver(cell, { granted: allotment.grantedTotal, recalled: allotment.recalledTotal });
            takeReport(ledger, name, speak(cell), weights);
          }
        }
        expect(ledger.pendingReduction).toBe(0n);
        expect(ledger.onHand).toBe(BigInt(after));
      }),
    );
  });

  test('shares an increase by weight, the largest remainder first', () => {
    const ledger = newLedger();
    changeOnHand(ledger, 10n);
    grantByWeight(ledger, weigh(1, 1, 1));
    expect([...ledger.allotments.values()].map(heldBy)).toEqual([4n, 3n, 3n]);
  });

  test('asks another cell where the one that was asked has sold its units', () => {
    const ledger = newLedger();
    const weights = weigh(1, 1, 0);
    changeOnHand(ledger, 20n);
    grantByWeight(ledger, weights);
    const full = {
      receivedTotal: 10n,
      returnedTotal: 0n,
      reserved: 0n,
      committed: 0n,
      ...STAYING,
    };
    takeReport(ledger, 'eu-de-1', { ...full, available: 10n, version: 1n }, weights);
    takeReport(ledger, 'eu-fr-1', { ...full, available: 10n, version: 1n }, weights);
    changeOnHand(ledger, -10n);
    expect(ledger.allotments.get('eu-de-1')?.recalledTotal).toBe(5n);
    const soldOut = { ...full, available: 0n, committed: 10n, version: 2n };
    takeReport(ledger, 'eu-de-1', soldOut, weights);
    expect(ledger.allotments.get('eu-fr-1')?.recalledTotal).toBe(10n);
  });

  test.each([
    [{ receivedTotal: 11n }, 'more was received than granted'],
    [{ returnedTotal: 11n }, 'more was returned than received'],
    [{ available: 11n }, 'the units do not add up to what was received and not returned'],
    [{ version: 2n ** 60n }, 'the version is beyond what JSON holds exactly'],
  ])('refuses a report with %o', (figures, refused) => {
    const ledger = newLedger();
    changeOnHand(ledger, 10n);
    grantByWeight(ledger, weigh(1, 0, 0));
    const honest = {
      receivedTotal: 10n,
      returnedTotal: 0n,
      available: 10n,
      reserved: 0n,
      committed: 0n,
      version: 1n,
      ...STAYING,
    };
    const before = structuredClone(ledger);
    expect(takeReport(ledger, 'eu-de-1', { ...honest, ...figures }, weigh(1))).toEqual({ refused });
    expect(ledger).toEqual(before);
  });
});
