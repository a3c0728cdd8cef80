import { createHash } from 'node:crypto';
import { newPartitionId, type Partition, type PartitionIdType } from '@commerce/contracts/ids';
import pg from 'pg';

/**
 * Fills a cell with many customers and orders in minutes instead of hours. Each order is a copy of one
 * that a shopper really placed, with ids of its own. They are written as the unit of work writes them:
 * a partition's version advances, the row images go into its log, and the chain goes on; so standbys
 * follow them as any other write. What differs: many orders share a record, the gateway knows nothing
 * of their payments, and the units that they sold are released, so that stock adds up.
 */

/** Tables of an order, those that others refer to first. */
const TABLES = [
  'carts',
  'cart_lines',
  'order_groups',
  'orders',
  'order_lines',
  'payments',
  'payment_attempts',
  'payment_allocations',
  'stock_reservations',
] as const;
/** Column by which a table's rows belong to a group, and where its value is found. */
const OF_GROUP = `
  WITH g AS (SELECT partition, id, cart_id FROM order_groups WHERE state = 'paid' LIMIT 1)
  SELECT 'carts' AS name, row_to_json(t)::text AS row FROM carts t JOIN g ON t.partition = g.partition AND t.id = g.cart_id
  UNION ALL SELECT 'cart_lines', row_to_json(t)::text FROM cart_lines t JOIN g ON t.partition = g.partition AND t.cart_id = g.cart_id
  UNION ALL SELECT 'order_groups', row_to_json(t)::text FROM order_groups t JOIN g ON t.partition = g.partition AND t.id = g.id
  UNION ALL SELECT 'orders', row_to_json(t)::text FROM orders t JOIN g ON t.partition = g.partition AND t.order_group_id = g.id
  UNION ALL SELECT 'order_lines', row_to_json(t)::text FROM order_lines t JOIN orders o ON o.partition = t.partition AND o.id = t.order_id JOIN g ON o.partition = g.partition AND o.order_group_id = g.id
  UNION ALL SELECT 'payments', row_to_json(t)::text FROM payments t JOIN g ON t.partition = g.partition AND t.order_group_id = g.id
  UNION ALL SELECT 'payment_attempts', row_to_json(t)::text FROM payment_attempts t JOIN g ON t.partition = g.partition AND t.order_group_id = g.id
  UNION ALL SELECT 'payment_allocations', row_to_json(t)::text FROM payment_allocations t JOIN orders o ON o.partition = t.partition AND o.id = t.order_id JOIN g ON o.partition = g.partition AND o.order_group_id = g.id
  UNION ALL SELECT 'stock_reservations', row_to_json(t)::text FROM stock_reservations t JOIN g ON t.partition = g.partition AND t.order_group_id = g.id`;

const ADVANCE = `UPDATE partitions SET version = version + 1 WHERE partition = $1 AND role = 'primary'
  RETURNING epoch::text, version::text, chain`;
const APPEND = `WITH logged AS (
    INSERT INTO change_log (partition, epoch, version, chain, schema, changes, events)
    VALUES ($1, $2, $3, $4, 1, $5, '[]')
  )
  UPDATE partitions SET chain = $4 WHERE partition = $1`;
const PRIMARIES = `SELECT partition FROM partitions WHERE role = 'primary' ORDER BY partition`;

interface TemplateRow {
  readonly name: string;
  readonly row: string;
}

/** Orders of one log record: as large as a busy minute's, and far below what a record may have. */
const ORDERS_A_RECORD = 25;
const ID = /\b([a-z]{2,4})_[a-z][a-z0-9]*[0-3][0-9a-f]{2}_[0-9a-z]{26}\b/g;

let bulkNumbers = 0;
/** What people call an order by; no shopper's has this form. */
const newBulkNumber = (): string => `BULK-${String((bulkNumbers += 1)).padStart(7, '0')}`;

/** The rows of a copy, with ids of its own in another partition. */
function copyOrder(template: readonly TemplateRow[], partition: Partition): TemplateRow[] {
  const ids = new Map<string, string>();
  return template.map(({ name, row }) => ({
    name,
    row: row
      .replaceAll(ID, (id, type: string) => {
        const known = ids.get(id);
        if (known !== undefined) return known;
        const made = newPartitionId(type as PartitionIdType, partition);
        ids.set(id, made);
        return made;
      })
      .replaceAll(/"partition":"[^"]+"/g, `"partition":"${partition}"`)
      .replace(/"display_number":"[^"]+"/, () => `"display_number":"${newBulkNumber()}"`)
      .replace('"state":"committed"', '"state":"released"'),
  }));
}

function groupIdOf({ name, row }: TemplateRow): string[] {
  return name === 'order_groups' ? [(JSON.parse(row) as { id: string }).id] : [];
}

function makeCustomer(partition: Partition, number: number): TemplateRow {
  const at = '2026-01-02T03:04:05.678Z';
  return {
    name: 'customers',
    row: JSON.stringify({
      partition,
      id: newPartitionId('cus', partition),
      email: `bulk-${partition}-${number}@load.example`,
      name: `Bulk Customer ${number}`,
      language: 'de',
      created_at: at,
      updated_at: at,
    }),
  };
}

/** Writes rows and their record in one transaction, as a unit of work does. */
async function writeRecord(
  client: pg.Client,
  partition: Partition,
  rows: readonly TemplateRow[],
): Promise<number> {
  await client.query('BEGIN');
  const { rows: advanced } = await client.query<{
    epoch: string;
    version: string;
    chain: string;
  }>(ADVANCE, [partition]);
  const [at] = advanced;
  if (at === undefined) throw new Error(`${partition} has no primary here`);
  const changes: string[] = [];
  for (const [table, ofTable] of Map.groupBy(rows, ({ name }) => name)) {
    const { rows: images } = await client.query<{ image: string }>(
      `INSERT INTO ${table} AS t SELECT * FROM json_populate_recordset(NULL::${table}, $1)
       RETURNING row_to_json(t)::text AS image`,
      [`[${ofTable.map(({ row }) => row).join(',')}]`],
    );
    for (const { image } of images) {
      changes.push(`{"table":"${table}","op":"upsert","row":${image}}`);
    }
  }
  const text = `[${changes.join(',')}]`;
  const chain = createHash('sha256')
    .update(`${at.chain}\n${partition}\n${at.epoch}.${at.version}\n`)
    .update(`1\n${text}\n[]`)
    .digest('hex');
  await client.query(APPEND, [partition, at.epoch, at.version, chain, text]);
  await client.query('COMMIT');
  return changes.length;
}

export interface BulkLoad {
  readonly customers: number;
  readonly orders: number;
  readonly rows: number;
  readonly durationMs: number;
  /** Order groups that no gateway knows of: a check of the books has to leave them out. */
  readonly groupIds: readonly string[];
}

/**
 * Adds customers and orders, spread evenly over the partitions that the cell is primary of. The cell
 * must not run meanwhile: it would not hear of what others write into its log.
 * @throws Error where nobody has bought anything yet that could be copied
 */
export async function loadBulk(
  databaseUrl: string,
  wanted: { readonly customers: number; readonly orders: number },
): Promise<BulkLoad> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const startedAt = performance.now();
  try {
    const { rows: template } = await client.query<TemplateRow>(OF_GROUP);
    if (TABLES.some((name) => !template.some((row) => row.name === name))) {
      throw new Error('there is no whole order to copy');
    }
    const { rows: primaries } = await client.query<{ partition: Partition }>(PRIMARIES);
    const total = { customers: 0, orders: 0, rows: 0 };
    const groupIds: string[] = [];
    for (const [index, { partition }] of primaries.entries()) {
      const share = (count: number): number =>
        Math.floor((count * (index + 1)) / primaries.length) -
        Math.floor((count * index) / primaries.length);
      const customers = share(wanted.customers);
      const orders = share(wanted.orders);
      for (let done = 0; done < Math.max(orders, 1); done += ORDERS_A_RECORD) {
        const copies = Math.min(ORDERS_A_RECORD, orders - done);
        const rows = Array.from({ length: copies }, () => copyOrder(template, partition)).flat();
        groupIds.push(...rows.flatMap(groupIdOf));
        if (done === 0) {
          rows.unshift(
            ...Array.from({ length: customers }, (_, number) => makeCustomer(partition, number)),
          );
        }
        if (rows.length > 0) total.rows += await writeRecord(client, partition, rows);
      }
      total.customers += customers;
      total.orders += orders;
    }
    return { ...total, groupIds, durationMs: performance.now() - startedAt };
  } finally {
    await client.end();
  }
}
