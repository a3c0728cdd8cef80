import { type Static, Type } from 'typebox';
import { DATA_CLASSES, type DataClass } from './data-classes.ts';
import { PARTITION_ROLES, type PartitionRole } from './partition-control.ts';

/**
 * What a cell says of the personal data that it holds, taken from its stores as they are: counts and
 * names of things, never a value out of a row. The control plane and `cellctl` judge it and make the
 * report; the cell itself judges nothing.
 */

const strict = { additionalProperties: false } as const;
const Name = Type.String({ maxLength: 200 });
const Count = Type.Integer({ minimum: 0 });
const Time = Type.String({ format: 'date-time' });
const Country = Type.String({ pattern: '^[A-Z]{2}$' });
const ClassName = Type.Enum(Object.keys(DATA_CLASSES) as DataClass[]);
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

export const TABLE_KINDS = {
  customer: 'rows of customers, each of one partition',
  cell: 'rows of the cell itself',
  undeclared: 'found in the database, and declared nowhere',
} as const;
export type TableKind = keyof typeof TABLE_KINDS;

/** A table as the database has it. */
export const TableEvidence = Type.Object(
  {
    name: Name,
    kind: Type.Enum(Object.keys(TABLE_KINDS) as TableKind[]),
    /** What the rows are about, such as `orders`; null where nobody has said it. */
    category: orNull(Name),
    rows: Count,
    /** Rows of partitions that this cell has a copy of for another one. */
    standbyRows: Count,
    /** Rows of partitions that this cell should hold nothing of. */
    strayRows: Count,
    /** When the oldest row was made, where the rows say so. */
    oldestAt: orNull(Time),
  },
  strict,
);
export type TableEvidence = Static<typeof TableEvidence>;

/** A column with its class; null: it exists and is declared nowhere. */
export const ColumnEvidence = Type.Object(
  { table: Name, column: Name, class: orNull(ClassName), exists: Type.Boolean() },
  strict,
);
export type ColumnEvidence = Static<typeof ColumnEvidence>;

/** Natural persons, counted once for each country, role and kind. */
export const SubjectEvidence = Type.Object(
  {
    /** That they shop for, by their orders and carts; null where they have neither. */
    country: orNull(Country),
    role: orNull(Type.Enum(Object.keys(PARTITION_ROLES) as PartitionRole[])),
    kind: Type.Enum(['customer', 'guest']),
    subjects: Count,
  },
  strict,
);
export type SubjectEvidence = Static<typeof SubjectEvidence>;

export const StoreEvidence = Type.Object(
  {
    name: Name,
    engine: Name,
    holds: Name,
    /** Strictest first; empty where it holds nothing that has a class but `none`. */
    classes: Type.Array(ClassName),
    /** Host that it is reached at; null where it is a part of the cell's process or database. */
    host: orNull(Name),
    /** Country that it stands in; null where nobody has stated it. */
    country: orNull(Country),
    items: orNull(Count),
    bytes: orNull(Count),
  },
  strict,
);
export type StoreEvidence = Static<typeof StoreEvidence>;

/** A way that data could leave a database by itself. */
export const LinkEvidence = Type.Object({ kind: Name, name: Name, target: Name }, strict);
export type LinkEvidence = Static<typeof LinkEvidence>;

export const ResidencyEvidence = Type.Object(
  {
    format: Type.Literal('commerce-residency-evidence'),
    formatVersion: Type.Literal(1),
    cell: Name,
    realm: Name,
    jurisdiction: Name,
    country: Country,
    location: Name,
    /** One snapshot of the database. */
    asOf: Time,
    databaseVersion: Name,
    partitions: Type.Record(Name, Count),
    tables: Type.Array(TableEvidence),
    columns: Type.Array(ColumnEvidence),
    subjects: Type.Array(SubjectEvidence),
    stores: Type.Array(StoreEvidence),
    /** Null where the database does not let the cell look. */
    links: orNull(Type.Array(LinkEvidence)),
    eventFields: Type.Array(
      Type.Object(
        {
          stream: Name,
          event: Name,
          field: Name,
          class: ClassName,
          /** Whether the stream may be read from outside the cell. */
          leavesCell: Type.Boolean(),
        },
        strict,
      ),
    ),
    logFields: Type.Array(Type.Object({ field: Name, class: ClassName }, strict)),
    /** Who has read the cell's events, by what the cell keeps of their progress. */
    consumers: Type.Array(Type.Object({ consumer: Name, partitions: Count }, strict)),
    /** Copies that this cell keeps of others' partitions. */
    copiesHeld: Type.Array(Type.Object({ of: Name, state: Name, partitions: Count }, strict)),
    /** Copies that others keep of this cell's partitions, by their acknowledgements. */
    copiesGiven: Type.Array(
      Type.Object(
        {
          to: Name,
          partitions: Count,
          versionsBehind: Count,
          oldestAcknowledgedAt: orNull(Time),
        },
        strict,
      ),
    ),
    /** Where the directory wants copies of this cell's partitions; null where it does not answer. */
    copiesWanted: orNull(Type.Array(Type.Object({ at: orNull(Name), partitions: Count }, strict))),
    paymentAttempts: Type.Array(Type.Object({ gateway: Name, attempts: Count }, strict)),
    /** Keyed hashes of unique names that stand in the directory for customers of this cell. */
    claims: Count,
    retention: Type.Array(
      Type.Object({ what: Name, keptMs: Type.Integer({ minimum: 0 }) }, strict),
    ),
  },
  strict,
);
export type ResidencyEvidence = Static<typeof ResidencyEvidence>;
