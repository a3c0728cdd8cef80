import { randomInt } from 'node:crypto';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { type Country, countryOf } from '@commerce/contracts/countries';
import { distanceKm } from '@commerce/contracts/distance';
import type { CellId } from '@commerce/contracts/ids';
import { jurisdictionsServing } from '@commerce/contracts/jurisdictions';
import { findCell, type RoutingTable } from '../routing-table.ts';
import { scoreOf } from './hashing.ts';
import { tenantHostsOf } from './tenant-hosts.ts';

/** Whether a cell answers at present, as far as this router has seen. */
export type IsHealthy = (cell: CellId) => boolean;

/** What a new shopper's cell is chosen by. */
export interface CellWish {
  /** ISO 3166-1 alpha-2; undefined where nothing tells it. */
  readonly country: string | undefined;
  /** Host that was asked for, where it may be a tenant's. */
  readonly host?: string | undefined;
  /** Decides whom a cell of less than full weight takes; without it all go where most would. */
  readonly draw?: ShareDraw;
}

/** A whole number below 100 for a cell: the shopper is taken where it is below the cell's weight. */
export type ShareDraw = (cell: CellId) => number;

/** The draw for a shopper: the same again for the same key, and by chance without one. */
export function drawFor(key: string | undefined): ShareDraw {
  return key === undefined ? () => randomInt(100) : (cell) => scoreOf(key, cell) % 100;
}

const NEAREST: ShareDraw = () => 0;

/**
 * The cell for new shoppers: the nearest one that accepts, in the first of the country's permitted
 * jurisdictions that has any. Of the shoppers who come by, a cell takes as many per cent as its weight
 * says; the others go on to the next nearest, and those whom nobody took to the cell of greatest weight.
 * One that does not answer is passed over for another of the same jurisdiction, but never for another
 * jurisdiction: an outage moves no data abroad. Where the country is unknown, it is the one of the
 * greatest weight.
 */
export function chooseCell(
  table: RoutingTable,
  wish: CellWish,
  isHealthy: IsHealthy,
): CellDescriptor | undefined {
  const accepting = acceptingCells(table, wish.host);
  const place = wish.country === undefined ? undefined : countryOf(wish.country);
  if (place === undefined) {
    const byId = accepting.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return heaviest(healthyOf(byId, isHealthy));
  }
  for (const jurisdiction of jurisdictionsServing(place.code)) {
    const cells = accepting.filter((cell) => cell.jurisdiction === jurisdiction);
    if (cells.length > 0) {
      return takeShare(byDistance(healthyOf(cells, isHealthy), place), wish.draw ?? NEAREST);
    }
  }
  return undefined;
}

function acceptingCells(table: RoutingTable, host: string | undefined): CellDescriptor[] {
  const tenants = tenantHostsOf(table);
  const cells: CellDescriptor[] = [];
  for (const id of table.primariesOf.keys()) {
    const cell = findCell(table, id);
    if (cell === undefined || cell.state !== 'accepting' || cell.weight <= 0) continue;
    if (tenants.isEmpty || tenants.takes(cell, host)) cells.push(cell);
  }
  return cells;
}

/** Those that answer, or all where none does: somebody has to find out. */
function healthyOf(
  cells: readonly CellDescriptor[],
  isHealthy: IsHealthy,
): readonly CellDescriptor[] {
  const healthy = cells.filter((cell) => isHealthy(cell.id));
  return healthy.length > 0 ? healthy : cells;
}

/** Nearest first; of equals the one whose id comes first. */
function byDistance(cells: readonly CellDescriptor[], place: Country): readonly CellDescriptor[] {
  const measured = cells.map((cell) => ({ cell, km: distanceKm(place, cell) }));
  measured.sort((a, b) => a.km - b.km || (a.cell.id < b.cell.id ? -1 : 1));
  return measured.map(({ cell }) => cell);
}

function takeShare(
  nearestFirst: readonly CellDescriptor[],
  draw: ShareDraw,
): CellDescriptor | undefined {
  return nearestFirst.find((cell) => draw(cell.id) < cell.weight) ?? heaviest(nearestFirst);
}

/** The first of the greatest weight in the order given. */
function heaviest(cells: readonly CellDescriptor[]): CellDescriptor | undefined {
  let chosen: CellDescriptor | undefined;
  for (const cell of cells) {
    if (chosen === undefined || cell.weight > chosen.weight) chosen = cell;
  }
  return chosen;
}
