import { cellLocation } from '@commerce/contracts/cell-locations';
import type { CellId } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { DatabaseInspection } from '@commerce/engines/sql/postgres/inspect-database';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import { cellTables, partitionTables } from './database.ts';
import {
  createResidency,
  registerResidencyRoutes,
  type StorePlaces,
} from './modules/residency/index.ts';
import { RETENTION } from './partitions/retention.ts';

/** What the cell's engines say of themselves, and where they stand. */
export interface ResidencySources {
  readonly inspectDatabase: () => Promise<DatabaseInspection>;
  readonly places: StorePlaces;
}

/**
 * Puts the evidence of residency together from everything that the cell declares.
 * @throws TypeError for a cell that has no place: it was refused at the start
 */
export function addResidency(
  app: HttpApp,
  deps: {
    readonly cell: CellId;
    /** Without a statement time-out. */
    readonly feedSql: Sql;
    readonly directory: Directory;
    readonly clock: Clock;
    readonly keys: { readonly service: Uint8Array };
    readonly residency: ResidencySources;
  },
): void {
  const location = cellLocation(deps.cell);
  if (location === undefined) throw new TypeError(`the cell ${deps.cell} has no location`);
  const residency = createResidency({
    sql: deps.feedSql,
    ...deps.residency,
    directory: deps.directory,
    cell: location,
    clock: deps.clock,
    partitionTables,
    cellTables,
    retention: [...RETENTION],
  });
  const { cell, clock } = deps;
  registerResidencyRoutes(app, { residency, cell, serviceKey: deps.keys.service, clock });
}
