import { type Static, Type } from 'typebox';
import { CellName, PartitionName } from './partition-control.ts';

/**
 * How much a cell holds and does, as it says itself to operators' tools. Counters grow from the
 * start of the process: who wants a rate reads twice.
 */

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

export const CellLoad = Type.Object(
  {
    cell: CellName,
    /** Time of the process's start: a smaller counter than before means a new process. */
    startedAt: Type.String({ format: 'date-time' }),
    /** Requests of shoppers that were answered. */
    requests: Count,
    /** Those that were answered with a status of 500 or more. */
    failures: Count,
    /** Orders written. */
    orders: Count,
    databaseBytes: Count,
  },
  strict,
);
export type CellLoad = Static<typeof CellLoad>;

/** Rows of customers' data, counted now. */
export const PartitionSizes = Type.Object(
  {
    cell: CellName,
    /** Rows by table, over all partitions that were asked for. */
    tables: Type.Record(Type.String(), Count),
    partitions: Type.Array(
      Type.Object({ partition: PartitionName, rows: Count, bytes: Count }, strict),
    ),
  },
  strict,
);
export type PartitionSizes = Static<typeof PartitionSizes>;
