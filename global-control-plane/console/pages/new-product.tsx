import type { ProductDocument, ProductInput } from '@commerce/contracts/catalog';
import { Button } from '@commerce/ui/button';
import { useToast } from '@commerce/ui/toast';
import { useMutation } from '@tanstack/react-query';
import { useHref, useNavigate } from 'react-router';
import { send } from '../api/client.ts';
import { useSavedProduct } from '../api/products.ts';
import { useRequestKey } from '../api/request-key.ts';
import { useText } from '../i18n/language.tsx';
import { LeaveGuard } from '../parts/leave-guard.tsx';
import { ProductFields, ProductRefusal } from '../parts/product-fields.tsx';
import { emptyForm, makeSku, type ProductForm, toSlug } from '../parts/product-form.ts';
import { ProductStatusBadge } from '../parts/status-badge.tsx';
import { focusFirstProblem, useProductEditor } from '../parts/use-product-editor.ts';
import { Page } from '../shell/page.tsx';
import { useVendor } from '../shell/vendor.tsx';

function useCreate() {
  const text = useText();
  const toast = useToast();
  const navigate = useNavigate();
  const { base, actingFor } = useVendor();
  const saved = useSavedProduct();
  const key = useRequestKey();
  return useMutation({
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
}

/** Until somebody gives others, the name in addresses and the SKUs are made of the first title. */
function withMadeNames(before: ProductForm, after: ProductForm): ProductForm {
  const made = ({ titles }: ProductForm): string => toSlug(Object.values(titles)[0] ?? '');
  if (after.handle !== before.handle || before.handle !== made(before)) return after;
  const handle = made(after);
  const variants = after.variants.map((variant) =>
    variant.isSkuMade ? { ...variant, sku: makeSku(handle, variant.source.options) } : variant,
  );
  return { ...after, handle, variants };
}

/** A product that is not there yet. */
export function NewProduct() {
  const text = useText();
  const toast = useToast();
  const { base } = useVendor();
  const products = useHref(`${base}/products`);
  const create = useCreate();
  const { editing, input, check, isDirty } = useProductEditor(emptyForm(), {
    disabled: create.isPending,
    refusal: create.error,
  });
  return (
    <Page
      sticky
      title={text('products.new')}
      crumbs={[{ name: text('nav.products'), href: products }, { name: text('products.new') }]}
      aside={<ProductStatusBadge status={editing.form.status} />}
      actions={
        <Button
          variant="primary"
          busy={create.isPending}
          onClick={() => {
            if (check()) create.mutate(input);
            else {
              toast(text('product.checkFields'), { type: 'error' });
              focusFirstProblem();
            }
          }}
        >
          {text('save')}
        </Button>
      }
    >
      <ProductRefusal error={create.error} />
      <ProductFields
        editing={{
          ...editing,
          change: (next) => editing.change((before) => withMadeNames(before, next(before))),
        }}
      />
      <LeaveGuard active={isDirty && !create.isPending && !create.isSuccess} />
    </Page>
  );
}
