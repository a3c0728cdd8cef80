import { StartupFault } from '@commerce/service/part';
import type { JSONWebKeySet, JWK } from 'jose';

/**
 * Reads the control plane's signing key.
 * @param text an ES256 private JWK with a `kid`
 * @throws StartupFault where it is none
 */
export function readSigningKey(text: string): JWK {
  let jwk: JWK;
  try {
    jwk = JSON.parse(text) as JWK;
  } catch {
    jwk = { kty: '' };
  }
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || jwk.d === undefined || jwk.kid === undefined) {
    throw new StartupFault(
      'the file that CONTROL_PLANE_SIGNING_KEY_FILE names holds no ES256 private JWK with a kid',
      'Write one, or remove it so that the fleet makes a new one.',
    );
  }
  return jwk;
}

/** The public half, as it is published. */
export function toPublicKeys(jwk: JWK): JSONWebKeySet {
  const { kty, crv, x, y, kid } = jwk;
  return { keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } as JWK] };
}
