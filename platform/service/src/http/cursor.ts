import { AppError } from '@commerce/contracts/problems';

/**
 * Keyset cursors: the sort key of the last row, opaque to the client. Paging costs the same at any
 * depth, and no list counts its rows.
 */

/** Writes the key of a page's last row. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Reads a cursor.
 * @param shape type of each part of the key, which what the client sent must have
 * @throws AppError `invalid-cursor`
 */
export function decodeCursor<Shape extends readonly ('string' | 'number')[]>(
  cursor: string,
  shape: Shape,
): { [Index in keyof Shape]: Shape[Index] extends 'string' ? string : number } {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(key) &&
      key.length === shape.length &&
      key.every((part, index) => typeof part === shape[index] && isStorable(part))
    ) {
      return key as never;
    }
  } catch {
    // Falls through to the one refusal: what is no JSON is no cursor of ours either.
  }
  throw new AppError('invalid-cursor', { field: 'cursor' });
}

/** No database takes NUL or half of a surrogate pair, not even to compare with. */
function isStorable(part: unknown): boolean {
  return typeof part !== 'string' || (!part.includes('\0') && part.isWellFormed());
}
