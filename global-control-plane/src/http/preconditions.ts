import { AppError } from '@commerce/contracts/problems';

/** The entity tag of a row's version. */
export function etagOf(version: bigint): string {
  return `"${version}"`;
}

/**
 * Reads `If-Match`, which every change of what two people may edit has to bring.
 * @returns the version that the client saw, or `any` for `*`
 * @throws AppError `precondition-required` where it is missing, `invalid-request` where it is no tag
 *   of ours
 */
export function readIfMatch(header: string | undefined): bigint | 'any' {
  if (header === undefined) {
    throw new AppError('precondition-required', {
      field: 'if-match',
      detail: 'Send If-Match with the ETag that you read, or * to overwrite whatever is there.',
    });
  }
  if (header.trim() === '*') return 'any';
  const match = /^(?:W\/)?"(\d{1,18})"$/.exec(header.trim());
  if (match === null) {
    throw new AppError('invalid-request', {
      field: 'if-match',
      detail: 'If-Match holds no ETag of ours.',
    });
  }
  return BigInt(match[1] as string);
}

/** @throws AppError `precondition-failed` where somebody has changed the row since the client read it */
export function assertVersion(expected: bigint | 'any', present: bigint): void {
  if (expected === 'any' || expected === present) return;
  throw new AppError('precondition-failed', {
    field: 'if-match',
    detail: 'It was changed since you read it. Read it again and repeat your change.',
    extensions: { etag: etagOf(present) },
  });
}
