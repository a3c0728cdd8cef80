import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { RecordedCheckout } from './record-checkout.ts';
import type { RecordedStatement, Work } from './recorded-statements.ts';

/**
 * Runs the SQL of one recorded checkout again and again, with nothing but `pg` in between: every
 * value is known beforehand, so a transaction is one round trip. No platform can be faster than
 * that on this database.
 */

export interface ReplayResult {
  readonly count: number;
  readonly durationMs: number;
}

/** Each connection has a partition and a variant of its own, so that none waits for another. */
interface Lane {
  readonly client: pg.Client;
  readonly partition: string;
  readonly variantId: string;
  version: bigint;
}

const CONNECTIONS = 16;
/** An id of a partition's data: type, realm and slot, and 26 characters. */
const ID = /\b([a-z]{3,4})_([a-z]+[0-9a-f]{3})_([0-9a-z]{26})\b/g;
const SUFFIX_LENGTH = 26;
const UNITS = 1_000_000;

const slotOf = (partition: string): string => partition.replace('-', '');

let counter = 0;
/** Ids that grow like those of the platform, so that indexes see the same pattern. */
function freshSuffix(): string {
  counter += 1;
  const time = Date.now().toString(36).padStart(10, '0');
  return `${time}${counter.toString(36).padStart(SUFFIX_LENGTH - 10, '0')}`;
}

function freshLike(token: string): string {
  const text = randomBytes(token.length).toString('base64url').slice(0, token.length);
  return text.replaceAll(/[-_]/g, 'x');
}

/** Replaces in values what must differ from run to run, and is the same within a run. */
function createRenaming(recorded: RecordedCheckout, lane: Lane): (value: string) => string {
  const suffixes = new Map<string, string>();
  const tokens = recorded.uniques.map((token) => [token, freshLike(token)] as const);
  const slot = slotOf(recorded.partition);
  return (value) => {
    let text = value
      .replaceAll(recorded.partition, lane.partition)
      .replaceAll(recorded.variantId, lane.variantId)
      .replaceAll(ID, (id, type: string, place: string, suffix: string) => {
        if (place !== slot) return id;
        const fresh = suffixes.get(suffix) ?? freshSuffix();
        suffixes.set(suffix, fresh);
        return `${type}_${slotOf(lane.partition)}_${fresh}`;
      });
    for (const [token, fresh] of tokens) text = text.replaceAll(token, fresh);
    return text;
  };
}

function valuesOf(
  { name, values }: RecordedStatement,
  lane: Lane,
  rename: (value: string) => string,
): (string | null)[] {
  const renamed = values.map((value) => (value === null ? null : rename(value)));
  // The version that the log's record bears is the one that this transaction has reached.
  if (name === 'partitions.append-record') renamed[2] = String(lane.version);
  return renamed;
}

async function runWork(lane: Lane, work: Work, rename: (value: string) => string): Promise<void> {
  if (work.some(({ name }) => name === 'partitions.advance')) lane.version += 1n;
  await Promise.all(
    work.map((statement) =>
      lane.client.query(
        statement.name === ''
          ? statement.text
          : {
              name: statement.name,
              text: statement.text,
              values: valuesOf(statement, lane, rename),
            },
      ),
    ),
  );
}

async function openLanes(url: string): Promise<Lane[]> {
  const first = new pg.Client({ connectionString: url });
  await first.connect();
  const partitions = await first.query<{ partition: string; version: string }>(
    `SELECT partition, version FROM partitions WHERE role = 'primary' ORDER BY partition LIMIT $1`,
    [CONNECTIONS],
  );
  const variants = await first.query<{ variant_id: string }>(
    `UPDATE stock_pool SET available = ${UNITS}, received_total = received_total + ${UNITS}
     WHERE variant_id IN (SELECT variant_id FROM stock_pool ORDER BY variant_id LIMIT $1)
     RETURNING variant_id`,
    [CONNECTIONS],
  );
  await first.end();
  return Promise.all(
    partitions.rows.map(async ({ partition, version }, index) => {
      const config: pg.ClientConfig & { pipeline: boolean } = {
        connectionString: url,
        pipeline: true,
        options: '-c plan_cache_mode=force_generic_plan',
      };
      const client = new pg.Client(config);
      await client.connect();
      const variantId = variants.rows[index]?.variant_id ?? '';
      return { client, partition, variantId, version: BigInt(version) };
    }),
  );
}

/**
 * Replays a checkout over sixteen connections.
 * @param url connection string of the cell's database, which nobody else uses any more
 */
export async function replayCheckout(
  recorded: RecordedCheckout,
  url: string,
  timing: { readonly warmUpMs: number; readonly durationMs: number },
): Promise<ReplayResult> {
  const lanes = await openLanes(url);
  let count = 0;
  const run = async (lane: Lane, deadline: number): Promise<void> => {
    while (performance.now() < deadline) {
      const rename = createRenaming(recorded, lane);
      for (const work of recorded.works) await runWork(lane, work, rename);
      count += 1;
    }
  };
  try {
    const warmUpEnd = performance.now() + timing.warmUpMs;
    await Promise.all(lanes.map((lane) => run(lane, warmUpEnd)));
    count = 0;
    const begunAt = performance.now();
    await Promise.all(lanes.map((lane) => run(lane, begunAt + timing.durationMs)));
    return { count, durationMs: performance.now() - begunAt };
  } finally {
    await Promise.all(lanes.map(({ client }) => client.end()));
  }
}
