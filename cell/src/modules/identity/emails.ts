import { createHmac } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { AppError } from '@commerce/contracts/problems';

/** RFC 5321: a path is at most 256 characters with its angle brackets, a local part 64 octets. */
export const EMAIL_LENGTH_MAX = 254;
const LOCAL_PART_LENGTH_MAX = 64;

/** Dot-separated atoms. Quoted local parts are legal and nobody has one; they are refused. */
const LOCAL_PART = /^[^\s\p{C}@.<>()[\]\\,;:"]+(?:\.[^\s\p{C}@.<>()[\]\\,;:"]+)*$/u;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * The one spelling under which an email is stored and claimed: NFKC, trimmed, lower case, the domain
 * in its ASCII form. Parts after a `+` and dots stay: whether they matter is the provider's to say.
 * @throws AppError `invalid-request` naming the field `email` where it is no email
 */
export function normaliseEmail(given: string): string {
  const text = given.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  const domain = domainToASCII(text.slice(at + 1));
  const email = `${local}@${domain}`;
  const wellFormed =
    at > 0 &&
    email.length <= EMAIL_LENGTH_MAX &&
    Buffer.byteLength(local) <= LOCAL_PART_LENGTH_MAX &&
    LOCAL_PART.test(local) &&
    DOMAIN.test(domain);
  if (!wellFormed) {
    throw new AppError('invalid-request', {
      field: 'email',
      detail: 'body field "email" is not an email address.',
    });
  }
  return email;
}

/**
 * The name of an email in the directory and in indexes: an HMAC under a key that no store holds.
 * @returns 64 hex digits
 */
export function hashEmail(email: string, claimsKey: Uint8Array): string {
  return createHmac('sha256', claimsKey).update(`email\0${email}`).digest('hex');
}
