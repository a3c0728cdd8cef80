import { Button, ButtonLink } from '@commerce/ui/button';
import { EmptyState } from '@commerce/ui/content';
import { cartIdOf } from '../carts/kept-cart.ts';
import { confirmationAddress, declineMessage } from '../checkouts/pay.ts';
import { formatMoney } from '../format.ts';
import type { ApiOrderGroup } from '../orders/api-types.ts';
import { ApiProblem, definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';

interface PaymentData {
  readonly group: ApiOrderGroup;
  /** How often the page has looked by itself. */
  readonly looked: number;
  /** Whether the shopper comes from the bank's page. */
  readonly isBack: boolean;
}

/** The page looks again by itself this often; then the shopper decides. */
const LOOKS_MAX = 12;
const LOOK_AFTER_S = 2;

/** Where a payment stands that is not decided yet; once it is, this leads on. */
export const paymentPage = definePage<PaymentData>({
  path: '/orders/:group/payment',
  isPrivate: true,
  frame: 'focused',
  load: lookAfterPayment,
  head: (data, { t, href, params }) => ({
    title: t('payment.title'),
    noIndex: true,
    refresh: isWaiting(data)
      ? {
          afterS: LOOK_AFTER_S,
          to: href(`/orders/${params['group']}/payment`, {
            look: data.looked + 1,
            ...(data.isBack && { back: 1 }),
          }),
        }
      : undefined,
  }),
  View: Payment,
});

async function lookAfterPayment(context: PageContext): Promise<Shown<PaymentData> | Redirect> {
  const { params, query, href } = context;
  const id = params['group'] ?? '';
  const group = await context.read<ApiOrderGroup>(`/v1/order-groups/${encodeURIComponent(id)}`, {
    language: undefined,
  });
  if (group.state === 'placed' || group.state === 'paid') {
    return { redirect: await placedAddress(context, id) };
  }
  const looked = Math.min(Math.max(Number(query.get('look') ?? 0) || 0, 0), LOOKS_MAX);
  const data = { group, looked, isBack: query.has('back') };
  if (group.state === 'canceled' && cartIdOf(context) === undefined) {
    return { redirect: href('/cart') };
  }
  return { data };
}

/** The order's own page: with a link for who bought it here, or for the customer. */
async function placedAddress(context: PageContext, groupId: string): Promise<string> {
  try {
    return await confirmationAddress(context, groupId, cartIdOf(context) ?? '');
  } catch (error) {
    // Not the browser that it was bought in, or a second look at an order that was shown before.
    if (!(error instanceof ApiProblem) || ![400, 401, 403, 404].includes(error.status)) throw error;
    return context.href(`/orders/${groupId}`);
  }
}

/** Whether the page shall look again by itself. */
function isWaiting({ group, looked, isBack }: PaymentData): boolean {
  const { state, payment } = group;
  if (looked >= LOOKS_MAX || state === 'canceled') return false;
  // At the bank's page somebody else decides; looking makes sense once the shopper has been there.
  return payment?.action === undefined || isBack;
}

function Payment({ data }: { readonly data: PaymentData }) {
  const { group, isBack } = data;
  if (group.state === 'canceled') return <Failed group={group} />;
  if (isWaiting(data)) return <Waiting />;
  return group.payment?.action === undefined || isBack ? (
    <TakesLong data={data} />
  ) : (
    <AtTheBank group={group} />
  );
}

function Waiting() {
  const { t } = usePage();
  return (
    <div className="waiting" role="status">
      <span className="ui-spinner" aria-hidden="true" />
      <h1>{t('payment.waiting')}</h1>
      <p>{t('payment.waitingText')}</p>
    </div>
  );
}

function AtTheBank({ group }: { readonly group: ApiOrderGroup }) {
  const { t, href, locale } = usePage();
  const { payment, totalMinor, currency } = group;
  return (
    <EmptyState
      icon="shield"
      level={1}
      title={t('payment.bank')}
      text={t('payment.bankText', {
        total: formatMoney({ amountMinor: totalMinor, currency }, locale.language),
      })}
      actions={
        <>
          <ButtonLink variant="primary" href={payment?.action?.url}>
            {t('payment.toBank')}
          </ButtonLink>
          <ButtonLink href={href('/checkout', { again: 1 })}>{t('payment.otherCard')}</ButtonLink>
        </>
      }
    />
  );
}

/** Nothing was heard for long: the shopper is told so, and loses nothing by leaving. */
function TakesLong({ data }: { readonly data: PaymentData }) {
  const { t, href, params } = usePage();
  const { group } = data;
  return (
    <EmptyState
      icon="info"
      level={1}
      title={t('payment.long')}
      text={t('payment.longText')}
      actions={
        <>
          <form action={href(`/orders/${params['group']}/payment`)}>
            <input type="hidden" name="back" value="1" />
            <Button variant="primary">{t('payment.look')}</Button>
          </form>
          {group.payment?.action !== undefined && (
            <ButtonLink href={group.payment.action.url}>{t('payment.toBank')}</ButtonLink>
          )}
        </>
      }
    />
  );
}

function Failed({ group }: { readonly group: ApiOrderGroup }) {
  const { t, href } = usePage();
  const isDeclined = group.cancelReason === 'declined';
  return (
    <EmptyState
      icon="error"
      level={1}
      title={isDeclined ? t('payment.declined') : t('payment.ended')}
      text={isDeclined ? t(declineMessage(group.payment?.declineCode)) : t('checkout.ended')}
      actions={
        <>
          <ButtonLink variant="primary" href={href('/checkout')}>
            {t('payment.back')}
          </ButtonLink>
          <ButtonLink href={href('/cart')}>{t('cart.show')}</ButtonLink>
        </>
      }
    />
  );
}
