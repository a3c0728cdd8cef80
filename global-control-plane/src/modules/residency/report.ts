import { createHash } from 'node:crypto';
import {
  jurisdiction as jurisdictionOf,
  type Law,
  type Retention,
} from '@commerce/contracts/jurisdictions';
import type { DataClass } from '@commerce/contracts/data-classes';
import type { ResidencyEvidence, StoreEvidence } from '@commerce/contracts/residency';
import { type Finding, judge } from './findings.ts';
import { basisFor, type FleetCell, isInside } from './legality.ts';
import { listGaps, listRecipients, OUT_OF_SCOPE, type Recipient } from './statements.ts';

export interface SubjectsOfCountry {
  /** ISO code; null for people of whom no country is known. */
  readonly country: string | null;
  /** By what right the cell has them. */
  readonly basis: string;
  readonly customers: number;
  readonly guests: number;
  /** Of those, people of whom this cell keeps another one's copy. */
  readonly inCopies: number;
}

export interface CategoryOfData {
  readonly category: string;
  readonly tables: readonly string[];
  /** Strictest first. */
  readonly classes: readonly DataClass[];
  readonly rows: number;
  readonly rowsInCopies: number;
  readonly oldestAt: string | null;
}

/** The report on one cell. Made from evidence alone, so the same evidence gives the same bytes. */
export interface ResidencyReport {
  readonly format: 'commerce-residency-report';
  readonly formatVersion: 1;
  readonly cell: string;
  readonly realm: string;
  readonly country: string;
  readonly location: string;
  readonly jurisdiction: string;
  readonly jurisdictionName: string;
  readonly laws: readonly Law[];
  readonly asOf: string;
  readonly verdict: 'violations' | 'to review' | 'nothing found';
  readonly findings: readonly Finding[];
  readonly stores: readonly (StoreEvidence & { readonly isInside: boolean | null })[];
  readonly partitions: ResidencyEvidence['partitions'];
  readonly subjects: readonly SubjectsOfCountry[];
  readonly categories: readonly CategoryOfData[];
  readonly columnsByClass: Readonly<Record<string, number>>;
  readonly copies: Pick<ResidencyEvidence, 'copiesHeld' | 'copiesGiven' | 'copiesWanted'>;
  readonly recipients: readonly Recipient[];
  readonly retention: {
    readonly law: Retention;
    readonly kept: ResidencyEvidence['retention'];
  };
  readonly outOfScope: readonly string[];
  readonly gaps: readonly string[];
  readonly columns: ResidencyEvidence['columns'];
  /** SHA-256 of the evidence as JSON. */
  readonly evidenceSha256: string;
}

const CLASS_ORDER: readonly DataClass[] = ['credential', 'sensitive', 'payment', 'personal'];

function groupSubjects(
  evidence: ResidencyEvidence,
  cells: readonly FleetCell[] | undefined,
): SubjectsOfCountry[] {
  const byCountry = Map.groupBy(evidence.subjects, ({ country }) => country);
  return [...byCountry]
    .map(([country, rows]) => {
      const sum = (matches: (row: (typeof rows)[number]) => boolean): number =>
        rows.filter(matches).reduce((total, row) => total + row.subjects, 0);
      return {
        country,
        basis: basisFor(country, evidence.jurisdiction, cells).text,
        customers: sum(({ kind }) => kind === 'customer'),
        guests: sum(({ kind }) => kind === 'guest'),
        inCopies: sum(({ role }) => role === 'standby'),
      };
    })
    .toSorted((a, b) => (a.country ?? '~').localeCompare(b.country ?? '~', 'en'));
}

function groupCategories(evidence: ResidencyEvidence): CategoryOfData[] {
  const byCategory = Map.groupBy(evidence.tables, ({ category }) => category ?? 'not stated');
  return [...byCategory]
    .map(([category, tables]) => {
      const names = new Set(tables.map(({ name }) => name));
      const classes = new Set(
        evidence.columns.filter(({ table }) => names.has(table)).map((column) => column.class),
      );
      const oldest = tables.flatMap(({ oldestAt }) => oldestAt ?? []).toSorted();
      return {
        category,
        tables: [...names],
        classes: CLASS_ORDER.filter((name) => classes.has(name)),
        rows: tables.reduce((sum, { rows }) => sum + rows, 0),
        rowsInCopies: tables.reduce((sum, { standbyRows }) => sum + standbyRows, 0),
        oldestAt: oldest[0] ?? null,
      };
    })
    .toSorted((a, b) => a.category.localeCompare(b.category, 'en'));
}

function countByClass(evidence: ResidencyEvidence): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const column of evidence.columns) {
    if (!column.exists) continue;
    const name = column.class ?? 'unclassified';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/**
 * Makes the report of what a cell said of itself.
 * @param cells the fleet's cells from the directory; undefined where it could not be asked
 * @throws RangeError where the policy knows no such jurisdiction
 */
export function makeResidencyReport(
  evidence: ResidencyEvidence,
  cells: readonly FleetCell[] | undefined,
): ResidencyReport {
  const law = jurisdictionOf(evidence.jurisdiction);
  if (law === undefined) {
    throw new RangeError(`there is no policy of the jurisdiction "${evidence.jurisdiction}"`);
  }
  const findings = judge(evidence, law, cells);
  const hasViolation = findings.some(({ severity }) => severity === 'violation');
  return {
    format: 'commerce-residency-report',
    formatVersion: 1,
    cell: evidence.cell,
    realm: evidence.realm,
    country: evidence.country,
    location: evidence.location,
    jurisdiction: law.key,
    jurisdictionName: law.name,
    laws: law.laws,
    asOf: evidence.asOf,
    verdict: hasViolation ? 'violations' : findings.length > 0 ? 'to review' : 'nothing found',
    findings,
    stores: evidence.stores.map((store) => ({
      ...store,
      isInside: store.country === null ? null : isInside(law, store.country),
    })),
    partitions: evidence.partitions,
    subjects: groupSubjects(evidence, cells),
    categories: groupCategories(evidence),
    columnsByClass: countByClass(evidence),
    copies: {
      copiesHeld: evidence.copiesHeld,
      copiesGiven: evidence.copiesGiven,
      copiesWanted: evidence.copiesWanted,
    },
    recipients: listRecipients(evidence),
    retention: { law: law.retention, kept: evidence.retention },
    outOfScope: OUT_OF_SCOPE,
    gaps: listGaps(evidence, cells !== undefined),
    columns: evidence.columns,
    evidenceSha256: createHash('sha256').update(JSON.stringify(evidence)).digest('hex'),
  };
}
