import type { ProductDocument, ProductInput } from '@commerce/contracts/catalog';
import { Button } from '@commerce/ui/button';
import { Card, Notice } from '@commerce/ui/content';
import { useToast } from '@commerce/ui/toast';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useHref, useNavigate, useParams } from 'react-router';
import { type ApiAnswer, send } from '../api/client.ts';
import { listKey } from '../api/lists.ts';
import { fieldProblems, isProblem } from '../api/problem.ts';
import { useRequestKey } from '../api/request-key.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { ConflictDialog } from '../parts/conflict-dialog.tsx';
import { LeaveGuard } from '../parts/leave-guard.tsx';
import { LiveCells, replicationKey, useReplication } from '../parts/live-cells.tsx';
import {
  emptyForm,
  mergeInputs,
  type ProductForm,
  toForm,
  toInput,
  toSlug,
} from '../parts/product-form.ts';
import { ProductMedia } from '../parts/product-media.tsx';
import { ProductSide } from '../parts/product-side.tsx';
import { ProductTexts } from '../parts/product-texts.tsx';
import { ProductVariants } from '../parts/product-variants.tsx';
import { ProductStatusBadge } from '../parts/status-badge.tsx';
import { type Editing, useProductEditor } from '../parts/use-product-editor.ts';
import { Page } from '../shell/page.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { ProblemText, Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

type Read = ApiAnswer<ProductDocument>;

const productKey = (id: string) => ['product', id] as const;
const readProduct = (id: string, signal?: AbortSignal): Promise<Read> =>
  send<ProductDocument>(`/v1/catalog/products/${id}`, { ...(signal && { signal }) });

/** What is wrong with the product as a whole: fields say theirs themselves. */
function Refusal({ error }: { readonly error: Error | null }) {
  const text = useText();
  if (error === null || isProblem(error, 'precondition-failed')) return null;
  const isTold = [...fieldProblems(error).keys()].some((path) => path !== '');
  return (
    <Notice tone="danger" live title={isTold ? text('product.notSaved') : undefined}>
      <ProblemText error={error} />
    </Notice>
  );
}

function Fields({
  editing,
  children,
}: {
  readonly editing: Editing;
  readonly children?: ReactNode;
}) {
  const { tag: reading } = useLanguage();
  const [chosen, setChosen] = useState<string>();
  const written = Object.keys(editing.form.titles);
  const tag = chosen ?? (written.includes(reading) ? reading : (written[0] ?? reading));
  return (
    <div className="c-split">
      <div className="c-stack">
        <ProductTexts editing={editing} tag={tag} onTag={setChosen} />
        <ProductMedia editing={editing} tag={tag} />
        <ProductVariants editing={editing} tag={tag} />
      </div>
      <div className="c-stack">
        {children}
        <ProductSide editing={editing} />
      </div>
    </div>
  );
}

/** Puts what was saved where lists and the page itself read it. */
function useSaved() {
  const queries = useQueryClient();
  const { api } = useVendor();
  return async (saved: Read): Promise<void> => {
    const { id } = saved.body;
    queries.setQueryData(productKey(id), saved);
    // What is known of the cells is of the version before.
    queries.removeQueries({ queryKey: replicationKey(id) });
    await Promise.all([
      queries.invalidateQueries({ queryKey: listKey(`${api}/products`) }),
      queries.invalidateQueries({ queryKey: listKey(`${api}/stock`) }),
    ]);
  };
}

function Live({
  productId,
  savedAtMs,
}: {
  readonly productId: string;
  readonly savedAtMs: number | undefined;
}) {
  const query = useReplication(productId);
  return (
    <Card className="c-first">
      <Shown query={query} rows={3}>
        {(seen) => <LiveCells seen={seen} savedAtMs={savedAtMs} />}
      </Shown>
    </Card>
  );
}

function Editor({ read }: { readonly read: Read }) {
  const { text, tag, formats } = useLanguage();
  const formOf = ({ body }: Read): ProductForm => toForm(toInput(body), formats.decimalSign);
  const toast = useToast();
  const { base } = useVendor();
  const products = useHref(`${base}/products`);
  const saved = useSaved();
  const mayWrite = useMayWrite();
  const { id } = read.body;
  const [known, setKnown] = useState(read);
  const [theirs, setTheirs] = useState<Read>();
  const [savedAtMs, setSavedAtMs] = useState<number>();
  const save = useMutation({
    mutationFn: ({ input, etag }: { readonly input: ProductInput; readonly etag: string }) =>
      send<ProductDocument>(`/v1/catalog/products/${id}`, {
        method: 'PUT',
        body: input,
        ifMatch: etag,
      }),
    onSuccess: async (answer) => {
      setKnown(answer);
      setSavedAtMs(performance.now());
      editor.reset(formOf(answer));
      toast(text('saved'), { type: 'success' });
      await saved(answer);
    },
    onError: async (error) => {
      if (isProblem(error, 'precondition-failed')) setTheirs(await readProduct(id));
    },
  });
  const editor = useProductEditor(formOf(read), {
    disabled: !mayWrite,
    refusal: save.error,
  });
  const submit = (): void => {
    if (editor.check()) save.mutate({ input: editor.input, etag: known.etag ?? '*' });
    else toast(text('product.checkFields'), { type: 'error' });
  };
  const merge = theirs && mergeInputs(toInput(known.body), editor.input, toInput(theirs.body));
  const title = textFor(known.body.titles, tag) || known.body.handle;
  return (
    <Page
      sticky
      title={title}
      crumbs={[{ name: text('nav.products'), href: products }, { name: title }]}
      aside={<ProductStatusBadge status={known.body.status} />}
      actions={
        mayWrite && (
          <>
            {editor.isDirty && (
              <Button onClick={() => editor.reset(formOf(known))}>{text('discard')}</Button>
            )}
            <Button
              variant="primary"
              busy={save.isPending}
              disabled={!editor.isDirty}
              onClick={submit}
            >
              {text('save')}
            </Button>
          </>
        )
      }
    >
      <Refusal error={save.error} />
      <Fields editing={editor.editing}>
        <Live productId={id} savedAtMs={savedAtMs} />
      </Fields>
      <LeaveGuard active={editor.isDirty && !save.isPending} />
      {theirs !== undefined && merge !== undefined && (
        <ConflictDialog
          theirParts={merge.theirParts}
          both={merge.both}
          onClose={() => setTheirs(undefined)}
          onTakeTheirs={() => {
            setKnown(theirs);
            setTheirs(undefined);
            editor.reset(formOf(theirs));
            save.reset();
          }}
          onCombine={() => {
            setKnown(theirs);
            setTheirs(undefined);
            editor.rebase(formOf(theirs), toForm(merge.merged, formats.decimalSign));
            save.mutate({ input: merge.merged, etag: theirs.etag ?? '*' });
          }}
        />
      )}
    </Page>
  );
}

/** A product of the vendor, to read and to change. */
export function EditProduct() {
  const { productId = '' } = useParams();
  const query = useQuery({
    queryKey: productKey(productId),
    queryFn: ({ signal }) => readProduct(productId, signal),
    // What is being typed is not replaced from below; a conflict is told when it is saved.
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
  return <Shown query={query}>{(read) => <Editor key={read.body.id} read={read} />}</Shown>;
}

/** A product that is not there yet. */
export function NewProduct() {
  const text = useText();
  const toast = useToast();
  const navigate = useNavigate();
  const { base, actingFor } = useVendor();
  const products = useHref(`${base}/products`);
  const saved = useSaved();
  const key = useRequestKey();
  const create = useMutation({
    mutationFn: (body: ProductInput) =>
      send<ProductDocument>('/v1/catalog/products', {
        method: 'POST',
        body,
        actingFor,
        key: key.read(),
      }),
    onSettled: (_answer, error) => key.answered(error),
    onSuccess: async (answer) => {
      await saved(answer);
      toast(text('saved'), { type: 'success' });
      await navigate(`${base}/products/${answer.body.id}`, { replace: true });
    },
  });
  const editor = useProductEditor(emptyForm(), { disabled: false, refusal: create.error });
  const { form } = editor.editing;
  const editing: Editing = {
    ...editor.editing,
    // Until somebody gives another one, the name in addresses is made of the first title.
    change: (next) =>
      editor.editing.change((before) => {
        const after = next(before);
        const made = toSlug(Object.values(before.titles)[0] ?? '');
        if (after.handle !== before.handle || before.handle !== made) return after;
        return { ...after, handle: toSlug(Object.values(after.titles)[0] ?? '') };
      }),
  };
  const submit = (): void => {
    if (editor.check()) create.mutate(editor.input);
    else toast(text('product.checkFields'), { type: 'error' });
  };
  return (
    <Page
      sticky
      title={text('products.new')}
      crumbs={[{ name: text('nav.products'), href: products }, { name: text('products.new') }]}
      aside={<ProductStatusBadge status={form.status} />}
      actions={
        <Button variant="primary" busy={create.isPending} onClick={submit}>
          {text('save')}
        </Button>
      }
    >
      <Refusal error={create.error} />
      <Fields editing={editing} />
      <LeaveGuard active={editor.isDirty && !create.isPending && !create.isSuccess} />
    </Page>
  );
}
