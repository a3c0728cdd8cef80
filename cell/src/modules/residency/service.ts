import type { CellLocation } from '@commerce/contracts/cell-locations';
import type { DataClass } from '@commerce/contracts/data-classes';
import { EVENT_TYPES, STREAMS } from '@commerce/contracts/events';
import type {
  ColumnEvidence,
  ResidencyEvidence,
  StoreEvidence,
  TableEvidence,
} from '@commerce/contracts/residency';
import type { Directory } from '@commerce/engines/directory/directory';
import type { DatabaseInspection } from '@commerce/engines/sql/postgres/inspect-database';
import type { Sql } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import { LOG_FIELDS } from '@commerce/service/logger';
import type { CellTable, PartitionTable } from '../../partitions/tables.ts';
import { categoryOf } from './categories.ts';
import { beginSnapshot, createSnapshotReader, type SnapshotReader } from './store.ts';
import type { StorePlaces } from './stores.ts';

export interface ResidencyDeps {
  /** Connections without a statement time-out: counting a whole cell takes its time. */
  readonly sql: Sql;
  readonly inspectDatabase: () => Promise<DatabaseInspection>;
  readonly directory: Directory;
  readonly cell: CellLocation;
  readonly clock: Clock;
  readonly places: StorePlaces;
  /** Everything that is declared, with its classes. */
  readonly partitionTables: readonly PartitionTable[];
  readonly cellTables: readonly CellTable[];
  /** How long what is kept, by what it is. */
  readonly retention: ResidencyEvidence['retention'];
}

export interface Residency {
  /**
   * Looks at every store. Takes a moment for each million rows.
   * @throws AppError `unavailable` where the database does not answer
   */
  takeEvidence(): Promise<ResidencyEvidence>;
}

/** Columns that tell when a row was made, the first that a table has. */
const TIME_COLUMNS = ['created_at', 'logged_at', 'added_at'] as const;
/** Strictest first. */
const BY_STRICTNESS: readonly DataClass[] = ['credential', 'sensitive', 'payment', 'personal'];

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface FoundTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** The name that evidence gives a table: its schema only where that is not the usual one. */
const nameOf = ({ schema, name }: FoundTable): string =>
  schema === 'public' ? name : `${schema}.${name}`;

async function listTables(reader: SnapshotReader): Promise<FoundTable[]> {
  const rows = await reader.columns();
  const byTable = Map.groupBy(rows, ({ schema, name }) => JSON.stringify([schema, name]));
  return [...byTable.values()].map((columns) => ({
    schema: columns[0]?.schema ?? '',
    name: columns[0]?.name ?? '',
    columns: columns.map(({ column }) => column),
  }));
}

/** Every column that exists or should, with its class. */
function compareColumns(
  found: readonly FoundTable[],
  declared: ReadonlyMap<string, CellTable>,
): ColumnEvidence[] {
  const columns = found.flatMap((table) => {
    const classes = declared.get(nameOf(table))?.columns ?? {};
    return table.columns.map((column) => ({
      table: nameOf(table),
      column,
      class: Object.hasOwn(classes, column) ? (classes[column] ?? null) : null,
      exists: true,
    }));
  });
  const known = new Set(columns.map(({ table, column }) => `${table}.${column}`));
  const missing = [...declared.values()].flatMap(({ name, columns: classes }) =>
    Object.entries(classes)
      .filter(([column]) => !known.has(`${name}.${column}`))
      .map(([column, dataClass]) => ({ table: name, column, class: dataClass, exists: false })),
  );
  return [...columns, ...missing].toSorted(
    (a, b) => inOrder(a.table, b.table) || inOrder(a.column, b.column),
  );
}

function eventFields(): ResidencyEvidence['eventFields'] {
  return Object.values(EVENT_TYPES).flatMap((event) =>
    Object.entries(event.dataClasses).map(([field, dataClass]) => ({
      stream: event.stream,
      event: event.type,
      field,
      class: dataClass,
      leavesCell: STREAMS[event.stream].global,
    })),
  );
}

/** Classes that a set of columns holds, but for `none`. */
function classesIn(columns: readonly ColumnEvidence[]): DataClass[] {
  const held = new Set(columns.map((column) => column.class));
  return BY_STRICTNESS.filter((name) => held.has(name));
}

export function createResidency(deps: ResidencyDeps): Residency {
  const { sql, cell, clock, places, directory } = deps;
  const declared = new Map<string, CellTable>(
    [...deps.partitionTables, ...deps.cellTables].map((table) => [table.name, table]),
  );
  const customerTables = new Set(deps.partitionTables.map(({ name }) => name));

  const describeTable = async (
    reader: SnapshotReader,
    table: FoundTable,
  ): Promise<TableEvidence> => {
    const name = nameOf(table);
    const isDeclared = declared.has(name);
    const counts = await reader.count({
      schema: table.schema,
      name: table.name,
      isOfPartitions: customerTables.has(name),
      timeColumn: isDeclared
        ? TIME_COLUMNS.find((column) => table.columns.includes(column))
        : undefined,
    });
    const kind = customerTables.has(name) ? 'customer' : isDeclared ? 'cell' : 'undeclared';
    return {
      name,
      kind,
      category: categoryOf(name) ?? null,
      rows: Number(counts.rows),
      standbyRows: Number(counts.standby),
      strayRows: Number(counts.stray),
      oldestAt: counts.oldest?.toISOString() ?? null,
    };
  };

  /** Everything that one snapshot of the database tells. */
  const readDatabase = () =>
    sql.transaction('residency', async (transaction) => {
      await transaction.query(beginSnapshot);
      const reader = createSnapshotReader(transaction);
      const found = await listTables(reader);
      // One connection: statements that are sent together run in turn.
      const tables = await Promise.all(found.map((table) => describeTable(reader, table)));
      const [partitions, subjects, consumers, held, given, attempts, claims, pictures] =
        await Promise.all([
          reader.partitions(),
          reader.subjects(),
          reader.consumers(),
          reader.copiesHeld(),
          reader.copiesGiven(),
          reader.attempts(),
          reader.claims(),
          reader.pictures(),
        ]);
      return {
        tables: tables.toSorted((a, b) => inOrder(a.name, b.name)),
        columns: compareColumns(found, declared),
        partitions,
        subjects,
        consumers,
        held,
        given,
        attempts,
        claims,
        pictures,
      };
    });
  type DatabaseReading = Awaited<ReturnType<typeof readDatabase>>;

  const describeStores = (
    reading: DatabaseReading,
    inspection: DatabaseInspection,
  ): StoreEvidence[] => {
    const held = reading.tables.reduce((sum, { rows }) => sum + rows, 0);
    const searchRows = reading.tables
      .filter(({ name }) => name.startsWith('search_'))
      .reduce((sum, { rows }) => sum + rows, 0);
    const process = { host: null, country: cell.country, bytes: null } as const;
    const { database, pictures } = places;
    return [
      {
        name: 'database',
        engine: inspection.version,
        holds: 'customers, carts, orders, payments, sessions, and the log of all their changes',
        classes: classesIn(reading.columns.filter((column) => column.exists)),
        ...database,
        items: held,
        bytes: inspection.bytes ?? null,
      },
      {
        name: 'search index',
        engine: 'tables of the database',
        holds: 'products of the catalogue',
        classes: classesIn(reading.columns.filter(({ table }) => table.startsWith('search_'))),
        ...database,
        items: searchRows,
        bytes: null,
      },
      {
        name: 'pictures',
        engine: 'files in a folder',
        holds: 'pictures of products',
        classes: [],
        ...pictures,
        items: Number(reading.pictures?.items ?? 0n),
        bytes: Number(reading.pictures?.bytes ?? 0),
      },
      {
        name: 'cache',
        engine: 'memory of the process',
        holds: 'pages of the catalogue, proofs of routers; nothing outlives the process',
        classes: [],
        ...process,
        items: null,
      },
      {
        name: 'logs',
        engine: 'standard output of the process',
        holds: 'what happened, by ids and codes; declared fields only',
        classes: classesIn(
          Object.entries(LOG_FIELDS).map(([column, dataClass]) => ({
            table: 'logs',
            column,
            class: dataClass,
            exists: true,
          })),
        ),
        ...process,
        items: null,
      },
    ];
  };

  /** Where the directory wants copies of what this cell is primary for. */
  const readWanted = async (): Promise<ResidencyEvidence['copiesWanted']> => {
    const table = await directory.readPlacements(cell.realm).catch(() => undefined);
    if (table === undefined) return null;
    const own = table.placements.filter(({ primary }) => primary === cell.id);
    const byCell = Map.groupBy(own, ({ standby }) => standby ?? null);
    return [...byCell]
      .map(([at, placements]) => ({ at, partitions: placements.length }))
      .toSorted((a, b) => inOrder(a.at ?? '', b.at ?? ''));
  };

  return Object.freeze({
    async takeEvidence() {
      const asOf = clock.now().toISOString();
      const [reading, inspection, copiesWanted] = await Promise.all([
        readDatabase(),
        deps.inspectDatabase(),
        readWanted(),
      ]);
      return {
        format: 'commerce-residency-evidence',
        formatVersion: 1,
        cell: cell.id,
        realm: cell.realm,
        jurisdiction: cell.jurisdiction,
        country: cell.country,
        location: cell.location,
        asOf,
        databaseVersion: inspection.version,
        partitions: Object.fromEntries(
          reading.partitions.map(({ role, partitions }) => [role, Number(partitions)]),
        ),
        tables: reading.tables,
        columns: reading.columns,
        subjects: reading.subjects.map((row) => ({ ...row, subjects: Number(row.subjects) })),
        stores: describeStores(reading, inspection),
        links: inspection.links === undefined ? null : [...inspection.links],
        eventFields: eventFields(),
        logFields: Object.entries(LOG_FIELDS).map(([field, dataClass]) => ({
          field,
          class: dataClass,
        })),
        consumers: reading.consumers.map((row) => ({
          consumer: row.consumer,
          partitions: Number(row.partitions),
        })),
        copiesHeld: reading.held.map((row) => ({ ...row, partitions: Number(row.partitions) })),
        copiesGiven: reading.given.map((row) => ({
          to: row.to,
          partitions: Number(row.partitions),
          versionsBehind: Number(row.versions_behind),
          oldestAcknowledgedAt: row.oldest?.toISOString() ?? null,
        })),
        copiesWanted,
        paymentAttempts: reading.attempts.map((row) => ({
          gateway: row.gateway,
          attempts: Number(row.attempts),
        })),
        claims: Number(reading.claims),
        retention: [...deps.retention],
      };
    },
  } satisfies Residency);
}
