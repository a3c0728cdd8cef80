import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changeOnHand,
  closeAccount,
  countedUnits,
  drain,
  grantByWeight,
  heldBy,
  inTransit,
  type Ledger,
  newLedger,
  type ReportedFigures,
  takeReport,
  type Weights,
} from './ledger.ts';

/** Partitions move between cells with the units that they hold, and cells die and come back. */

const CELLS = ['eu-de-1', 'eu-fr-1', 'eu-nl-1'] as const;
const PARTITIONS = 4;

class Cell {
  received = 0n;
  returned = 0n;
  recalled = 0n;
  opening = 0n;
  movedIn = 0n;
  movedOut = 0n;
  shipped = 0n;
  available = 0n;
  version = 0n;
  generation = 1n;
  isDead = false;
  /** Sold units by partition, of those that it counts as its own. */
  readonly sold = new Map<number, bigint>();

  get committed(): bigint {
    return [...this.sold.values()].reduce((sum, units) => sum + units, 0n);
  }
  hear(grant: { granted: bigint; recalled: bigint; generation: bigint }): void {
    if (this.isDead || grant.generation < this.generation) return;
    if (grant.generation > this.generation) this.begin(grant.generation);
    if (grant.granted > this.received) {
      this.available += grant.granted - this.received;
      this.received = grant.granted;
    }
    if (grant.recalled > this.recalled) this.recalled = grant.recalled;
    const asked = this.recalled > this.returned ? this.recalled - this.returned : 0n;
    const back = asked < this.available ? asked : this.available;
    this.available -= back;
    this.returned += back;
  }
  /** Its pool is void; what its partitions hold opens the account. */
  begin(generation: bigint): void {
    this.generation = generation;
    this.received = this.returned = this.recalled = this.available = 0n;
    this.movedIn = this.movedOut = this.shipped = 0n;
    this.opening = this.committed;
  }
  speak(): ReportedFigures {
    this.version += 1n;
    return {
      receivedTotal: this.received,
      returnedTotal: this.returned,
      openingTotal: this.opening,
      movedInTotal: this.movedIn,
      movedOutTotal: this.movedOut,
      shippedTotal: this.shipped,
      available: this.available,
      reserved: 0n,
      committed: this.committed,
      version: this.version,
      generation: this.generation,
    };
  }
}

/** A fleet of three cells, the control plane's ledger, and who is primary of what. */
class Fleet {
  readonly ledger: Ledger = newLedger();
  readonly cells = new Map(CELLS.map((name) => [name as string, new Cell()]));
  readonly primaryOf = Array.from({ length: PARTITIONS }, () => CELLS[0] as string);
  readonly sent: (readonly [string, ReportedFigures])[] = [];
  weights: Weights = new Map(CELLS.map((name) => [name, 1n]));

  cell(name: string): Cell {
    return this.cells.get(name) as Cell;
  }
  sell(partition: number, units: bigint): void {
    const cell = this.cell(this.primaryOf[partition] as string);
    if (cell.isDead || cell.available < units) return;
    cell.available -= units;
    cell.sold.set(partition, (cell.sold.get(partition) ?? 0n) + units);
  }
  /** Sold units leave the warehouse, and the control plane hears of it before anything happens to the cell. */
  ship(partition: number, units: bigint): void {
    const name = this.primaryOf[partition] as string;
    const cell = this.cell(name);
    const sold = cell.sold.get(partition) ?? 0n;
    if (cell.isDead || sold < units) return;
    cell.sold.set(partition, sold - units);
    cell.shipped += units;
    this.report(name);
  }
  /** The new primary takes the partition over; the old one hands it over later, or never. */
  takeOver(partition: number, to: string): void {
    const from = this.primaryOf[partition] as string;
    const [old, next] = [this.cell(from), this.cell(to)];
    // The old one still counts what it had: it is handed over before the partition may come back.
    if (from === to || next.isDead || next.sold.has(partition)) return;
    const units = old.sold.get(partition) ?? 0n;
    next.sold.set(partition, units);
    next.movedIn += units;
    this.primaryOf[partition] = to;
  }
  handOver(name: string): void {
    const cell = this.cell(name);
    if (cell.isDead) return;
    for (const [partition, units] of cell.sold) {
      if (this.primaryOf[partition] === name) continue;
      cell.sold.delete(partition);
      cell.movedOut += units;
    }
  }
  tell(name: string): void {
    const allotment = this.ledger.allotments.get(name);
    if (allotment === undefined) return;
    const { grantedTotal: granted, recalledTotal: recalled, generation } = allotment;
    this.cell(name).hear({ granted, recalled, generation });
  }
  report(name: string): void {
    if (this.cell(name).isDead) return;
    this.sent.push([name, this.cell(name).speak()]);
    this.deliver(this.sent.length - 1);
  }
  /** Any report ever sent may arrive again. */
  deliver(which: number): void {
    const [name, report] = this.sent[which % Math.max(1, this.sent.length)] ?? [];
    if (name === undefined || report === undefined) return;
    const outcome = takeReport(this.ledger, name, report, this.weights);
    expect(outcome).not.toHaveProperty('refused');
  }
  /** As an operator does it: everything moved away, everybody else has spoken. */
  writeOff(name: string): void {
    const heir = CELLS.find((each) => each !== name && !this.cell(each).isDead);
    if (heir === undefined) return;
    for (const each of CELLS) this.handOver(each);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      if (this.primaryOf[partition] === name) this.takeOver(partition, heir);
    }
    for (const each of CELLS) this.report(each);
    const generation = (this.ledger.allotments.get(name)?.generation ?? 1n) + 1n;
    closeAccount(this.ledger, name, { generation, livesOn: inTransit(this.ledger) });
    drain(this.ledger, this.weights);
  }
  settle(): void {
    for (const name of CELLS) this.cell(name).isDead = false;
    for (let round = 0; round < 4; round += 1) {
      for (const name of CELLS) {
        this.tell(name);
        this.handOver(name);
        this.report(name);
      }
    }
  }
  /** Units that were sold, each counted once, whoever counts it. */
  get sold(): bigint {
    return this.primaryOf.reduce(
      (sum, name, partition) => sum + (this.cell(name).sold.get(partition) ?? 0n),
      0n,
    );
  }
}

function expectSound({ ledger, cells, sold }: Fleet): void {
  let net = ledger.unallotted + ledger.closedOut;
  for (const one of ledger.allotments.values()) {
    net += one.grantedTotal - one.returnedTotal - one.shippedTotal;
  }
  expect(net).toBe(ledger.onHand);
  expect(ledger.unallotted >= 0n && countedUnits(ledger) >= 0n).toBe(true);
  // A pool that a later account has voided sells until its cell hears of it; a dead one sells nothing.
  let sellable = 0n;
  for (const [name, cell] of cells) {
    const isVoid = (ledger.allotments.get(name)?.generation ?? 1n) > cell.generation;
    if (!isVoid) sellable += cell.available;
  }
  expect(sellable + sold + ledger.unallotted <= ledger.onHand).toBe(true);
}

const name = fc.constantFrom(...CELLS);
const partition = fc.nat({ max: PARTITIONS - 1 });
const step = fc.oneof(
  fc.record({ do: fc.constant('count' as const), units: fc.nat({ max: 60 }) }),
  fc.record({ do: fc.constant('sell' as const), partition, units: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant('ship' as const), partition, units: fc.nat({ max: 5 }) }),
  fc.record({ do: fc.constant('take over' as const), partition, name }),
  fc.record({ do: fc.constant('hand over' as const), name }),
  fc.record({ do: fc.constant('tell' as const), name }),
  fc.record({ do: fc.constant('report' as const), name }),
  fc.record({ do: fc.constant('deliver' as const), which: fc.nat() }),
  fc.record({ do: fc.constant('drain' as const), name }),
  fc.record({ do: fc.constant('restore' as const), name }),
  fc.record({ do: fc.constant('die and be written off' as const), name }),
  fc.record({ do: fc.constant('return' as const), name }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function perform(fleet: Fleet, one: Step): void {
  switch (one.do) {
    case 'count':
      changeOnHand(fleet.ledger, BigInt(one.units) - countedUnits(fleet.ledger));
      grantByWeight(fleet.ledger, fleet.weights);
      break;
    case 'sell':
      fleet.sell(one.partition, BigInt(one.units));
      break;
    case 'ship':
      fleet.ship(one.partition, BigInt(one.units));
      break;
    case 'take over':
      fleet.takeOver(one.partition, one.name);
      break;
    case 'hand over':
      fleet.handOver(one.name);
      break;
    case 'tell':
      fleet.tell(one.name);
      break;
    case 'report':
      fleet.report(one.name);
      break;
    case 'deliver':
      fleet.deliver(one.which);
      break;
    case 'drain':
      fleet.weights = new Map(CELLS.map((each) => [each, each === one.name ? 0n : 1n]));
      drain(fleet.ledger, fleet.weights);
      break;
    case 'restore': {
      const cell = fleet.cell(one.name);
      if (cell.isDead) break;
      // What it had counted in and never told would stay in transit: it could not be sold by anybody.
      fleet.report(one.name);
      cell.begin(cell.generation + 1n);
      break;
    }
    case 'die and be written off': {
      const cell = fleet.cell(one.name);
      if (cell.isDead) break;
      cell.isDead = true;
      fleet.writeOff(one.name);
      break;
    }
    case 'return':
      fleet.cell(one.name).isDead = false;
      fleet.tell(one.name);
      break;
  }
}

describe('I3: the ledger of a variant whose partitions move', () => {
  test('balances, and no unit can be sold twice, whatever moves, dies, returns or is restored', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fleet = new Fleet();
        perform(fleet, { do: 'count', units: 40 });
        for (const each of CELLS) fleet.tell(each);
        for (let slot = 0; slot < PARTITIONS; slot += 1) fleet.sell(slot, 2n);
        for (const one of steps) {
          perform(fleet, one);
          expectSound(fleet);
        }
        fleet.settle();
        expectSound(fleet);
        expect(inTransit(fleet.ledger)).toBe(0n);
      }),
      { numRuns: 500 },
    );
  });

  test('shows what is in transit until the old primary has handed it over', () => {
    const fleet = new Fleet();
    perform(fleet, { do: 'count', units: 30 });
    for (const each of CELLS) fleet.tell(each);
    perform(fleet, { do: 'sell', partition: 0, units: 4 });
    fleet.report('eu-de-1');
    fleet.takeOver(0, 'eu-fr-1');
    fleet.report('eu-fr-1');
    expect(inTransit(fleet.ledger)).toBe(4n);
    fleet.handOver('eu-de-1');
    fleet.report('eu-de-1');
    expect(inTransit(fleet.ledger)).toBe(0n);
    const held = [...fleet.ledger.allotments.values()].map(heldBy);
    expect(held).toEqual([6n, 14n, 10n]);
  });

  test('gives the free units of a cell that is written off to the others, and none twice', () => {
    const fleet = new Fleet();
    perform(fleet, { do: 'count', units: 30 });
    for (const each of CELLS) fleet.tell(each);
    perform(fleet, { do: 'sell', partition: 0, units: 4 });
    fleet.weights = new Map([
      ['eu-de-1', 0n],
      ['eu-fr-1', 1n],
      ['eu-nl-1', 1n],
    ]);
    perform(fleet, { do: 'die and be written off', name: 'eu-de-1' });
    for (const each of CELLS) fleet.tell(each);
    expect([...fleet.cells.values()].slice(1).map((cell) => cell.available)).toEqual([13n, 13n]);
    fleet.cell('eu-de-1').isDead = false;
    fleet.settle();
    expect(fleet.cell('eu-de-1')).toMatchObject({ available: 0n, generation: 2n });
    expect(inTransit(fleet.ledger)).toBe(0n);
  });
});
