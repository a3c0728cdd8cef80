import { setTimeout as sleep } from 'node:timers/promises';
import type { WholeFleet } from '../harness/whole-fleet.ts';
import { type CheckResult, compareBooks, type Observations, overallVerdict } from './compare.ts';
import type { ParsedJournal } from './journal.ts';
import { readBooks } from './read-books.ts';

export interface BooksVerdict {
  readonly verdict: CheckResult['verdict'];
  readonly results: readonly CheckResult[];
  /** Stores that could not be read, with the reason. */
  readonly unread: readonly string[];
  /** Units that are on their way between books: on hand, and in no cell and not unallotted. */
  readonly unitsInTransit: number | undefined;
}

/** Captures, stock reports and standbys follow within moments of the last answer. */
const SETTLE_TIMEOUT_MS = 20_000;
const PAUSE_MS = 500;

function countInTransit({ stock }: Observations): number | undefined {
  return stock?.reduce(
    (sum, { onHand, unallotted, free, held }) => sum + onHand - unallotted - free - held,
    0,
  );
}

/**
 * Compares the journal with the fleet's books, once the shoppers have gone. What does not fit yet is
 * looked at again for a while: only what stays wrong is wrong.
 * @param reconciled ids of groups and attempts that cells have set aside
 */
export async function checkBooks(
  fleet: Pick<WholeFleet, 'books'>,
  journal: ParsedJournal,
  reconciled: ReadonlySet<string> = new Set(),
): Promise<BooksVerdict> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const seen = await readBooks(fleet.books(), reconciled);
    const results = compareBooks(journal.lines, journal.unreadable, seen);
    const verdict = overallVerdict(results);
    if (verdict === 'holds' || Date.now() > deadline) {
      return { verdict, results, unread: seen.unread, unitsInTransit: countInTransit(seen) };
    }
    await sleep(PAUSE_MS);
  }
}
