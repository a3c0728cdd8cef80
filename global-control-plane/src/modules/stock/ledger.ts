import { allocate, type Minor } from '@commerce/contracts/money';

/**
 * The arithmetic of one variant's stock, pure: units on hand, what each cell was granted, and what
 * it said. Totals of a cell only grow, so messages may be lost, repeated and overtaken.
 *
 * Invariant I3, at every moment: onHand = unallotted + Σ cells (granted − returned − shipped) + what closed
 * accounts left in other cells. A unit leaves `unallotted` when it is granted, and comes back only when
 * the cell has said that it returned it, or its account is closed; a recall by itself moves nothing.
 *
 * Units that partitions hold move with them from cell to cell, and each of the two says so by itself:
 * what one has counted in and the other not yet out is in transit, and zero at rest.
 */

export interface Allotment {
  grantedTotal: bigint;
  recalledTotal: bigint;
  receivedTotal: bigint;
  returnedTotal: bigint;
  /** Units that its partitions held when the account was begun anew. */
  openingTotal: bigint;
  /** Units that came with partitions, and went with them. */
  movedInTotal: bigint;
  movedOutTotal: bigint;
  /** Units that left the warehouse: they are in no cell and not on hand any more. */
  shippedTotal: bigint;
  available: bigint;
  reserved: bigint;
  committed: bigint;
  reportVersion: bigint;
  /** Grows when the account is closed and begun anew; what is said of an earlier one is void. */
  generation: bigint;
}

export interface Ledger {
  onHand: bigint;
  unallotted: bigint;
  /** Units that a smaller count took away and that cells still hold. */
  pendingReduction: bigint;
  /** Units of closed accounts that live on in other cells, which counted them in. */
  closedOut: bigint;
  /** Weight by cell; undefined for the cells' configured ones. */
  split: Readonly<Record<string, number>> | undefined;
  readonly allotments: Map<string, Allotment>;
}

/** Share of each cell; 0 for a cell that serves none of the variant's markets. */
export type Weights = ReadonlyMap<string, bigint>;

export interface ReportedFigures {
  readonly receivedTotal: bigint;
  readonly returnedTotal: bigint;
  readonly openingTotal: bigint;
  readonly movedInTotal: bigint;
  readonly movedOutTotal: bigint;
  readonly shippedTotal: bigint;
  readonly available: bigint;
  readonly reserved: bigint;
  readonly committed: bigint;
  readonly version: bigint;
  readonly generation: bigint;
}

const VERSION_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export type ReportOutcome = 'applied' | 'ignored' | { readonly refused: string };

export function newLedger(): Ledger {
  return {
    onHand: 0n,
    unallotted: 0n,
    pendingReduction: 0n,
    closedOut: 0n,
    split: undefined,
    allotments: new Map(),
  };
}

function newAllotment(generation = 1n): Allotment {
  return {
    grantedTotal: 0n,
    recalledTotal: 0n,
    receivedTotal: 0n,
    returnedTotal: 0n,
    openingTotal: 0n,
    movedInTotal: 0n,
    movedOutTotal: 0n,
    shippedTotal: 0n,
    available: 0n,
    reserved: 0n,
    committed: 0n,
    reportVersion: 0n,
    generation,
  };
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Units that partitions brought to the cell and did not take away again. */
function carried(
  figures: Pick<Allotment, 'openingTotal' | 'movedInTotal' | 'movedOutTotal'>,
): bigint {
  return figures.openingTotal + figures.movedInTotal - figures.movedOutTotal;
}

/** Units that the cell has or is about to have. */
export function heldBy(allotment: Allotment): bigint {
  const { grantedTotal, returnedTotal, shippedTotal } = allotment;
  return grantedTotal - returnedTotal - shippedTotal + carried(allotment);
}

/**
 * Units that were counted in by the cell that took a partition over and not yet out by the one that
 * had it; negative where it is the other way round.
 */
export function inTransit(ledger: Ledger): bigint {
  let units = -ledger.closedOut;
  for (const allotment of ledger.allotments.values()) units += carried(allotment);
  return units;
}

/** Units that were asked back and are not returned yet. */
function onTheWayBack({ recalledTotal, returnedTotal }: Allotment): bigint {
  return max(0n, recalledTotal - returnedTotal);
}

/** Units that the cell, by its last word, holds and has neither reserved nor sold. */
export function unsoldIn(allotment: Allotment): bigint {
  return max(0n, heldBy(allotment) - allotment.reserved - allotment.committed);
}

/** Units that the cell, by its last word, could sell or return and was not asked for yet. */
function freeIn(allotment: Allotment): bigint {
  return max(0n, unsoldIn(allotment) - onTheWayBack(allotment));
}

function allotmentOf(ledger: Ledger, cell: string): Allotment {
  let allotment = ledger.allotments.get(cell);
  if (allotment === undefined) {
    allotment = newAllotment();
    ledger.allotments.set(cell, allotment);
  }
  return allotment;
}

function split(
  amount: bigint,
  weights: readonly (readonly [string, bigint])[],
): Map<string, bigint> {
  const positive = weights.filter(([, weight]) => weight > 0n);
  if (amount === 0n || positive.length === 0) return new Map();
  const parts = allocate(
    amount as Minor,
    positive.map(([, weight]) => weight),
  );
  return new Map(positive.map(([cell], index) => [cell, parts[index] ?? 0n]));
}

function grant(ledger: Ledger, shares: ReadonlyMap<string, bigint>): void {
  for (const [cell, units] of shares) {
    if (units === 0n) continue;
    ledger.unallotted -= units;
    allotmentOf(ledger, cell).grantedTotal += units;
  }
}

/** Asks a cell for units; those that it gave back unasked don't count as asked for. */
function recall(allotment: Allotment, units: bigint): void {
  if (units === 0n) return;
  allotment.recalledTotal = max(allotment.recalledTotal, allotment.returnedTotal) + units;
}

/** Grants all that is unallotted, by weight. With no cell to sell it, it stays. */
export function grantByWeight(ledger: Ledger, weights: Weights): void {
  grant(ledger, split(ledger.unallotted, [...weights]));
}

/** Units each cell would have free if all free units were shared by weight now. */
function targets(ledger: Ledger, weights: Weights): Map<string, bigint> {
  let free = ledger.unallotted;
  for (const allotment of ledger.allotments.values()) free += freeIn(allotment);
  return split(free, [...weights]);
}

/** Grants what is unallotted to those who have less than their share. */
function grantToNeedy(ledger: Ledger, weights: Weights): void {
  const needs = [...targets(ledger, weights)].map(([cell, target]): [string, bigint] => {
    const present = ledger.allotments.get(cell);
    return [cell, max(0n, target - (present === undefined ? 0n : freeIn(present)))];
  });
  const needed = needs.reduce((sum, [, units]) => sum + units, 0n);
  grant(ledger, split(min(ledger.unallotted, needed), needs));
}

/** Asks cells for what a smaller count took away, as far as it is not on its way back already. */
function recallPending(ledger: Ledger): void {
  let missing = ledger.pendingReduction;
  for (const allotment of ledger.allotments.values()) {
    // A cell that was asked for units and sold them meanwhile can't return those: others are asked.
    const returnable = heldBy(allotment) - allotment.reserved - allotment.committed;
    missing -= min(onTheWayBack(allotment), max(0n, returnable));
  }
  if (missing <= 0n) return;
  const free = [...ledger.allotments].map(([cell, one]): [string, bigint] => [cell, freeIn(one)]);
  const total = free.reduce((sum, [, units]) => sum + units, 0n);
  // What is reserved or sold can't be asked for; a later report may free some of it.
  for (const [cell, units] of split(min(missing, total), free)) {
    recall(allotmentOf(ledger, cell), units);
  }
}

/**
 * Changes what is physically there by a number of units: a count that differs, goods that came in or
 * went. An increase is unallotted at first; a decrease is taken from what is unallotted, then from
 * the cells, where it stays pending until they have returned it.
 */
export function changeOnHand(ledger: Ledger, delta: bigint): void {
  if (delta > 0n) {
    // Units that are being taken away need not be any more; they come back and are granted anew.
    const kept = min(ledger.pendingReduction, delta);
    ledger.pendingReduction -= kept;
    ledger.onHand += delta - kept;
    ledger.unallotted += delta - kept;
  } else if (delta < 0n) {
    const taken = min(ledger.unallotted, -delta);
    ledger.unallotted -= taken;
    ledger.onHand -= taken;
    ledger.pendingReduction += -delta - taken;
    recallPending(ledger);
  }
}

/** Units on hand as the vendor knows them: without those that are still to be taken away. */
export function countedUnits(ledger: Ledger): bigint {
  return ledger.onHand - ledger.pendingReduction;
}

/** Recalls free units from cells that have more than their share and grants what is unallotted. */
export function rebalance(ledger: Ledger, weights: Weights): void {
  const shares = targets(ledger, weights);
  for (const [cell, allotment] of ledger.allotments) {
    const surplus = freeIn(allotment) - (shares.get(cell) ?? 0n);
    if (surplus > 0n) recall(allotment, surplus);
  }
  grantToNeedy(ledger, weights);
}

/** Asks cells without a share for all that they have free, and grants what is unallotted to the others. */
export function drain(ledger: Ledger, weights: Weights): void {
  for (const [cell, allotment] of ledger.allotments) {
    if ((weights.get(cell) ?? 0n) === 0n) recall(allotment, freeIn(allotment));
  }
  grantToNeedy(ledger, weights);
}

/**
 * Ends a cell's account: what is not known to live on comes back, and the cell begins anew under a
 * later generation, with nothing. Whatever it says of the account that was closed is void.
 * @param close.livesOn units of the account that partitions hold, in whichever cell
 * @returns units that came back
 */
export function closeAccount(
  ledger: Ledger,
  cell: string,
  close: { readonly generation: bigint; readonly livesOn: bigint },
): bigint {
  const allotment = ledger.allotments.get(cell);
  if (allotment === undefined) return 0n;
  const net = allotment.grantedTotal - allotment.returnedTotal - allotment.shippedTotal;
  const left = max(0n, heldBy(allotment) - close.livesOn);
  // Never more than is there: figures of a cell that is gone may be of another time than the others'.
  const back = min(left, max(0n, ledger.onHand - ledger.unallotted));
  ledger.closedOut += net - back;
  ledger.allotments.set(cell, newAllotment(close.generation));
  takeBack(ledger, back);
  return back;
}

/** Units that came back: they satisfy a pending reduction first, the others are unallotted. */
function takeBack(ledger: Ledger, units: bigint): bigint {
  const removed = min(units, ledger.pendingReduction);
  ledger.pendingReduction -= removed;
  ledger.onHand -= removed;
  ledger.unallotted += units - removed;
  return removed;
}

/**
 * Units that left. More may leave than a later count has seen: then the count was wrong, and what it was
 * about to take away is not there to be taken.
 */
function takeShipped(ledger: Ledger, units: bigint): void {
  ledger.onHand -= units;
  ledger.pendingReduction = min(ledger.pendingReduction, ledger.onHand);
}

/** Why a report can't be true; undefined where it can. */
function impossibility(allotment: Allotment, report: ReportedFigures): string | undefined {
  const { receivedTotal, returnedTotal, openingTotal, movedInTotal, movedOutTotal } = report;
  const { shippedTotal, available, reserved, committed } = report;
  if (report.version > VERSION_MAX) return 'the version is beyond what JSON holds exactly';
  if (receivedTotal > allotment.grantedTotal) return 'more was received than granted';
  if (returnedTotal > receivedTotal + openingTotal + movedInTotal)
    return 'more was returned than received';
  if (receivedTotal < allotment.receivedTotal) return 'less was received than reported before';
  if (returnedTotal < allotment.returnedTotal) return 'less was returned than reported before';
  if (movedInTotal < allotment.movedInTotal) return 'less was moved in than reported before';
  if (movedOutTotal < allotment.movedOutTotal) return 'less was moved out than reported before';
  if (shippedTotal < allotment.shippedTotal) return 'less was shipped than reported before';
  const held = receivedTotal - returnedTotal - shippedTotal + carried(report);
  if (available + reserved + committed > held) {
    return 'the units do not add up to what was received and not returned';
  }
  return undefined;
}

/**
 * Takes in what a cell says. An older report than the last one is ignored, an impossible one refused;
 * one of a later generation closes the account and begins the next.
 * Units that came back satisfy a pending reduction first; those that were asked back for another
 * reason are granted to cells with too little; those given back unasked stay unallotted.
 */
export function takeReport(
  ledger: Ledger,
  cell: string,
  report: ReportedFigures,
  weights: Weights,
): ReportOutcome {
  const known = ledger.allotments.get(cell);
  if (known === undefined && carried(report) === 0n) {
    const nothing = report.receivedTotal === 0n && report.available === 0n;
    return nothing ? 'ignored' : { refused: 'nothing was granted to this cell' };
  }
  if (report.generation < (known?.generation ?? 1n)) return 'ignored';
  const isNew = known === undefined || report.generation > known.generation;
  if (!isNew && report.version <= known.reportVersion) return 'ignored';
  const refused = impossibility(isNew ? newAllotment() : known, report);
  if (refused !== undefined) return { refused };
  if (report.shippedTotal - (isNew ? 0n : known.shippedTotal) > ledger.onHand) {
    return { refused: 'more was shipped than is on hand' };
  }
  if (known !== undefined && isNew) {
    // The cell has begun anew by itself: what its partitions hold is all that is left of its account.
    const { generation, openingTotal } = report;
    closeAccount(ledger, cell, { generation, livesOn: openingTotal });
  }
  const allotment = allotmentOf(ledger, cell);
  const returned = report.returnedTotal - allotment.returnedTotal;
  const asked = min(returned, onTheWayBack(allotment));
  allotment.receivedTotal = report.receivedTotal;
  allotment.returnedTotal = report.returnedTotal;
  allotment.openingTotal = report.openingTotal;
  allotment.movedInTotal = report.movedInTotal;
  allotment.movedOutTotal = report.movedOutTotal;
  const shipped = report.shippedTotal - allotment.shippedTotal;
  allotment.shippedTotal = report.shippedTotal;
  allotment.generation = report.generation;
  allotment.available = report.available;
  allotment.reserved = report.reserved;
  allotment.committed = report.committed;
  allotment.reportVersion = report.version;
  takeShipped(ledger, shipped);
  const removed = takeBack(ledger, returned);
  if (isNew || asked > removed) grantToNeedy(ledger, weights);
  recallPending(ledger);
  return 'applied';
}
