import { AppError } from '@commerce/contracts/problems';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** Length in characters (code points). No other rule of composition: they make passwords worse. */
export const PASSWORD_LENGTH_MIN = 8;
export const PASSWORD_LENGTH_MAX = 200;

/**
 * The spelling of a password that is hashed (NIST SP 800-63B 5.1.1.2): the same keys on another
 * keyboard or system give the same password.
 */
export function normalisePassword(given: string): string {
  return given.normalize('NFKC');
}

function refuse(detail: string): AppError {
  return new AppError('invalid-request', { field: 'password', detail });
}

/**
 * Checks a new password.
 * @param email normalised
 * @returns the password as it is to be hashed
 * @throws AppError `invalid-request` naming the field `password`, with the rule that it breaks
 */
export function checkNewPassword(given: string, email: string): string {
  const password = normalisePassword(given);
  const length = [...password].length;
  if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX) {
    throw refuse(
      `The password must have ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters.`,
    );
  }
  const folded = password.trim().toLowerCase();
  if (folded === email) throw refuse('The password must not be the email.');
  if (COMMON_PASSWORDS.has(folded) || new Set(folded).size === 1) {
    throw refuse('This password is among the first that attackers try. Choose another one.');
  }
  return password;
}
