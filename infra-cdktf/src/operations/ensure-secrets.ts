import { createHash, generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import type { CellUnit, FleetPlan, Unit } from '../fleet/plan.ts';
import { allSecrets, type SecretSpec } from '../settings/secrets.ts';
import type { Vaults } from './vaults.ts';

const KEY_BYTES = 32;

/**
 * Makes the secrets that are missing, each in the vault of its first holder, and copies it to the others that may have
 * it. What is there stays: a second run changes nothing. Certificates of databases are made by the database's own tool.
 * @returns how many secrets were written
 */
export async function ensureSecrets(fleet: FleetPlan, vaults: Vaults): Promise<number> {
  let written = 0;
  const put = async (unit: Unit, name: string, text: string): Promise<void> => {
    if ((await vaults.read(unit, name)) === text) return;
    await vaults.write(unit, name, text);
    written += 1;
  };
  for (const [name, spec] of Object.entries(allSecrets())) {
    if (spec.form === 'certificate' || spec.form === 'jwks' || spec.form === 'public-jwk') continue;
    for (const holders of holdersOf(fleet, spec)) {
      const [first, ...others] = holders;
      if (first === undefined) continue;
      let text = await vaults.read(first, name);
      if (text === undefined) {
        text = spec.form === 'hex' ? randomBytes(KEY_BYTES).toString('hex') : newSigningKey(first);
        await put(first, name, text);
      }
      for (const other of others) await put(other, name, text);
    }
  }
  await publishRealmKeys(fleet, vaults, put);
  return written;
}

/** Units that share a secret: all of them, those of each jurisdiction, or each alone. */
function holdersOf(fleet: FleetPlan, spec: SecretSpec): readonly (readonly Unit[])[] {
  const all: readonly Unit[] = [fleet.controlPlane, ...fleet.routers, ...fleet.cells];
  const holders = all.filter(({ kind }) => spec.holders.includes(kind));
  if (spec.scope === 'world') return [holders];
  if (spec.scope === 'unit') return holders.map((unit) => [unit]);
  return [...Map.groupBy(holders, ({ jurisdiction }) => jurisdiction).values()];
}

/** The public part of each realm's key is taken at home, and only that part goes to the other cells. */
async function publishRealmKeys(
  { cells }: FleetPlan,
  vaults: Vaults,
  put: (unit: Unit, name: string, text: string) => Promise<void>,
): Promise<void> {
  const keys: JsonWebKey[] = [];
  for (const own of Map.groupBy(cells, ({ location }) => location.realm).values()) {
    const [first] = own;
    if (first === undefined) continue;
    const key = publicPart(await vaults.read(first, 'realm-signing'));
    if (key === undefined) continue;
    keys.push(key);
    await put(first, 'realm-public', JSON.stringify(key));
  }
  const set = `${JSON.stringify({ keys })}`;
  for (const cell of cells) await put(cell, 'realm-jwks', set);
}

function publicPart(text: string | undefined): JsonWebKey | undefined {
  if (text === undefined) return undefined;
  const { d: _private, ...open } = JSON.parse(text) as JsonWebKey;
  return open;
}

/** An ES256 key whose id tells its owner and, by its thumbprint (RFC 7638), the key itself. */
function newSigningKey(unit: Unit): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, d, kty, x, y } = privateKey.export({ format: 'jwk' });
  const canonical = JSON.stringify({ crv, kty, x, y });
  const thumbprint = createHash('sha256').update(canonical).digest('base64url');
  const owner = unit.kind === 'cell' ? (unit as CellUnit).location.realm : unit.id;
  const kid = `${owner}-${thumbprint.slice(0, 12)}`;
  return JSON.stringify({ kty, crv, x, y, d, kid, alg: 'ES256', use: 'sig' });
}
