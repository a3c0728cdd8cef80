import { Button } from '@commerce/ui/button';
import { Card } from '@commerce/ui/content';
import { useQuery } from '@tanstack/react-query';
import { useHref, useParams } from 'react-router';
import { productKey, type ReadProduct, readProduct } from '../api/products.ts';
import { useLanguage } from '../i18n/language.tsx';
import { textFor } from '../i18n/localized.ts';
import { ConflictDialog } from '../parts/conflict-dialog.tsx';
import { LeaveGuard } from '../parts/leave-guard.tsx';
import { LiveCells, useReplication } from '../parts/live-cells.tsx';
import { ProductFields, ProductRefusal } from '../parts/product-fields.tsx';
import { ProductStatusBadge } from '../parts/status-badge.tsx';
import { useProductSave } from '../parts/use-product-save.ts';
import { Page } from '../shell/page.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { Shown } from '../shell/states.tsx';
import { useVendor } from '../shell/vendor.tsx';

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

function Editor({ read }: { readonly read: ReadProduct }) {
  const { text, tag } = useLanguage();
  const { base } = useVendor();
  const products = useHref(`${base}/products`);
  const mayWrite = useMayWrite();
  const { editing, isDirty, isSaving, error, product, savedAtMs, conflict, discard, save } =
    useProductSave(read);
  const title = textFor(product.titles, tag) || product.handle;
  return (
    <Page
      sticky
      title={title}
      crumbs={[{ name: text('nav.products'), href: products }, { name: title }]}
      aside={<ProductStatusBadge status={product.status} />}
      actions={
        mayWrite && (
          <>
            {isDirty && <Button onClick={discard}>{text('discard')}</Button>}
            <Button variant="primary" busy={isSaving} disabled={!isDirty} onClick={save}>
              {text('save')}
            </Button>
          </>
        )
      }
    >
      <ProductRefusal error={error} />
      <ProductFields editing={editing}>
        <Live productId={product.id} savedAtMs={savedAtMs} />
      </ProductFields>
      <LeaveGuard active={isDirty && !isSaving} />
      {conflict !== undefined && (
        <ConflictDialog
          theirParts={conflict.theirParts}
          both={conflict.both}
          onClose={conflict.close}
          onTakeTheirs={conflict.takeTheirs}
          onCombine={conflict.combine}
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
