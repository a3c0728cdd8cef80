import type { ImportFinding, ImportPreview, ImportView } from '@commerce/contracts/catalog-imports';
import { Button, ButtonLink } from '@commerce/ui/button';
import { Badge, Card, Notice } from '@commerce/ui/content';
import { Icon } from '@commerce/ui/icon';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useHref, useNavigate, useParams } from 'react-router';
import { read } from '../api/client.ts';
import { listKey } from '../api/lists.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { Page } from '../shell/page.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { ProblemText, Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';
import { ImportStateBadge } from './imports.tsx';

const REFETCH_MS = 400;

const isUnderWay = ({ state }: ImportView): boolean =>
  state === 'uploading' || state === 'queued' || state === 'running';

const importKey = (id: string) => ['import', id] as const;

function useImport(id: string) {
  return useQuery({
    queryKey: importKey(id),
    queryFn: ({ signal }) => read<ImportView>(`/v1/catalog/imports/${id}`, { signal }),
    refetchInterval: ({ state }) =>
      state.data === undefined || isUnderWay(state.data) ? REFETCH_MS : false,
  });
}

/** Does something to an import: cancel, resume, or apply what a dry run has judged. */
function useAct(id: string) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { base } = useVendor();
  return useMutation({
    mutationFn: (act: 'cancel' | 'resume' | 'apply') =>
      read<ImportView>(`/v1/catalog/imports/${id}/${act}`, { method: 'POST' }),
    onSuccess: async (view) => {
      queries.setQueryData(importKey(view.id), view);
      await queries.invalidateQueries({ queryKey: importKey(id) });
      await queries.invalidateQueries({ queryKey: listKey('/v1/catalog/imports') });
      if (view.id !== id) await navigate(`${base}/imports/${view.id}`);
    },
  });
}

function Progress({ view }: { readonly view: ImportView }) {
  const { text, formats } = useLanguage();
  const { rows, rowsTotal, rowsPerS } = view;
  return (
    <Card>
      <div className="c-card-head">
        <h2>{text('import.progress')}</h2>
        <span className="c-muted" role="status">
          {rowsTotal === null
            ? text('import.rows', { count: rows })
            : text('import.rowsOf', {
                rows: formats.number(rows),
                total: formats.number(rowsTotal),
              })}
          {rowsPerS !== null && ` · ${text('import.rate', { count: rowsPerS })}`}
        </span>
      </div>
      <progress
        className="c-progress"
        aria-label={text('import.progress')}
        max={Math.max(1, rowsTotal ?? 1)}
        {...(rowsTotal !== null && { value: rows })}
      />
    </Card>
  );
}

function Outcome({ view }: { readonly view: ImportView }) {
  const { text, formats } = useLanguage();
  const figures = [
    [text('import.created'), view.created],
    [text('import.updated'), view.updated],
    [text('import.unchanged'), view.unchanged],
    [text('import.failedProducts'), view.failed],
    [text('import.warnings'), view.warningCount],
  ] as const;
  return (
    <div className="c-figures">
      {figures.map(([name, value]) => (
        <Card key={name} className="c-figure">
          <h2>{name}</h2>
          <p className="c-figure__value">{formats.number(value)}</p>
        </Card>
      ))}
    </div>
  );
}

const OUTCOMES = {
  created: ['success', 'import.created'],
  updated: ['info', 'import.updated'],
  unchanged: ['neutral', 'import.unchanged'],
  failed: ['danger', 'import.failedProducts'],
} as const;

function Preview({ rows }: { readonly rows: readonly ImportPreview[] }) {
  const { text, formats } = useLanguage();
  if (rows.length === 0) return null;
  return (
    <section className="c-stack">
      <h2>{text('import.preview')}</h2>
      <DataTable
        label={text('import.preview')}
        rows={rows}
        rowKey={({ line, handle }) => `${line} ${handle}`}
        columns={[
          {
            id: 'title',
            name: text('product'),
            isHead: true,
            show: ({ title, handle }) => (
              <>
                {title}
                <span className="c-muted c-thing__note">{handle}</span>
              </>
            ),
          },
          {
            id: 'outcome',
            name: text('status'),
            show: ({ outcome }) => {
              const [tone, label] = OUTCOMES[outcome];
              return <Badge tone={tone}>{text(label)}</Badge>;
            },
          },
          {
            id: 'variants',
            name: text('variants'),
            align: 'end',
            show: ({ variants }) => formats.number(variants),
          },
          {
            id: 'price',
            name: text('price'),
            align: 'end',
            show: ({ currency, minMinor, maxMinor }) =>
              minMinor === maxMinor
                ? formats.money(minMinor, currency)
                : `${formats.money(minMinor, currency)} – ${formats.money(maxMinor, currency)}`,
          },
          {
            id: 'stock',
            name: text('stock.onHand'),
            align: 'end',
            show: ({ onHand }) => (onHand === null ? '–' : formats.number(onHand)),
          },
        ]}
      />
    </section>
  );
}

function Findings({ view }: { readonly view: ImportView }) {
  const { text, formats } = useLanguage();
  const rows: readonly ImportFinding[] = [...view.errors, ...view.warnings];
  if (rows.length === 0) return null;
  return (
    <section className="c-stack">
      <div className="c-card-head">
        <h2>{text('import.findings')}</h2>
        <ButtonLink size="small" href={`/v1/catalog/imports/${view.id}/errors.csv`} download>
          <Icon name="download" />
          {text('import.download')}
        </ButtonLink>
      </div>
      <DataTable
        label={text('import.findings')}
        rows={rows.map((finding, index) => ({ ...finding, index }))}
        rowKey={({ index }) => String(index)}
        columns={[
          {
            id: 'detail',
            name: text('import.finding'),
            isHead: true,
            show: ({ detail, handle }) => (
              <>
                {detail}
                {handle !== null && <span className="c-muted c-thing__note">{handle}</span>}
              </>
            ),
          },
          {
            id: 'severity',
            name: text('status'),
            show: ({ severity }) => (
              <Badge tone={severity === 'error' ? 'danger' : 'warning'}>
                {text(severity === 'error' ? 'import.error' : 'import.warning')}
              </Badge>
            ),
          },
          {
            id: 'line',
            name: text('import.line'),
            align: 'end',
            show: ({ line }) => (line === null ? '–' : formats.number(line)),
          },
          { id: 'column', name: text('import.column'), show: ({ column }) => column ?? '–' },
        ]}
      />
    </section>
  );
}

function Actions({ view }: { readonly view: ImportView }) {
  const text = useText();
  const mayWrite = useMayWrite();
  const { base } = useVendor();
  const { mutate, isPending, error } = useAct(view.id);
  const { state, dryRun, appliedAs } = view;
  const saves = view.created + view.updated;
  if (!mayWrite) return null;
  return (
    <>
      {error !== null && (
        <Notice tone="danger" live>
          <ProblemText error={error} />
        </Notice>
      )}
      <div className="c-head__actions">
        {isUnderWay(view) && (
          <Button busy={isPending} onClick={() => mutate('cancel')}>
            {text('import.cancel')}
          </Button>
        )}
        {(state === 'interrupted' || state === 'cancelled') && (
          <Button variant="primary" busy={isPending} onClick={() => mutate('resume')}>
            {text('import.resume')}
          </Button>
        )}
        {dryRun && state === 'completed' && appliedAs === null && saves > 0 && (
          <Button variant="primary" busy={isPending} onClick={() => mutate('apply')}>
            {text('import.apply', { count: saves })}
          </Button>
        )}
        {appliedAs !== null && (
          <LinkButton to={`${base}/imports/${appliedAs}`}>{text('import.applied')}</LinkButton>
        )}
      </div>
    </>
  );
}

/** What the import is about, in a sentence, by its state. */
function Summary({ view }: { readonly view: ImportView }) {
  const text = useText();
  const { state, dryRun, failure } = view;
  if (failure !== null) {
    return (
      <Notice tone="danger" title={text('import.failed')} live>
        {failure.detail}
      </Notice>
    );
  }
  if (state === 'interrupted')
    return <Notice tone="warning">{text('import.interruptedText')}</Notice>;
  if (state !== 'completed') return null;
  if (dryRun) return <Notice>{text('import.dryRunText')}</Notice>;
  return (
    <Notice tone={view.failed > 0 ? 'warning' : 'success'} live>
      {text('import.doneText', { count: view.created + view.updated + view.unchanged })}
    </Notice>
  );
}

/** One import as it runs, what it found, and what one can do with it. */
export function ImportPage() {
  const text = useText();
  const { importId = '' } = useParams();
  const { base } = useVendor();
  const imports = useHref(`${base}/imports`);
  const query = useImport(importId);
  return (
    <Shown query={query}>
      {(view) => {
        const name = view.fileName ?? view.id;
        return (
          <Page
            title={name}
            crumbs={[{ name: text('nav.imports'), href: imports }, { name }]}
            aside={
              <>
                <ImportStateBadge state={view.state} />
                {view.dryRun && <Badge tone="accent">{text('import.dryRun')}</Badge>}
              </>
            }
          >
            <Summary view={view} />
            <Actions view={view} />
            {isUnderWay(view) && <Progress view={view} />}
            <Outcome view={view} />
            <Findings view={view} />
            <Preview rows={view.preview} />
          </Page>
        );
      }}
    </Shown>
  );
}
