import { cellLocation } from '@commerce/contracts/cell-locations';
import type { Jurisdiction } from '@commerce/contracts/jurisdictions';
import type { ResidencyEvidence } from '@commerce/contracts/residency';
import { basisFor, type FleetCell, isInside } from './legality.ts';

/** Kinds of findings; a rule for each below. */
export const FINDING_CODES = {
  'unclassified-column': 'a column of the live database that nobody gave a class',
  'missing-column': 'a declared column that the database does not have',
  'uncategorised-table': 'a table of customers whose purpose nobody has stated',
  'stray-rows': 'rows of partitions that the cell should hold nothing of',
  'subjects-elsewhere': 'people of a country that the jurisdiction has no right to keep',
  'subjects-by-fallback': 'people of another jurisdiction, by a right that is named',
  'store-elsewhere': 'a store in a country where the laws of the jurisdiction do not apply',
  'store-of-unknown-place': 'a store of which nobody has stated where it is',
  'link-outside': 'a way by which rows could leave the database by themselves',
  'copy-elsewhere': 'a standby copy in another jurisdiction',
  'personal-event': 'a field of an event that leaves the cell and is personal',
  'personal-log': 'a field of log lines that is personal',
} as const;
export type FindingCode = keyof typeof FINDING_CODES;

export interface Finding {
  /** `violation`: it may not be so; `review`: somebody has to look. */
  readonly severity: 'violation' | 'review';
  readonly code: FindingCode;
  /** Where: a column, a table, a country, a store, a cell. */
  readonly where: string;
  readonly detail: string;
}

type Rule = (
  evidence: ResidencyEvidence,
  law: Jurisdiction,
  cells: readonly FleetCell[] | undefined,
) => Finding[];

const columns: Rule = ({ columns: all, tables }) => {
  const rowsOf = new Map(tables.map(({ name, rows }) => [name, rows]));
  return all.flatMap((column): Finding[] => {
    const where = `${column.table}.${column.column}`;
    if (!column.exists) {
      const detail = 'It is declared, and the database does not have it.';
      return [{ severity: 'review', code: 'missing-column', where, detail }];
    }
    if (column.class !== null) return [];
    const detail = `It has no data class; the table has ${rowsOf.get(column.table) ?? 0} rows.`;
    return [{ severity: 'violation', code: 'unclassified-column', where, detail }];
  });
};

const tables: Rule = (evidence) =>
  evidence.tables.flatMap((table): Finding[] => {
    const found: Finding[] = [];
    if (table.kind === 'customer' && table.category === null) {
      const detail = 'Say in categories.ts what its rows are about.';
      found.push({ severity: 'review', code: 'uncategorised-table', where: table.name, detail });
    }
    if (table.strayRows > 0) {
      const detail = `${table.strayRows} rows belong to partitions that ${evidence.cell} is neither primary nor standby of.`;
      found.push({ severity: 'violation', code: 'stray-rows', where: table.name, detail });
    }
    return found;
  });

const subjects: Rule = (evidence, law, cells) => {
  const byCountry = Map.groupBy(evidence.subjects, ({ country }) => country);
  return [...byCountry].flatMap(([country, rows]): Finding[] => {
    const basis = basisFor(country, law.key, cells);
    if (basis.isHome || country === null) return [];
    const count = rows.reduce((sum, row) => sum + row.subjects, 0);
    const detail = `${count} subjects; basis: ${basis.text}.`;
    return basis.isLegal
      ? [{ severity: 'review', code: 'subjects-by-fallback', where: country, detail }]
      : [{ severity: 'violation', code: 'subjects-elsewhere', where: country, detail }];
  });
};

const stores: Rule = (evidence, law) =>
  evidence.stores.flatMap(({ name, country, host }): Finding[] => {
    if (country === null) {
      const detail = `It is on ${host ?? 'a host without a name'}: state STORES_COUNTRY.`;
      return [{ severity: 'review', code: 'store-of-unknown-place', where: name, detail }];
    }
    if (isInside(law, country)) return [];
    const detail = `It stands in ${country}, outside ${law.name}.`;
    return [{ severity: 'violation', code: 'store-elsewhere', where: name, detail }];
  });

const links: Rule = ({ links: all }) =>
  (all ?? []).map((link) => ({
    // A copy on the machine itself is in the same place as the database.
    severity: link.target === 'this machine' ? 'review' : 'violation',
    code: 'link-outside',
    where: `${link.kind} ${link.name}`,
    detail: `It reaches ${link.target}, which no policy names.`,
  }));

const copies: Rule = (evidence, law) => {
  const named = [
    ...(evidence.copiesWanted ?? []).flatMap(({ at }) => (at === null ? [] : [[at, 'is to keep']])),
    ...evidence.copiesGiven.map(({ to }) => [to, 'keeps']),
    ...evidence.copiesHeld.map(({ of }) => [of, 'has here']),
  ] as [string, string][];
  return named.flatMap(([cell, verb]): Finding[] => {
    const jurisdiction = cellLocation(cell)?.jurisdiction;
    if (jurisdiction === law.key) return [];
    const detail = `It ${verb} copies, and is of ${jurisdiction ?? 'no known jurisdiction'}.`;
    return [{ severity: 'violation', code: 'copy-elsewhere', where: cell, detail }];
  });
};

const fields: Rule = (evidence) => [
  ...evidence.eventFields
    .filter((field) => field.leavesCell && field.class !== 'none')
    .map(
      (field): Finding => ({
        severity: 'violation',
        code: 'personal-event',
        where: `${field.event} ${field.field}`,
        detail: `It is ${field.class}, and the stream "${field.stream}" leaves the cell.`,
      }),
    ),
  ...evidence.logFields
    .filter((field) => field.class !== 'none')
    .map(
      (field): Finding => ({
        severity: 'violation',
        code: 'personal-log',
        where: field.field,
        detail: `It is ${field.class}, and logs leave the cell.`,
      }),
    ),
];

const RULES: readonly Rule[] = [columns, tables, subjects, stores, links, copies, fields];

/** Everything that is wrong or unclear in the evidence, violations first. */
export function judge(
  evidence: ResidencyEvidence,
  law: Jurisdiction,
  cells: readonly FleetCell[] | undefined,
): Finding[] {
  const found = RULES.flatMap((rule) => rule(evidence, law, cells));
  return [
    ...found.filter(({ severity }) => severity === 'violation'),
    ...found.filter(({ severity }) => severity === 'review'),
  ];
}
