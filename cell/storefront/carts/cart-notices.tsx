import { Button, ButtonLink } from '@commerce/ui/button';
import { Notice } from '@commerce/ui/content';
import { FormToken } from '../layout/form-token.tsx';
import { usePage } from '../page-scope.tsx';
import type { ApiCart } from './api-types.ts';
import type { Flash } from './flash.ts';

/** What there is to know of the cart as a whole. */
export function CartNotices({
  cart,
  flash,
}: {
  readonly cart: ApiCart;
  readonly flash: Flash | undefined;
}) {
  const { t, href, locale } = usePage();
  const isHeld = cart.state === 'checking-out';
  const isOther = cart.market !== locale.market || cart.currency !== locale.currency;
  return (
    <>
      {flash !== undefined && (
        <Notice tone="warning" live>
          {t(flash.key, { count: flash.count })}
        </Notice>
      )}
      {isHeld && cart.orderGroupId !== null && (
        <Notice tone="info" title={t('cart.paying')}>
          <p>{t('cart.payingText')}</p>
          <ButtonLink size="small" href={href(`/orders/${cart.orderGroupId}/payment`)}>
            {t('cart.payingLook')}
          </ButtonLink>
        </Notice>
      )}
      {!isHeld && isOther && (
        <Notice tone="info">
          <p>{t('cart.other', { currency: locale.currency, country: locale.country })}</p>
          <form method="post" action={href('/cart')}>
            <FormToken />
            <input type="hidden" name="intent" value="renew" />
            <Button size="small">{t('cart.renew', { currency: locale.currency })}</Button>
          </form>
        </Notice>
      )}
    </>
  );
}
