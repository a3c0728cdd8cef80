import pg from 'pg';
import { formatRequest, openConnection } from '../harness/connection.ts';
import type { FleetProcess } from '../harness/fleet-process.ts';
import type { Receipt } from './buyers.ts';

/**
 * Compares three books after a load: what shoppers were told, what the cell's database holds, and
 * what the gateway charged (I1, I2).
 */

interface LedgerPayment {
  readonly reference: string;
  readonly capturedMinor: number;
}

interface LedgerPage {
  readonly entries: readonly { readonly payment: LedgerPayment }[];
  readonly next?: number;
}

/** What the gateway has taken, by payment attempt. */
async function readCharges(fleet: FleetProcess): Promise<Map<string, number>> {
  const connection = await openConnection(fleet.gatewayPort);
  const headers = { authorization: `Bearer ${fleet.secret('gateway-api.key')}` };
  const charges = new Map<string, number>();
  try {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const request: string = formatRequest('GET', `/v1/ledger?after=${after}&limit=1000`, headers);
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`the gateway's ledger was answered with ${status}`);
      const page = JSON.parse(body.toString()) as LedgerPage;
      for (const { payment } of page.entries) charges.set(payment.reference, payment.capturedMinor);
      after = page.next;
    }
  } finally {
    connection.close();
  }
  return charges;
}

interface BookedGroup {
  readonly group_id: string;
  readonly attempt_id: string;
  readonly state: string;
  readonly total_minor: string;
}

/** Opens the cell's own database. */
export async function connectToDatabase(fleet: FleetProcess): Promise<pg.Client> {
  const password = fleet.secret('database.password');
  const client = new pg.Client({
    connectionString: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${fleet.databasePort}/cell`,
  });
  await client.connect();
  return client;
}

async function readGroups(fleet: FleetProcess): Promise<BookedGroup[]> {
  const client = await connectToDatabase(fleet);
  try {
    const { rows } = await client.query<BookedGroup>(
      `SELECT g.id AS group_id, a.id AS attempt_id, g.state, g.total_minor
       FROM order_groups g
       JOIN payment_attempts a ON a.partition = g.partition AND a.order_group_id = g.id`,
    );
    return rows;
  } finally {
    await client.end();
  }
}

/**
 * @returns a sentence for the report
 * @throws Error with the first difference
 */
export async function checkBooks(
  fleet: FleetProcess,
  receipts: readonly Receipt[],
): Promise<string> {
  const [charges, groups] = await Promise.all([readCharges(fleet), readGroups(fleet)]);
  const byId = new Map(groups.map((group) => [group.group_id, group]));
  for (const { groupId, totalMinor } of receipts) {
    const group = byId.get(groupId);
    if (group?.state !== 'paid' || Number(group.total_minor) !== totalMinor) {
      throw new Error(`${groupId} was acknowledged with ${totalMinor}, the cell has it otherwise`);
    }
  }
  for (const group of groups) {
    const owedMinor = group.state === 'paid' ? Number(group.total_minor) : 0;
    const chargedMinor = charges.get(group.attempt_id) ?? 0;
    charges.delete(group.attempt_id);
    if (chargedMinor === owedMinor) continue;
    throw new Error(`${group.group_id} (${group.state}) is ${owedMinor}, charged ${chargedMinor}`);
  }
  const [stray] = charges;
  if (stray !== undefined) throw new Error(`the charge ${stray[0]} belongs to no order group`);
  return `Afterwards each of ${receipts.length} acknowledged order groups was in the cell, and each of ${groups.length} charges at the gateway was its order group's total to the cent.`;
}
