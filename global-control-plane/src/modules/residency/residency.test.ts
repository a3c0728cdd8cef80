import type { ResidencyEvidence } from '@commerce/contracts/residency';
import { describe, expect, test } from 'vitest';
import { makeResidencyReport, renderResidencyHtml } from './index.ts';
import type { FleetCell } from './legality.ts';

const FLEET: readonly FleetCell[] = [
  { id: 'eu-de-1', jurisdiction: 'eu', state: 'accepting' },
  { id: 'eu-fr-1', jurisdiction: 'eu', state: 'accepting' },
  { id: 'us-east-1', jurisdiction: 'us', state: 'accepting' },
];

/** What a cell in order says of itself. */
function evidenceOf(change: Partial<ResidencyEvidence> = {}): ResidencyEvidence {
  return {
    format: 'commerce-residency-evidence',
    formatVersion: 1,
    cell: 'eu-de-1',
    realm: 'eu',
    jurisdiction: 'eu',
    country: 'DE',
    location: 'Frankfurt',
    asOf: '2026-05-04T03:02:01.000Z',
    databaseVersion: 'PostgreSQL 18.4',
    partitions: { primary: 512, standby: 512 },
    tables: [
      {
        name: 'customers',
        kind: 'customer',
        category: 'identity and contact of customers',
        rows: 20,
        standbyRows: 8,
        strayRows: 0,
        oldestAt: '2026-01-01T00:00:00.000Z',
      },
    ],
    columns: [
      { table: 'customers', column: 'email', class: 'personal', exists: true },
      { table: 'customers', column: 'partition', class: 'none', exists: true },
    ],
    subjects: [
      { country: 'DE', role: 'primary', kind: 'customer', subjects: 12 },
      { country: 'DE', role: 'standby', kind: 'customer', subjects: 8 },
    ],
    stores: [
      {
        name: 'database',
        engine: 'PostgreSQL 18.4',
        holds: 'customers',
        classes: ['personal'],
        host: '127.0.0.1',
        country: 'DE',
        items: 20,
        bytes: 1_000,
      },
    ],
    links: [],
    eventFields: [
      {
        stream: 'order',
        event: 'order.placed.v1',
        field: 'orderId',
        class: 'none',
        leavesCell: true,
      },
      {
        stream: 'user',
        event: 'user.named.v1',
        field: 'name',
        class: 'personal',
        leavesCell: false,
      },
    ],
    logFields: [{ field: 'cell', class: 'none' }],
    consumers: [{ consumer: 'control-plane', partitions: 512 }],
    copiesHeld: [{ of: 'eu-fr-1', state: 'following', partitions: 512 }],
    copiesGiven: [
      { to: 'eu-fr-1', partitions: 512, versionsBehind: 0, oldestAcknowledgedAt: null },
    ],
    copiesWanted: [{ at: 'eu-fr-1', partitions: 512 }],
    paymentAttempts: [{ gateway: 'sandbox', attempts: 3 }],
    claims: 12,
    retention: [{ what: 'log of changes, at least', keptMs: 604_800_000 }],
    ...change,
  };
}

const findingsOf = (change: Partial<ResidencyEvidence>, fleet: readonly FleetCell[] = FLEET) =>
  makeResidencyReport(evidenceOf(change), fleet).findings.map(
    ({ severity, code, where }) => `${severity} ${code} ${where}`,
  );

describe('a residency report', () => {
  test('finds nothing where all is in order, and states its law and its gaps', () => {
    const report = makeResidencyReport(evidenceOf(), FLEET);
    expect(report.verdict).toBe('nothing found');
    expect(report.laws[0]).toMatchObject({ reference: 'Regulation (EU) 2016/679' });
    expect(report.subjects).toEqual([
      { country: 'DE', basis: 'home jurisdiction', customers: 20, guests: 0, inCopies: 8 },
    ]);
    expect(report.recipients.map(({ recipient }) => recipient)).toEqual([
      'cell eu-fr-1',
      'control-plane',
      'payment gateway "sandbox"',
      'directory',
    ]);
    expect(report.gaps.length).toBeGreaterThan(3);
  });

  test('is the same for the same evidence, to the byte', () => {
    const make = () => JSON.stringify(makeResidencyReport(evidenceOf(), FLEET));
    expect(make()).toBe(make());
  });

  test('finds a column that nobody gave a class', () => {
    const column = { table: 'customers', column: 'birthday', class: null, exists: true };
    expect(findingsOf({ columns: [column] })).toEqual([
      'violation unclassified-column customers.birthday',
    ]);
  });

  test.each([
    ['US', FLEET, 'violation subjects-elsewhere US'],
    ['SA', FLEET, 'violation subjects-elsewhere SA'],
    // Nobody is at home in the United Kingdom in this fleet, and the policy names the EU for it.
    ['GB', FLEET, 'review subjects-by-fallback GB'],
    [
      'GB',
      [...FLEET, { id: 'uk-south-1', jurisdiction: 'uk', state: 'accepting' }],
      'violation subjects-elsewhere GB',
    ],
  ] as const)('judges people from %s', (country, fleet, finding) => {
    const subject = { country, role: 'primary', kind: 'guest', subjects: 3 } as const;
    expect(findingsOf({ subjects: [subject] }, fleet)).toEqual([finding]);
  });

  test.each([
    ['US', 'violation store-elsewhere database'],
    // Served from the EU, and not a place where its laws apply.
    ['CH', 'violation store-elsewhere database'],
    [null, 'review store-of-unknown-place database'],
  ])('judges a store that stands in %s', (country, finding) => {
    const stores = evidenceOf().stores.map((store) => ({ ...store, country }));
    expect(findingsOf({ stores })).toEqual([finding]);
  });

  test('finds copies elsewhere, stray rows, links, and personal fields that leave', () => {
    const [table] = evidenceOf().tables;
    expect(
      findingsOf({
        tables: table === undefined ? [] : [{ ...table, strayRows: 2 }],
        links: [{ kind: 'foreign server', name: 'away', target: 'db.example.net' }],
        copiesWanted: [{ at: 'us-east-1', partitions: 1 }],
        eventFields: [
          { stream: 'order', event: 'e.v1', field: 'name', class: 'personal', leavesCell: true },
        ],
        logFields: [{ field: 'email', class: 'personal' }],
      }),
    ).toEqual([
      'violation stray-rows customers',
      'violation link-outside foreign server away',
      'violation copy-elsewhere us-east-1',
      'violation personal-event e.v1 name',
      'violation personal-log email',
    ]);
  });

  test('says what it could not see (I8)', () => {
    const report = makeResidencyReport(evidenceOf({ links: null, copiesWanted: null }), undefined);
    expect(report.gaps.join(' ')).toMatch(/directory could not be asked.*foreign servers/s);
  });

  test('is a page on its own, in which names from a database are text and not markup', () => {
    const column = { table: '<script>x</script>', column: 'y', class: null, exists: true };
    const html = renderResidencyHtml(makeResidencyReport(evidenceOf({ columns: [column] }), FLEET));
    expect(html).toContain('Violations were found');
    expect(html).toContain('&lt;script&gt;x');
    expect(html).not.toMatch(/<script|src=|href=/);
  });
});
