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

export interface CheckBooksOptions {
  /** Ids of groups and attempts that cells have set aside after an emergency. */
  readonly reconciled?: ReadonlySet<string>;
  /** Order groups that were not bought by anybody: copies that a trial has made. */
  readonly ignored?: ReadonlySet<string>;
}

/**
 * Compares the journal with the fleet's books, once the shoppers have gone. What does not fit yet is
 * looked at again for a while: only what stays wrong is wrong.
 */
export async function checkBooks(
  fleet: Pick<WholeFleet, 'books'>,
  journal: ParsedJournal,
  options: CheckBooksOptions = {},
): Promise<BooksVerdict> {
  const { reconciled = new Set<string>(), ignored = new Set<string>() } = options;
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const read = await readBooks(fleet.books(), reconciled);
    const groups = read.groups?.filter(({ groupId }) => !ignored.has(groupId));
    const seen = { ...read, groups };
    const results = compareBooks(journal.lines, journal.unreadable, seen);
    const verdict = overallVerdict(results);
    if (verdict === 'holds' || Date.now() > deadline) {
      return { verdict, results, unread: seen.unread, unitsInTransit: countInTransit(seen) };
    }
    await sleep(PAUSE_MS);
  }
}
