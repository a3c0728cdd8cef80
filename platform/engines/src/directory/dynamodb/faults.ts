import { AppError } from '@commerce/contracts/problems';

/**
 * Runs one operation on the directory. A fault of the network or of the service becomes
 * `AppError('unavailable')`; a mistake of a program and a damaged item (an AppError already) pass.
 */
export async function asDirectoryCall<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof AppError || isMistakeOfOurs(error)) throw error;
    throw new AppError('unavailable', {
      detail: 'the directory can not be reached or does not answer in time',
      retryAfterS: 1,
      cause: error,
    });
  }
}

function isMistakeOfOurs(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** Reads an item by a function that throws TypeError where the item is damaged. */
export function decodeItem<Result>(what: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    throw new AppError('internal-error', {
      detail: `the directory holds a damaged item: ${what}`,
      cause: error,
    });
  }
}
