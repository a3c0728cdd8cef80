import { AppError } from '@commerce/contracts/problems';

const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

/**
 * Reads the Idempotency-Key header.
 * @returns undefined without one
 * @throws AppError `invalid-request` where it is empty, too long or not printable ASCII
 */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !KEY_PATTERN.test(header)) {
    throw new AppError('invalid-request', {
      field: 'idempotency-key',
      detail: 'An Idempotency-Key has 1 to 255 printable ASCII characters, without spaces.',
    });
  }
  return header;
}
