import type { ResidencyReport } from './report.ts';

/** The report as one page that needs nothing else: to read, to print, to keep. */

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --back: #fff;
  --panel: #f6f8fa; --bad: #b42318; --warn: #8a5a00; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --back: #0d1117; --panel: #151b23; --bad: #ff7b72; --warn: #e3b341; --good: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--back);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
p { margin: .35rem 0; } .soft { color: var(--soft); }
.verdict { display: inline-block; margin: 1rem 0 .25rem; padding: .35rem .8rem; border-radius: 1rem;
  border: 1px solid currentColor; font-weight: 600; }
.violation { color: var(--bad); } .review { color: var(--warn); } .clean { color: var(--good); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } td.number, th.number { text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .8rem; background: var(--panel); }
summary { cursor: pointer; } ul { margin: .3rem 0; padding-left: 1.2rem; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } details { border: 0; } }
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** Text that is markup already. */
interface Markup {
  readonly html: string;
}
type Cell = string | number | Markup | null;

const count = new Intl.NumberFormat('en');
const countries = new Intl.DisplayNames(['en'], { type: 'region' });
const countryName = (code: string | null): string =>
  code === null ? 'not known' : `${countries.of(code) ?? code} (${code})`;
const day = (time: string | null): string => (time === null ? '' : time.slice(0, 10));
const code = (text: string): Markup => ({ html: `<code>${escape(text)}</code>` });

function renderCell(cell: Cell): string {
  if (cell === null) return '<td class="soft">not known</td>';
  if (typeof cell === 'number') return `<td class="number">${count.format(cell)}</td>`;
  return `<td>${typeof cell === 'string' ? escape(cell) : cell.html}</td>`;
}

function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '<p class="soft">None.</p>';
  const isNumber = heads.map((_, index) => typeof rows[0]?.[index] === 'number');
  const head = heads
    .map((text, index) => `<th${isNumber[index] ? ' class="number"' : ''}>${escape(text)}</th>`)
    .join('');
  const body = rows.map((row) => `<tr>${row.map(renderCell).join('')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
}

const VERDICTS: Readonly<Record<ResidencyReport['verdict'], readonly [string, string]>> = {
  violations: ['violation', 'Violations were found'],
  'to review': ['review', 'No violation; somebody has to look at some things'],
  'nothing found': ['clean', 'Nothing was found'],
};

function renderFindings({ findings }: ResidencyReport): string {
  return table(
    ['severity', 'rule', 'where', 'detail'],
    findings.map((finding) => [
      { html: `<strong class="${finding.severity}">${finding.severity}</strong>` },
      code(finding.code),
      code(finding.where),
      finding.detail,
    ]),
  );
}

function renderStores({ stores }: ResidencyReport): string {
  const place = (isInside: boolean | null): string =>
    isInside === null ? 'not stated' : isInside ? 'inside' : 'OUTSIDE';
  return table(
    [
      'store',
      'engine',
      'holds',
      'strictest classes',
      'stands in',
      'jurisdiction',
      'items',
      'bytes',
    ],
    stores.map((store) => [
      store.name,
      store.engine,
      store.holds,
      store.classes.join(', ') || 'none',
      countryName(store.country) + (store.host === null ? '' : `, ${store.host}`),
      place(store.isInside),
      store.items === null ? '' : store.items,
      store.bytes === null ? '' : store.bytes,
    ]),
  );
}

function renderData(report: ResidencyReport): string {
  return table(
    ['category', 'rows', 'of these in copies for others', 'classes', 'oldest', 'tables'],
    report.categories.map((entry) => [
      entry.category,
      entry.rows,
      entry.rowsInCopies,
      entry.classes.join(', ') || 'none',
      day(entry.oldestAt),
      code(entry.tables.join(', ')),
    ]),
  );
}

function renderCopies({ copies }: ResidencyReport): string {
  const wanted =
    copies.copiesWanted?.map(({ at, partitions }) => [
      'the directory wants',
      at ?? 'nowhere',
      partitions,
      '',
    ]) ?? [];
  const given = copies.copiesGiven.map((row) => [
    'acknowledged by',
    row.to,
    row.partitions,
    `${row.versionsBehind} versions behind by the last acknowledgements kept; the oldest is of ${row.oldestAcknowledgedAt ?? 'no known time'}`,
  ]);
  const held = copies.copiesHeld.map(({ of, state, partitions }) => [
    'held here for',
    of,
    partitions,
    state,
  ]);
  return table(['copies of partitions', 'cell', 'partitions', 'state'], [
    ...wanted,
    ...given,
    ...held,
  ] as Cell[][]);
}

function renderRetention({ retention }: ResidencyReport): string {
  const { law, kept } = retention;
  return table(
    ['what', 'kept', 'by'],
    [
      ['order records', `${law.orderRecordsYears} years`, law.basis],
      ['personal data', 'until it is erased', law.erasure],
      ...kept.map(({ what, keptMs }) => [what, `${keptMs / 3_600_000} hours`, 'our own rule']),
    ],
  );
}

function renderColumns({ columns, columnsByClass }: ResidencyReport): string {
  const summary = Object.entries(columnsByClass)
    .map(([name, columnsOfIt]) => `${columnsOfIt} ${name}`)
    .join(', ');
  const rows = columns.map((column) => [
    code(column.table),
    code(column.column),
    column.exists ? (column.class ?? 'UNCLASSIFIED') : `${column.class ?? ''}, not in the database`,
  ]);
  return `<details><summary>${columns.length} columns: ${escape(summary)}</summary>${table(
    ['table', 'column', 'class'],
    rows,
  )}</details>`;
}

/** @returns a whole HTML document */
export function renderResidencyHtml(report: ResidencyReport): string {
  const [tone, verdict] = VERDICTS[report.verdict];
  const laws = report.laws.map((law) => `${law.name} (${law.reference}), ${law.version}`);
  const partitions = Object.entries(report.partitions)
    .map(([role, number]) => `${number} ${role}`)
    .join(', ');
  const sections: readonly (readonly [string, string])[] = [
    ['Findings', renderFindings(report)],
    [
      'People, by country',
      table(
        [
          'country that they shop for',
          'customers',
          'guests',
          'of these in copies for others',
          'basis',
        ],
        report.subjects.map((row) => [
          countryName(row.country),
          row.customers,
          row.guests,
          row.inCopies,
          row.basis,
        ]),
      ) + '<p class="soft">Who shops for two countries is counted in both.</p>',
    ],
    ['Categories of data', renderData(report)],
    ['Stores, and where they lie', renderStores(report)],
    [
      'Standby copies',
      `<p>This cell: ${escape(partitions)} partitions.</p>${renderCopies(report)}`,
    ],
    [
      'Recipients',
      table(
        ['recipient', 'jurisdiction', 'data', 'purpose', 'count'],
        report.recipients.map((row) => [
          row.recipient,
          row.jurisdiction,
          row.data,
          row.purpose,
          row.count,
        ]),
      ),
    ],
    ['Retention', renderRetention(report)],
    ['Laws', list(laws)],
    ['What could not be seen', list(report.gaps)],
    ['Out of scope', list(report.outOfScope)],
    ['Columns and their classes', renderColumns(report)],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data residency of ${escape(report.cell)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Data residency of ${escape(report.cell)}</h1>
<p class="soft">${escape(report.location)}, ${escape(countryName(report.country))} · ${escape(report.jurisdictionName)} · as of <time>${escape(report.asOf)}</time></p>
<p class="verdict ${tone}">${escape(verdict)}</p>
${sections.map(([title, body]) => `<section><h2>${escape(title)}</h2>\n${body}</section>`).join('\n')}
<p class="soft">Made from one snapshot of the cell's stores; counts only. SHA-256 of the evidence: <code>${report.evidenceSha256}</code></p>
</body>
</html>
`;
}
