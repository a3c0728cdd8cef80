import type { CellId } from '@commerce/contracts/ids';
import type { RoutingTable } from './routing-table.ts';

/**
 * What carries requests from the public port to the cells. Both data planes decide alike, from the same
 * table, and pass the same suite of conformance: `node` is the router's own server, `haproxy` a HAProxy
 * that the router drives, which leaves to the Node plane whatever it can't decide by itself.
 */
export const DATA_PLANES = ['node', 'haproxy'] as const;
export type DataPlaneName = (typeof DATA_PLANES)[number];

export interface DataPlane {
  readonly name: DataPlaneName;
  /** Of the public address. */
  readonly port: number;
  /** Uses this table from now on. */
  follow(table: RoutingTable): void;
  /** Resolves when the last table is in use, with false where the plane has not taken it. */
  settle(): Promise<boolean>;
  /** What operators are shown; for HAProxy its version, process and map. */
  describe(): Promise<Readonly<Record<string, unknown>>>;
  /** What this plane knows of the cells beside the Node plane's own upstreams. */
  observe(): Promise<readonly CellObservation[]>;
  /** Brings the positions that answers carried past the Node plane to those that the router has seen. */
  collectPositions(): Promise<void>;
  /** Tells clients with each answer to open their next connection elsewhere. */
  drain(isDraining: boolean): Promise<void>;
  /** Ends with the requests under way. */
  stop(): Promise<void>;
}

/** How a cell looks from a data plane. */
export interface CellObservation {
  readonly cell: CellId;
  readonly isUp: boolean;
  readonly inFlight: number;
  /** Answers so far by the first digit of their status, 1 to 5. */
  readonly answersByClass: readonly number[];
}
