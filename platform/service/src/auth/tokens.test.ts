import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { createManualClock } from '../clock.ts';
import { bearerOf, createTokenIssuer, createTokenVerifier, type TokenIssuer } from './tokens.ts';

const AUDIENCE = 'shop';
const clock = createManualClock(1_800_000_000_000);
const keys = new Map<string, JWK>();
let issuer: TokenIssuer;

async function makeKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid };
  keys.set(kid, key);
  return key;
}
const importKey = (kid: string) => importJWK(keys.get(kid) as JWK, 'ES256');
const issuerOf = (kid: string, name: string, audience = AUDIENCE) =>
  createTokenIssuer(keys.get(kid) as JWK, { issuer: name, audience, clock });

beforeAll(async () => {
  for (const kid of ['eu-1', 'us-1', 'stranger-1']) await makeKey(kid);
  issuer = await issuerOf('eu-1', 'eu');
});

/** Knows the keys of two realms. */
const verifier = () => {
  const jwks = ['eu-1', 'us-1'].map((kid) => {
    const { d: _private, ...shown } = keys.get(kid) as JWK;
    return shown;
  });
  return createTokenVerifier({ keys: jwks }, { audience: AUDIENCE, clock });
};
const refused = { code: 'invalid-token', status: 401 };

it('gives back the claims of a token that its realm has signed', async () => {
  const token = await issuer.issue('cus_1', { part: 'eu-001', roles: ['shopper'] }, 600);
  const claims = await verifier().verify(token);
  const iat = clock.nowMs() / 1000;
  expect(claims).toEqual({
    sub: 'cus_1',
    iss: 'eu',
    aud: AUDIENCE,
    part: 'eu-001',
    roles: ['shopper'],
    iat,
    exp: iat + 600,
  });
  const other = await (await issuerOf('us-1', 'us')).issue('cus_2', {}, 600);
  expect((await verifier().verify(other)).iss).toBe('us');
});

it('believes a token until it expires, also one that it has seen before', async () => {
  const seen = verifier();
  const token = await issuer.issue('cus_1', {}, 60);
  await seen.verify(token);
  clock.advance(59_000);
  await seen.verify(token);
  clock.advance(1_000);
  await expect(seen.verify(token)).rejects.toMatchObject(refused);
  await expect(verifier().verify(token)).rejects.toMatchObject(refused);
});

it('refuses a token for another audience, of a stranger, or of another realm than its key', async () => {
  const tokens = await Promise.all([
    issuerOf('eu-1', 'eu', 'vendors').then((each) => each.issue('cus_1', {}, 60)),
    issuerOf('stranger-1', 'stranger').then((each) => each.issue('cus_1', {}, 60)),
    issuerOf('eu-1', 'us').then((each) => each.issue('cus_1', {}, 60)),
    issuerOf('us-1', '').then((each) => each.issue('cus_1', {}, 60)),
  ]);
  for (const token of tokens) await expect(verifier().verify(token)).rejects.toMatchObject(refused);
});

it('refuses what is no token of ours: changed, unsigned, of another kind, or no JWT', async () => {
  const token = await issuer.issue('cus_1', {}, 60);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const wrong = [
    [header, encode({ ...claims, sub: 'cus_2' }), signature].join('.'),
    [encode({ alg: 'none', typ: 'at+jwt', kid: 'eu-1' }), payload, ''].join('.'),
    [header, payload].join('.'),
    'nonsense',
    '',
    await new SignJWT({ sub: 'cus_1', iss: 'eu', aud: AUDIENCE, iat: 1, exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'eu-1' })
      .sign(new TextEncoder().encode(keys.get('eu-1')?.x ?? '')),
    await new SignJWT({ sub: 'cus_1', iss: 'eu', aud: AUDIENCE, iat: 1, exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'eu-1' })
      .sign(await importKey('eu-1')),
    await new SignJWT({ iss: 'eu', aud: AUDIENCE, iat: 1, exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'eu-1' })
      .sign(await importKey('eu-1')),
  ];
  for (const each of wrong) {
    await expect(verifier().verify(each), each).rejects.toMatchObject(refused);
  }
});

it('reads a bearer token, and refuses a header of another kind', () => {
  expect(bearerOf(undefined)).toBeUndefined();
  expect(bearerOf('Bearer abc.def-_~+/=')).toBe('abc.def-_~+/=');
  expect(bearerOf('bearer abc')).toBe('abc');
  for (const wrong of [
    '',
    'Basic abc',
    'Bearer',
    'Bearer a b',
    'Bearer é',
    `Bearer ${'x'.repeat(8_193)}`,
  ]) {
    expect(() => bearerOf(wrong)).toThrow(
      expect.objectContaining({
        ...refused,
        options: expect.objectContaining({ field: 'authorization' }),
      }),
    );
  }
});
