import type { CellState } from '@commerce/contracts/cells';
import type { CellLoad } from '@commerce/contracts/cell-load';
import type { PartitionRole, Quarantine } from '@commerce/contracts/partition-control';

/** What operators' pages read of the fleet, as `/openapi.json` documents it. */

export interface FleetCell {
  readonly id: string;
  readonly jurisdiction: string;
  readonly realm: string;
  readonly country: string;
  readonly location: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly state: CellState;
  readonly weight: number;
  readonly answers: boolean;
  readonly ready: boolean;
  readonly primaries: number;
  readonly standbys: number;
  readonly fenced: number;
  readonly unprotected: number;
  readonly lagVersionsMax: string | null;
  readonly lagMsMax: number | null;
  readonly disagreeing: number;
  readonly quarantine: Quarantine | null;
  readonly load: CellLoad | null;
}

export interface Fleet {
  readonly asOf: string;
  readonly cells: readonly FleetCell[];
  readonly standbys: readonly {
    readonly from: string;
    readonly to: string;
    readonly partitions: number;
  }[];
}

export interface CellPartition {
  readonly partition: string;
  readonly primary: string;
  readonly standby: string | null;
  readonly epoch: number;
  readonly role: PartitionRole | null;
  readonly version: string | null;
  readonly copy: string | null;
  readonly copyProblem: string | null;
  readonly lagVersions: string | null;
}

export interface EvacuationPreview {
  readonly source: string;
  readonly partitions: number;
  readonly targets: readonly {
    readonly cell: string;
    readonly partitions: number;
    readonly primariesBefore: number;
    readonly primariesAfter: number;
    readonly primariesMax: number | null;
    readonly ready: boolean;
    readonly toSeed: number;
    readonly lagVersionsMax: string | null;
  }[];
  readonly size: {
    readonly rows: number;
    readonly bytes: number;
    readonly customers: number;
    readonly orders: number;
  } | null;
  readonly estimateMs: number;
  readonly refusals: readonly {
    readonly code: string;
    readonly reason: string;
    readonly alternatives: readonly string[];
  }[];
  readonly warnings: readonly string[];
}

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  readonly hash: string;
}

export interface AuditPage {
  readonly items: readonly AuditEntry[];
  readonly intact: boolean;
}
