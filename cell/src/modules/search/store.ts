import type { LocalizedText } from '@commerce/contracts/catalog';
import { type Sql, statement } from '@commerce/engines/sql/sql';
import type { FacetLabel } from './documents.ts';
import type { SearchProgress } from './source.ts';

/** The module's own tables: how far the index is, and what facets are called. */
export interface SearchStore {
  readProgress(): Promise<SearchProgress>;
  /** Writes labels and then how far the index is; the index itself was written before. */
  saveProgress(progress: SearchProgress, labels: readonly FacetLabel[]): Promise<void>;
  readLabels(): Promise<Map<string, LocalizedText>>;
}

const findProgress = statement<{ touched_seq: bigint; product_id: string }>(
  'search.find-progress',
  'SELECT touched_seq, product_id FROM search_progress WHERE id = 1',
);
const upsertProgress = statement(
  'search.save-progress',
  `INSERT INTO search_progress (id, touched_seq, product_id) VALUES (1, $1, $2)
   ON CONFLICT (id) DO UPDATE SET touched_seq = excluded.touched_seq,
     product_id = excluded.product_id`,
);
const upsertLabels = statement(
  'search.save-labels',
  `INSERT INTO search_labels AS l (facet, value, labels, seq)
   SELECT facet, value, labels::jsonb, $4
   FROM unnest($1::text[], $2::text[], $3::text[]) AS n (facet, value, labels)
   ON CONFLICT (facet, value) DO UPDATE SET labels = excluded.labels, seq = excluded.seq
   WHERE l.seq <= excluded.seq`,
);
const listLabels = statement<{ facet: string; value: string; labels: LocalizedText }>(
  'search.list-labels',
  'SELECT facet, value, labels FROM search_labels',
);

/** Key of a label: codes hold no `=`. */
export function labelKey(facet: string, value: string): string {
  return `${facet}=${value}`;
}

/** Makes the store on the cell's database. */
export function createSearchStore(sql: Sql): SearchStore {
  return Object.freeze({
    async readProgress() {
      const [row] = await sql.query(findProgress);
      return { touchedSeq: Number(row?.touched_seq ?? 0n), productId: row?.product_id ?? '' };
    },
    async saveProgress(progress: SearchProgress, labels: readonly FacetLabel[]) {
      const latest = new Map(labels.map((label) => [labelKey(label.facet, label.value), label]));
      const rows = [...latest.values()];
      await sql.transaction('search.save-progress', async (transaction) => {
        await transaction.query(upsertLabels, [
          rows.map(({ facet }) => facet),
          rows.map(({ value }) => value),
          rows.map((row) => JSON.stringify(row.labels)),
          progress.touchedSeq,
        ]);
        await transaction.query(upsertProgress, [progress.touchedSeq, progress.productId]);
      });
    },
    async readLabels() {
      const rows = await sql.query(listLabels);
      return new Map(rows.map((row) => [labelKey(row.facet, row.value), row.labels]));
    },
  } satisfies SearchStore);
}
