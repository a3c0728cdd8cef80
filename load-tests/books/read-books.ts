import pg from 'pg';
import { formatRequest, openConnection } from '../harness/connection.ts';
import type { HeldGroup, LogEntry, Observations, StockOfVariant } from './compare.ts';

/** Reads what the platform and the gateway hold, from their own stores. */

/** Where the books of a fleet are. */
export interface BookSources {
  /** Connection strings of the cells' databases, by cell. */
  readonly cellDatabases: ReadonlyMap<string, string>;
  readonly controlPlaneDatabase: string;
  readonly gatewayPort: number;
  readonly gatewayKey: string;
}

const GROUPS = `
  SELECT p.role, g.id AS group_id, g.cart_id, g.state, g.total_minor::text,
    coalesce(array_agg(a.id) FILTER (WHERE a.id IS NOT NULL), '{}') AS attempts
  FROM order_groups g
  JOIN partitions p ON p.partition = g.partition
  LEFT JOIN payment_attempts a ON a.partition = g.partition AND a.order_group_id = g.id
  GROUP BY p.role, g.id, g.cart_id, g.state, g.total_minor`;
const LOG = 'SELECT partition, epoch::text, version::text, chain FROM change_log';
const PRIMARIES = `SELECT partition FROM partitions WHERE role = 'primary'`;
const ALL_PARTITIONS = 'SELECT partition FROM partitions';
const FREE = 'SELECT variant_id, available::text AS units FROM stock_pool';
const HELD = `
  SELECT r.variant_id, sum(r.quantity)::text AS units FROM stock_reservations r
  JOIN partitions p ON p.partition = r.partition AND p.role = 'primary'
  WHERE r.state <> 'released' GROUP BY r.variant_id`;
const ON_HAND = `
  SELECT variant_id, sum(on_hand)::text AS on_hand, sum(unallotted)::text AS unallotted
  FROM stock_levels GROUP BY variant_id`;

interface GroupRow {
  readonly role: string;
  readonly group_id: string;
  readonly cart_id: string;
  readonly state: string;
  readonly total_minor: string;
  readonly attempts: readonly string[];
}

interface CellBooks {
  readonly groups: readonly HeldGroup[];
  readonly log: readonly LogEntry[];
  readonly primaries: readonly string[];
  readonly partitions: readonly string[];
  readonly free: ReadonlyMap<string, number>;
  readonly held: ReadonlyMap<string, number>;
}

async function withClient<Result>(
  url: string,
  read: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // An idle client that loses its server would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await read(client);
  } finally {
    await client.end();
  }
}

function toUnits(rows: readonly { variant_id: string; units: string }[]): Map<string, number> {
  return new Map(rows.map(({ variant_id, units }) => [variant_id, Number(units)]));
}

/** One snapshot of one cell: its parts must fit each other while others still write. */
async function readCell(cell: string, url: string): Promise<CellBooks> {
  return withClient(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const groups = await client.query<GroupRow>(GROUPS);
    const log = await client.query<Omit<LogEntry, 'cell'>>(LOG);
    const primaries = await client.query<{ partition: string }>(PRIMARIES);
    const partitions = await client.query<{ partition: string }>(ALL_PARTITIONS);
    const free = await client.query<{ variant_id: string; units: string }>(FREE);
    const held = await client.query<{ variant_id: string; units: string }>(HELD);
    await client.query('COMMIT');
    return {
      groups: groups.rows.map((row) => ({
        cell,
        role: row.role,
        groupId: row.group_id,
        cartId: row.cart_id,
        state: row.state,
        totalMinor: Number(row.total_minor),
        attempts: row.attempts,
      })),
      log: log.rows.map((row) => ({ cell, ...row })),
      primaries: primaries.rows.map(({ partition }) => partition),
      partitions: partitions.rows.map(({ partition }) => partition),
      free: toUnits(free.rows),
      held: toUnits(held.rows),
    };
  });
}

interface LedgerPage {
  readonly entries: readonly {
    readonly payment: {
      readonly reference: string;
      readonly capturedMinor: number;
      readonly refundedMinor: number;
    };
  }[];
  readonly next?: number;
}

/** What the gateway has taken and not given back, by payment attempt. */
async function readCharges(port: number, key: string): Promise<Map<string, number>> {
  const connection = await openConnection(port);
  const headers = { authorization: `Bearer ${key}` };
  const charges = new Map<string, number>();
  try {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const request = formatRequest('GET', `/v1/ledger?after=${after}&limit=1000`, headers);
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`its ledger was answered with ${status}`);
      const page = JSON.parse(body.toString()) as LedgerPage;
      for (const { payment } of page.entries) {
        charges.set(payment.reference, payment.capturedMinor - (payment.refundedMinor ?? 0));
      }
      after = page.next;
    }
  } finally {
    connection.close();
  }
  return charges;
}

async function readStock(url: string, cells: readonly CellBooks[]): Promise<StockOfVariant[]> {
  const rows = await withClient(url, async (client) => {
    const { rows: levels } = await client.query<{
      variant_id: string;
      on_hand: string;
      unallotted: string;
    }>(ON_HAND);
    return levels;
  });
  const sum = (of: (cell: CellBooks) => ReadonlyMap<string, number>, id: string): number =>
    cells.reduce((total, cell) => total + (of(cell).get(id) ?? 0), 0);
  return rows.map((row) => ({
    variantId: row.variant_id,
    onHand: Number(row.on_hand),
    unallotted: Number(row.unallotted),
    free: sum(({ free }) => free, row.variant_id),
    held: sum(({ held }) => held, row.variant_id),
  }));
}

function listPrimaries(cells: ReadonlyMap<string, CellBooks>): Map<string, string[]> {
  const primaries = new Map<string, string[]>();
  for (const [, { partitions }] of cells) {
    for (const partition of partitions) primaries.set(partition, []);
  }
  for (const [cell, books] of cells) {
    for (const partition of books.primaries) primaries.get(partition)?.push(cell);
  }
  return primaries;
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error);

/**
 * Reads all books. A store that can't be read leaves its part undefined and is named in `unread`.
 * @param reconciled ids of groups and attempts that cells have set aside after an emergency
 */
export async function readBooks(
  sources: BookSources,
  reconciled: ReadonlySet<string> = new Set(),
): Promise<Observations> {
  const unread: string[] = [];
  const orUnread = async <Result>(
    name: string,
    read: Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await read;
    } catch (error) {
      unread.push(`${name}: ${reasonOf(error)}`);
      return undefined;
    }
  };
  const cells = new Map<string, CellBooks>();
  // The gateway before the cells: a charge that comes in between belongs to a group that is there.
  const charges = await orUnread('gateway', readCharges(sources.gatewayPort, sources.gatewayKey));
  for (const [cell, url] of sources.cellDatabases) {
    const books = await orUnread(`database of ${cell}`, readCell(cell, url));
    if (books !== undefined) cells.set(cell, books);
  }
  const all = [...cells.values()];
  const isWhole = all.length === sources.cellDatabases.size;
  const stock = isWhole
    ? await orUnread('control plane', readStock(sources.controlPlaneDatabase, all))
    : undefined;
  return {
    groups: isWhole ? all.flatMap(({ groups }) => groups) : undefined,
    charges,
    stock,
    log: isWhole ? all.flatMap(({ log }) => log) : undefined,
    primaries: isWhole ? listPrimaries(cells) : undefined,
    reconciled,
    unread,
  };
}
