import { describe, expect, test } from 'vitest';
import { compareBooks, type Observations, overallVerdict } from '../books/compare.ts';
import { type Acknowledgement, type JournalLine, parseJournal } from '../books/journal.ts';

const acknowledgement = (change: Partial<Acknowledgement> = {}): Acknowledgement => ({
  kind: 'acknowledged',
  atMs: 1,
  key: 'key-1',
  groupId: 'grp_eu001_1',
  totalMinor: 1_990,
  currency: 'EUR',
  cell: 'eu-de-1',
  position: '1.7',
  isDegraded: false,
  tookMs: 20,
  tries: 1,
  ...change,
});

/** Books in order: one order in eu-de-1, with its copy in eu-fr-1. */
function booksOf(change: Partial<Observations> = {}): Observations {
  const group = {
    groupId: 'grp_eu001_1',
    cartId: 'cart_eu001_1',
    state: 'paid',
    totalMinor: 1_990,
    attempts: ['pat_eu001_1'],
  };
  const record = { partition: 'eu-001', epoch: '1', version: '7', chain: 'aa' };
  return {
    groups: [
      { cell: 'eu-de-1', role: 'primary', ...group },
      { cell: 'eu-fr-1', role: 'standby', ...group },
    ],
    charges: new Map([['pat_eu001_1', 1_990]]),
    stock: [{ variantId: 'var_1', onHand: 10, unallotted: 2, free: 7, held: 1 }],
    log: [
      { cell: 'eu-de-1', ...record },
      { cell: 'eu-fr-1', ...record },
    ],
    primaries: new Map([['eu-001', ['eu-de-1']]]),
    reconciled: new Set(),
    unread: [],
    ...change,
  };
}

/** Invariants that are not held, with how. */
function brokenIn(lines: readonly JournalLine[], books: Observations, unreadable = 0): string[] {
  return compareBooks(lines, unreadable, books)
    .filter(({ verdict }) => verdict !== 'holds')
    .map(({ invariant, verdict, examples }) => `${invariant} ${verdict}: ${examples[0] ?? ''}`);
}

const [primary, standby] = booksOf().groups ?? [];
if (primary === undefined || standby === undefined) throw new Error('the books are empty');

describe('books in order', () => {
  test('hold', () => {
    const results = compareBooks([acknowledgement()], 0, booksOf());
    expect(overallVerdict(results)).toBe('holds');
    expect(results.every(({ looked }) => looked > 0)).toBe(true);
  });

  test('may hold more than was acknowledged: a shopper may never have got the answer', () => {
    expect(brokenIn([{ kind: 'unanswered', atMs: 1, key: 'k', reason: '0' }], booksOf())).toEqual(
      [],
    );
  });
});

describe('what is found', () => {
  test('I1: an acknowledged order that only a standby has is lost', () => {
    expect(brokenIn([acknowledgement()], booksOf({ groups: [standby] }))[0]).toMatch(
      /I1 broken: grp_eu001_1 was acknowledged by eu-de-1 at 1.7 and is in no primary/,
    );
  });

  test('I1: an acknowledged order that was undone, or has another total', () => {
    const canceled = booksOf({ groups: [{ ...primary, state: 'canceled' }] });
    expect(brokenIn([acknowledgement()], canceled)[0]).toContain('is canceled');
    expect(brokenIn([acknowledgement({ totalMinor: 1 })], booksOf())[0]).toContain('is 1990');
  });

  test('I1: an order in the reconciliation file counts in announced degraded mode alone', () => {
    const books = booksOf({ groups: [], charges: new Map(), reconciled: new Set(['grp_eu001_1']) });
    expect(brokenIn([acknowledgement({ isDegraded: true })], books)).toEqual([]);
    expect(brokenIn([acknowledgement()], books)).toHaveLength(1);
  });

  test('I1: a cart that was bought twice, in two cells or in one', () => {
    const twice = { ...primary, cell: 'eu-fr-1', groupId: 'grp_eu001_2', attempts: [] };
    const books = booksOf({ groups: [primary, { ...twice, totalMinor: 0 }] });
    expect(brokenIn([acknowledgement()], books)[0]).toMatch(
      /I1 broken: the cart cart_eu001_1 was bought as .* in eu-de-1 and .* in eu-fr-1/,
    );
  });

  test('I1: one key that was answered with two groups', () => {
    const lines = [acknowledgement(), acknowledgement({ groupId: 'grp_eu001_9' })];
    expect(brokenIn(lines, booksOf()).join()).toContain('was answered with');
  });

  test.each([
    ['charged twice over', new Map([['pat_eu001_1', 3_980]]), 'was charged 3980'],
    ['not charged', new Map<string, number>(), 'was charged 0'],
    [
      'charged without an order',
      new Map([
        ['pat_eu001_1', 1_990],
        ['pat_eu001_2', 5],
      ]),
      'belongs to no order group',
    ],
  ])('I2: money that was %s', (_, charges, words) => {
    expect(brokenIn([acknowledgement()], booksOf({ charges }))[0]).toContain(words);
  });

  test('I3: more units given out than are on hand', () => {
    const stock = [{ variantId: 'var_1', onHand: 10, unallotted: 2, free: 7, held: 2 }];
    expect(brokenIn([acknowledgement()], booksOf({ stock }))[0]).toContain(
      'var_1 has 10 on hand, and 11 are given out',
    );
  });

  test('I4: two primaries, none, or two histories of one version', () => {
    const two = new Map([['eu-001', ['eu-de-1', 'eu-fr-1']]]);
    expect(brokenIn([acknowledgement()], booksOf({ primaries: two }))[0]).toContain('2 primaries');
    const none = new Map([['eu-001', []]]);
    expect(brokenIn([acknowledgement()], booksOf({ primaries: none }))[0]).toContain('none');
    const [record] = booksOf().log ?? [];
    const log = record === undefined ? [] : [record, { ...record, cell: 'eu-fr-1', chain: 'bb' }];
    expect(brokenIn([acknowledgement()], booksOf({ log }))[0]).toMatch(
      /version 7 of eu-001 was committed in eu-de-1 at epoch 1 and in eu-fr-1 at epoch 1/,
    );
  });
});

describe('what could not be read', () => {
  test('is unknown, and never a pass', () => {
    const books = booksOf({ groups: undefined, charges: undefined, stock: undefined });
    const results = compareBooks([acknowledgement()], 0, books);
    expect(overallVerdict(results)).toBe('unknown');
    const words = results.map(({ invariant, verdict }) => `${invariant} ${verdict}`);
    expect(words).toEqual(['I1 unknown', 'I1 unknown', 'I2 unknown', 'I3 unknown', 'I4 holds']);
  });

  test('a journal with a damaged line can not prove that nothing was lost', () => {
    const { lines, unreadable } = parseJournal(
      `${JSON.stringify(acknowledgement())}\n{"kind":"acknowledged","groupId":"grp_e`,
    );
    expect([lines.length, unreadable]).toEqual([1, 1]);
    expect(brokenIn(lines, booksOf(), unreadable)).toEqual(['I1 unknown: ']);
  });
});
