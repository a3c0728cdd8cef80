import { createPrivateKey, createPublicKey, type JsonWebKey, sign, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureSecrets } from './secrets.ts';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'secrets-test-')), 'secrets');
});
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

async function readKey(file: string): Promise<JsonWebKey & { readonly kid: string }> {
  return JSON.parse(await readFile(file, 'utf8')) as JsonWebKey & { readonly kid: string };
}

test('keys are made once and only this account may read them', async () => {
  const first = await ensureSecrets(folder, ['eu', 'us', 'eu']);
  const contents = await Promise.all(
    (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  expect(await readFile(first.routerPinKey, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  expect(new Set(contents).size).toBe(contents.length);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const name of await readdir(folder)) {
    expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
  }
  expect(await ensureSecrets(folder, ['eu', 'us'])).toEqual(first);
  const again = await Promise.all(
    (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  expect(again).toEqual(contents);
});

test('a key file that a crash left empty is made anew', async () => {
  const { claimsKey } = await ensureSecrets(folder, ['eu']);
  await writeFile(claimsKey, '');
  await ensureSecrets(folder, ['eu']);
  expect(await readFile(claimsKey, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
});

test('the JWKS verifies what each realm signs, also of a realm no longer asked for, and holds no private part', async () => {
  const { realmSigningKeys } = await ensureSecrets(folder, ['eu', 'us']);
  const { realmJwks } = await ensureSecrets(folder, ['eu']);
  const text = await readFile(realmJwks, 'utf8');
  const { keys } = JSON.parse(text) as { keys: (JsonWebKey & { kid: string; d?: string })[] };
  expect(keys).toHaveLength(2);
  for (const file of realmSigningKeys.values()) {
    const own = await readKey(file);
    const open = keys.find(({ kid }) => kid === own.kid);
    expect(open).not.toHaveProperty('d');
    const signature = sign(
      'sha256',
      Buffer.from('x'),
      createPrivateKey({ key: own, format: 'jwk' }),
    );
    const key = createPublicKey({ key: open as JsonWebKey, format: 'jwk' });
    expect(verify('sha256', Buffer.from('x'), key, signature)).toBe(true);
  }
});
