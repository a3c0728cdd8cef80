import type { ReactNode } from 'react';
import { FormToken } from '../layout/form-token.tsx';
import { usePage } from '../page-scope.tsx';

/**
 * The form that puts a variant into the cart: around a product page's choice of quantity and its button.
 * A field `quantity` among the children says how many; without one it is one.
 */
export function AddToCartForm({
  variantId,
  className,
  children,
}: {
  readonly variantId: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const { href, path } = usePage();
  return (
    <form className={className} method="post" action={href('/cart')} data-add-to-cart="">
      <FormToken />
      <input type="hidden" name="intent" value="add" />
      <input type="hidden" name="variant" value={variantId} />
      <input type="hidden" name="return" value={path} />
      {children}
    </form>
  );
}
