import { createHash, generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Files of the fleet's keys, by what they are for. Each part is told of those that it needs only. */
export interface SecretFiles {
  readonly routerPinKey: string;
  readonly routedAuthKey: string;
  readonly claimsKey: string;
  readonly serviceKey: string;
  readonly gatewayApiKey: string;
  readonly gatewayWebhookKey: string;
  readonly controlPlaneSigningKey: string;
  /** Public keys of all realms, as a JWKS. */
  readonly realmJwks: string;
  /** Private key of each realm, as a JWK. */
  readonly realmSigningKeys: ReadonlyMap<string, string>;
  /** Password of the databases, itself. */
  readonly databasePassword: string;
}

const REALM_KEY_PREFIX = 'realm-';

/**
 * Makes the keys that are missing, each once for the life of the data folder, readable by this
 * account alone. Keys of realms that an earlier start had stay in the JWKS: their tokens live on.
 */
export async function ensureSecrets(
  folder: string,
  realms: readonly string[],
): Promise<SecretFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const hexKey = (name: string): Promise<string> =>
    ensureFile(path.join(folder, name), () => `${randomBytes(32).toString('hex')}\n`);
  const realmSigningKeys = new Map<string, string>();
  for (const realm of new Set(realms)) {
    const file = path.join(folder, `${REALM_KEY_PREFIX}${realm}.jwk`);
    realmSigningKeys.set(realm, await ensureFile(file, () => newSigningKey(realm)));
  }
  return {
    routerPinKey: await hexKey('router-pin.key'),
    routedAuthKey: await hexKey('routed-auth.key'),
    claimsKey: await hexKey('claims.key'),
    serviceKey: await hexKey('service.key'),
    gatewayApiKey: await hexKey('gateway-api.key'),
    gatewayWebhookKey: await hexKey('gateway-webhook.key'),
    controlPlaneSigningKey: await ensureFile(path.join(folder, 'control-plane.jwk'), () =>
      newSigningKey('control-plane'),
    ),
    realmSigningKeys,
    realmJwks: await writeRealmJwks(folder),
    databasePassword: (await readFile(await hexKey('database.password'), 'utf8')).trim(),
  };
}

async function ensureFile(file: string, make: () => string): Promise<string> {
  const found = await readFile(file, 'utf8').catch(() => '');
  if (found === '') await writePrivately(file, make());
  return file;
}

/** Whole or not at all: a key cut short by a crash would lock its data for ever. */
async function writePrivately(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  await writeFile(partial, text, { mode: 0o600, flush: true });
  await rename(partial, file);
}

async function writeRealmJwks(folder: string): Promise<string> {
  const keys: JsonWebKey[] = [];
  for (const name of (await readdir(folder)).toSorted()) {
    if (!name.startsWith(REALM_KEY_PREFIX) || !name.endsWith('.jwk')) continue;
    const key = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as JsonWebKey;
    const { d: _private, ...open } = key;
    keys.push(open);
  }
  const file = path.join(folder, 'realms.jwks');
  await writePrivately(file, `${JSON.stringify({ keys }, null, 2)}\n`);
  return file;
}

/** An ES256 key whose id tells its owner and, by its thumbprint (RFC 7638), the key itself. */
function newSigningKey(owner: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, d, kty, x, y } = privateKey.export({ format: 'jwk' });
  const canonical = JSON.stringify({ crv, kty, x, y });
  const thumbprint = createHash('sha256').update(canonical).digest('base64url');
  const kid = `${owner}-${thumbprint.slice(0, 12)}`;
  return `${JSON.stringify({ kty, crv, x, y, d, kid, alg: 'ES256', use: 'sig' })}\n`;
}
