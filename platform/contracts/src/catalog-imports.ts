import { type Static, Type } from 'typebox';
import { RATES_AS_OF } from './exchange-rates.ts';
import { Handle } from './catalog.ts';
import { idPattern } from './ids.ts';

/**
 * Imports into the master catalogue: what is asked for, how one goes, and what it found. Nothing here is
 * personal data: a catalogue speaks of products.
 *
 * | request                                              | answer                              |
 * | ---------------------------------------------------- | ----------------------------------- |
 * | `POST /v1/catalog/imports?{ImportOptions}`, text/csv | 202 ImportView, `Location`          |
 * | `GET /v1/catalog/imports?cursor=&limit=`             | ImportPage, newest first            |
 * | `GET /v1/catalog/imports/{id}`                       | ImportView                          |
 * | `GET /v1/catalog/imports/{id}/errors.csv`            | every finding, as a CSV             |
 * | `POST /v1/catalog/imports/{id}/cancel`               | ImportView                          |
 * | `POST /v1/catalog/imports/{id}/resume`               | 202 ImportView                      |
 * | `POST /v1/catalog/imports/{id}/apply`                | 202 ImportView of the import proper |
 *
 * Staff of a vendor act for it; an operator names the vendor: `?vendor=SLUG`. `apply` does what a dry run
 * has judged, with the file that is there already. An import is followed by asking for it again.
 */

/** `csv` is Shopify's product CSV, `jsonl` one JSON object a line. */
export const IMPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/**
 * - `uploading`: the file is being received
 * - `queued`: the file is there and waits for its turn
 * - `running`: its products are being saved, or judged in a dry run
 * - `completed`: all of it was worked off; single products may have failed
 * - `failed`: the file as a whole can't be read, or the platform broke; see `failure`
 * - `cancelled`: somebody stopped it; what was saved before stays
 * - `interrupted`: the upload or the process ended half-way; send it again, or resume it
 */
export const IMPORT_STATES = [
  'uploading',
  'queued',
  'running',
  'completed',
  'failed',
  'cancelled',
  'interrupted',
] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

/** How a CSV file is read; the query of `POST /v1/catalog/imports`. */
export const ImportOptions = Type.Object(
  {
    dryRun: Type.Boolean({
      default: false,
      description: 'Judge the whole file and change nothing',
    }),
    fileName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Shown in the list of imports',
        examples: ['products.csv'],
      }),
    ),
    currency: Type.Optional(
      Type.String({
        pattern: '^[A-Z]{3}$',
        description: 'Of the prices in the file. Default: that of the vendor’s country',
        examples: ['EUR'],
      }),
    ),
    convert: Type.Boolean({
      default: true,
      description: `Give prices in the other markets’ own currencies as well, at the reference rates of ${RATES_AS_OF}; without it a product is sold only where its currency is taken`,
    }),
    language: Type.String({
      default: 'en',
      pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
      maxLength: 35,
      description: 'BCP 47, of the texts in the file',
      examples: ['de'],
    }),
    category: Type.Optional({
      ...Handle,
      description: 'Category of products whose own is not known here. Default: `other`',
    }),
    createCategories: Type.Boolean({
      default: false,
      description: 'Make the categories that are missing (operators)',
    }),
    stock: Type.Enum(['count', 'ignore'], {
      default: 'count',
      description:
        'Take the quantities as a stocktake as of the start of the import, or leave them',
    }),
    handlePrefix: Type.Optional({
      ...Handle,
      maxLength: 40,
      description: 'Put before every handle, where another vendor has the same ones',
    }),
  },
  { additionalProperties: false },
);
export type ImportOptions = Static<typeof ImportOptions>;

/** Something that an import found, at the place in the file where a person looks for it. */
export const ImportFinding = Type.Object({
  /** Line of the file, from 1; null for what concerns the file as a whole. */
  line: nullable(Type.Integer()),
  /** Name of the CSV column, as the file spells it. */
  column: nullable(Type.String()),
  /** Handle of the product. */
  handle: nullable(Type.String()),
  /** `error`: the product was not saved. `warning`: it was, and this may surprise. */
  severity: Type.Enum(['error', 'warning']),
  code: Type.String(),
  /** Path of the field in the product. */
  field: nullable(Type.String()),
  detail: Type.String(),
});
export type ImportFinding = Static<typeof ImportFinding>;

/** A product as the import would save it, in a few words. */
export const ImportPreview = Type.Object({
  line: Type.Integer(),
  handle: Type.String(),
  title: Type.String(),
  outcome: Type.Enum(['created', 'updated', 'unchanged', 'failed']),
  status: Type.String(),
  categories: Type.Array(Type.String()),
  options: Type.Array(Type.String()),
  variants: Type.Integer(),
  /** Cheapest and dearest variant in the file's currency, in minor units. */
  currency: Type.String(),
  minMinor: Type.Integer(),
  maxMinor: Type.Integer(),
  /** Units that the file counts; null where it counts none. */
  onHand: nullable(Type.Integer()),
  pictures: Type.Integer(),
});
export type ImportPreview = Static<typeof ImportPreview>;

const summary = {
  id: Type.String({ pattern: idPattern('imp') }),
  vendorId: Type.String(),
  format: Type.Enum([...IMPORT_FORMATS]),
  fileName: nullable(Type.String()),
  state: Type.Enum([...IMPORT_STATES]),
  dryRun: Type.Boolean(),
  currency: nullable(Type.String()),
  startedAt: Type.String({ format: 'date-time' }),
  finishedAt: nullable(Type.String({ format: 'date-time' })),
  /** Size of the file, as far as it was received. */
  bytes: Type.Integer(),
  /** Rows of the file without its header; null until it was looked through once. */
  rowsTotal: nullable(Type.Integer()),
  /** Rows that are done. */
  rows: Type.Integer(),
  rowsPerS: nullable(Type.Integer()),
  /** Products by what became of them. */
  created: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  failed: Type.Integer(),
  errorCount: Type.Integer(),
  warningCount: Type.Integer(),
  /** Why the import as a whole failed. */
  failure: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
  /** For a dry run: the import that it was applied as. */
  appliedAs: nullable(Type.String()),
};

/** A row of the list of imports. */
export const ImportSummary = Type.Object(summary);
export type ImportSummary = Static<typeof ImportSummary>;

/** An import with the first of its findings; `errors.csv` has them all. */
export const ImportView = Type.Object({
  ...summary,
  /** The first 100. */
  errors: Type.Array(ImportFinding),
  /** The first 100. */
  warnings: Type.Array(ImportFinding),
  /** The first 20 products. */
  preview: Type.Array(ImportPreview),
});
export type ImportView = Static<typeof ImportView>;

export const ImportPage = Type.Object({
  items: Type.Array(ImportSummary),
  nextCursor: nullable(Type.String()),
});
export type ImportPage = Static<typeof ImportPage>;
