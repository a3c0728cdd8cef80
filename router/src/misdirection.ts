import { type CellId, parseCellId, parsePartition } from '@commerce/contracts/ids';
import { type Location, locatePartition } from './locate.ts';
import { findCell, type RoutingTable } from './routing-table.ts';
import type { TableFollower } from './table-follower.ts';

/** Where to send a request that a cell refused with 421, and why there. */
export interface Redirection {
  readonly reason: 'partition' | 'epoch';
  readonly location: Location;
}

/** What a cell says in the body of a 421. */
interface Misdirection {
  readonly partition?: unknown;
  readonly epoch?: unknown;
  readonly primary?: unknown;
}

/**
 * Finds where a misdirected request belongs: in the partition that the cell names, or, where the
 * partition is the same, in the cell that the directory names by now. While the directory is away
 * the cell's own word is taken, if its epoch is newer than ours.
 * @param body the cell's problem document
 * @returns undefined where no better place is known, so that the client is to hear the refusal
 */
export async function redirect(
  sent: Location,
  body: string,
  follower: TableFollower,
): Promise<Redirection | undefined> {
  const misdirection = readMisdirection(body);
  if (misdirection === undefined) return undefined;
  const partition =
    typeof misdirection.partition === 'string' ? parsePartition(misdirection.partition) : undefined;
  if (partition !== undefined && partition !== sent.partition) {
    const location = locatePartition(follower.current(), partition);
    return location && { reason: 'partition', location: { ...location, isNewPin: sent.isNewPin } };
  }
  await follower.refreshFor(sent.partition, sent.epoch);
  const table = follower.current();
  const known = locatePartition(table, sent.partition);
  if (known !== undefined && (known.epoch > sent.epoch || known.cell !== sent.cell)) {
    return { reason: 'epoch', location: { ...known, isNewPin: sent.isNewPin } };
  }
  return byTheCellsWord(sent, misdirection, table);
}

function byTheCellsWord(
  sent: Location,
  { epoch, primary }: Misdirection,
  table: RoutingTable,
): Redirection | undefined {
  const cell: CellId | undefined = typeof primary === 'string' ? parseCellId(primary) : undefined;
  if (cell === undefined || cell === sent.cell || findCell(table, cell) === undefined) {
    return undefined;
  }
  if (!Number.isSafeInteger(epoch) || (epoch as number) <= sent.epoch) return undefined;
  return { reason: 'epoch', location: { ...sent, cell, epoch: epoch as number } };
}

function readMisdirection(body: string): Misdirection | undefined {
  try {
    const document: unknown = JSON.parse(body);
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}
