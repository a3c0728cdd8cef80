import type { ImportState, ImportSummary } from '@commerce/contracts/catalog-imports';
import { Badge, EmptyState, type Tone } from '@commerce/ui/content';
import { Link } from 'react-router';
import { useList } from '../api/lists.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { type Column, DataTable, MoreButton } from '../parts/data-table.tsx';
import { UploadForm } from '../parts/upload-form.tsx';
import { Page } from '../shell/page.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

const REFETCH_MS = 2_000;

const STATES = {
  uploading: ['info', 'import.uploading'],
  queued: ['info', 'import.queued'],
  running: ['info', 'import.running'],
  completed: ['success', 'import.completed'],
  failed: ['danger', 'import.failed'],
  cancelled: ['neutral', 'import.cancelled'],
  interrupted: ['warning', 'import.interrupted'],
} as const satisfies Readonly<Record<ImportState, readonly [Tone, MessageKey]>>;

export function ImportStateBadge({ state }: { readonly state: ImportState }) {
  const text = useText();
  const [tone, label] = STATES[state];
  return <Badge tone={tone}>{text(label)}</Badge>;
}

function useColumns(): Column<ImportSummary>[] {
  const { text, formats } = useLanguage();
  const { base } = useVendor();
  return [
    {
      id: 'file',
      name: text('import.file'),
      isHead: true,
      show: ({ id, fileName, dryRun }) => (
        <Link to={`${base}/imports/${id}`} className="c-thing">
          <span>
            {fileName ?? id}
            {dryRun && <span className="c-muted c-thing__note">{text('import.dryRun')}</span>}
          </span>
        </Link>
      ),
    },
    {
      id: 'state',
      name: text('status'),
      show: ({ state }) => <ImportStateBadge state={state} />,
    },
    {
      id: 'started',
      name: text('import.started'),
      show: ({ startedAt }) => <time dateTime={startedAt}>{formats.dateTime(startedAt)}</time>,
    },
    {
      id: 'saved',
      name: text('nav.products'),
      align: 'end',
      show: ({ created, updated, unchanged }) => formats.number(created + updated + unchanged),
    },
    {
      id: 'errors',
      name: text('import.errors'),
      align: 'end',
      show: ({ errorCount }) => (
        <span data-tone={errorCount > 0 ? 'danger' : undefined}>{formats.number(errorCount)}</span>
      ),
    },
  ];
}

/** Imports of the vendor's catalogue: begin one, and see how those before went. */
export function Imports() {
  const text = useText();
  const mayWrite = useMayWrite();
  const { vendor, actingFor } = useVendor();
  const list = useList<ImportSummary>(
    '/v1/catalog/imports',
    { vendor: actingFor === undefined ? undefined : vendor.slug },
    { refetchMs: REFETCH_MS },
  );
  const columns = useColumns();
  return (
    <Page title={text('nav.imports')}>
      {mayWrite && <UploadForm />}
      <section className="c-stack">
        <h2>{text('import.earlier')}</h2>
        <Shown query={{ ...list, data: list.items }}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState
                icon="upload"
                title={text('import.empty.title')}
                text={text('import.empty.text')}
                level={3}
              />
            ) : (
              <>
                <DataTable
                  label={text('import.earlier')}
                  columns={columns}
                  rows={rows}
                  rowKey={({ id }) => id}
                />
                <MoreButton list={list} />
              </>
            )
          }
        </Shown>
      </section>
    </Page>
  );
}
