import { Button, ButtonLink } from '@commerce/ui/button';
import { Badge, Card, EmptyState } from '@commerce/ui/content';
import { type ApiMe, isSignedIn, signInAddress } from '../accounts/signed-in.ts';
import { forgetCart } from '../carts/kept-cart.ts';
import { formatDate, formatMoney } from '../format.ts';
import { FormToken } from '../layout/form-token.tsx';
import type { ApiOrder } from '../orders/api-types.ts';
import { ApiProblem, definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';

interface AccountData {
  readonly me: ApiMe;
  readonly orders: readonly ApiOrder[];
  readonly nextCursor: string | null;
}

const ORDERS_SHOWN = 10;

/** The customer's orders, and the way to the rest of the account. */
export const accountPage = definePage<AccountData>({
  path: '/account',
  isPrivate: true,
  load: showAccount,
  head: (_data, { t }) => ({ title: t('nav.account'), noIndex: true }),
  View: Account,
});

async function showAccount(context: PageContext): Promise<Shown<AccountData> | Redirect> {
  if (!isSignedIn(context)) return { redirect: signInAddress(context, '/account') };
  const { read, query } = context;
  try {
    const [me, page] = await Promise.all([
      read<ApiMe>('/v1/me', { language: undefined }),
      read<{ items: readonly ApiOrder[]; nextCursor: string | null }>('/v1/me/orders', {
        language: undefined,
        limit: ORDERS_SHOWN,
        cursor: query.get('cursor') ?? undefined,
      }),
    ]);
    return { data: { me, orders: page.items, nextCursor: page.nextCursor } };
  } catch (error) {
    // The session has ended elsewhere.
    if (error instanceof ApiProblem && error.status === 401) return leave(context, '/account');
    throw error;
  }
}

/** Forgets the session, and asks to sign in again. */
export function leave(context: PageContext, returnTo: string): Redirect {
  context.cookies.clear('access');
  context.cookies.clear('refresh');
  return { redirect: signInAddress(context, returnTo) };
}

/** Ends the session, here and at the shop. */
export const signOutPage = definePage<undefined>({
  path: '/account/sign-out',
  isPrivate: true,
  load: ({ href }) => Promise.resolve({ redirect: href('/account') }),
  act: signOut,
  head: () => ({ noIndex: true }),
  View: () => null,
});

async function signOut(context: PageContext): Promise<Redirect> {
  const { api, cookies, href } = context;
  const refreshToken = cookies.get('refresh');
  if (refreshToken !== undefined) {
    const answer = await api('DELETE', '/v1/sessions/current', { body: { refreshToken } });
    if (answer.status === 421 || answer.status >= 500) {
      throw new ApiProblem(answer.status, answer.body, answer.headers['retry-after']);
    }
  }
  cookies.clear('access');
  cookies.clear('refresh');
  // It belongs to the account by now, and whoever uses the browser next is somebody else.
  forgetCart(context);
  return { redirect: href('/') };
}

function Account({ data }: { readonly data: AccountData }) {
  const { t, href } = usePage();
  const { me, orders, nextCursor } = data;
  return (
    <div className="account">
      <header className="account__header">
        <div>
          <h1>
            {me.name === null ? t('account.hello') : t('account.helloName', { name: me.name })}
          </h1>
          <p className="order__lead">
            <bdi>{me.email}</bdi>
          </p>
        </div>
        <div className="account__actions">
          <ButtonLink href={href('/account/profile')}>{t('account.profile')}</ButtonLink>
          <form method="post" action={href('/account/sign-out')}>
            <FormToken />
            <Button variant="ghost">{t('account.signOut')}</Button>
          </form>
        </div>
      </header>
      <section aria-labelledby="orders" className="account__orders">
        <h2 id="orders">{t('account.orders')}</h2>
        {orders.length === 0 ? (
          <EmptyState
            icon="receipt"
            level={3}
            title={t('account.noOrders')}
            text={t('account.noOrdersText')}
            actions={
              <ButtonLink variant="primary" href={href('/')}>
                {t('cart.browse')}
              </ButtonLink>
            }
          />
        ) : (
          <Orders orders={orders} />
        )}
        {nextCursor !== null && (
          <ButtonLink href={href('/account', { cursor: nextCursor })} rel="next">
            {t('account.older')}
          </ButtonLink>
        )}
      </section>
    </div>
  );
}

const STATES: Readonly<Record<string, 'step.paid' | 'step.placed' | 'step.canceled'>> = {
  placed: 'step.placed',
  paid: 'step.paid',
  canceled: 'step.canceled',
};

function Orders({ orders }: { readonly orders: readonly ApiOrder[] }) {
  const { t, href, locale } = usePage();
  return (
    <ul className="account__list">
      {orders.map((order) => (
        <li key={order.id}>
          <Card className="order-card">
            <div className="order-card__what">
              <h3>
                <a href={href(`/orders/${order.orderGroupId}`)}>
                  {order.vendor.name} · <bdi className="order__number">{order.displayNumber}</bdi>
                </a>
              </h3>
              <p>{order.lines.map(({ title, quantity }) => `${quantity} × ${title}`).join(', ')}</p>
              <p>{t('order.placedOn', { date: formatDate(order.placedAt, locale.language) })}</p>
            </div>
            <Badge tone={order.state === 'paid' ? 'success' : 'neutral'}>
              {t(STATES[order.state] ?? 'step.placed')}
            </Badge>
            <span className="order-card__total">
              {formatMoney(
                { amountMinor: order.totalMinor, currency: order.currency },
                locale.language,
              )}
            </span>
          </Card>
        </li>
      ))}
    </ul>
  );
}
