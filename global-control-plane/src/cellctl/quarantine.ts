import type { Quarantine } from '@commerce/contracts/partition-control';
import { countOf } from './format.ts';

/** Why a cell that answers writes nothing, and what it waits for. */
export function describeQuarantine({ cause, reason, partitionsBehind }: Quarantine): string {
  const why = cause === null ? 'it has just started' : `its database was restored (${cause})`;
  const behind =
    partitionsBehind === 0 ? '' : `, ${countOf(partitionsBehind, 'partition')} still behind`;
  return `it only reads: ${why}; ${reason}${behind}`;
}
