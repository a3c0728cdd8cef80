import { signServiceCall } from '@commerce/service/auth/service-token';
import { systemClock } from '@commerce/service/clock';
import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';
import pg from 'pg';

/**
 * What a cell wrote past the cut of an emergency and keeps aside: by its list of divergences, and in
 * partitions that are still fenced because their history has left the common one.
 */

const FENCED = `
  SELECT g.id FROM order_groups g
  JOIN partitions p ON p.partition = g.partition AND p.role = 'fenced'
  UNION ALL
  SELECT a.id FROM payment_attempts a
  JOIN partitions p ON p.partition = a.partition AND p.role = 'fenced'`;

const ID = /\b[a-z]{2,5}_[a-z][a-z0-9]*[0-3][0-9a-f]{2}_[0-9a-z]{26}\b/g;

async function readFenced(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(FENCED);
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

/** Ids that the cell's list names; empty where it lists nothing or has no list. */
async function readListed(fleet: OwnFleet, cell: string): Promise<readonly string[]> {
  const key = Buffer.from(fleet.secret('service.key'), 'hex');
  const call = { caller: 'cellctl', audience: cell, clock: systemClock };
  const answer = await fetch(`${fleet.cellUrl(cell)}/internal/v1/partitions/divergences`, {
    headers: { authorization: signServiceCall(key, call) },
  });
  if (answer.status !== 200) return [];
  return (await answer.text()).match(ID) ?? [];
}

/** Ids of order groups and payment attempts that a cell has set aside. */
export async function readSetAside(fleet: OwnFleet, cell: string): Promise<readonly string[]> {
  const [fenced, listed] = await Promise.all([
    readFenced(fleet.databaseUrl(cell)),
    readListed(fleet, cell),
  ]);
  return [...fenced, ...listed];
}
