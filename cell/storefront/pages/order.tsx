import { ButtonLink } from '@commerce/ui/button';
import { EmptyState } from '@commerce/ui/content';
import { OrderView } from '../orders/order-view.tsx';
import type { ApiTracking } from '../orders/api-types.ts';
import { ApiProblem, definePage, type PageContext, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';

interface OrderData {
  /** Undefined where the link is not good, or has expired. */
  readonly tracking: ApiTracking | undefined;
  readonly isExpired: boolean;
}

/** How far an order is: by the link that a guest has, or for the customer who is signed in. */
export const orderPage = definePage<OrderData>({
  path: '/orders/:group',
  isPrivate: true,
  load: followOrder,
  head: ({ tracking }, { t, query }) => ({
    title: query.has('placed') && tracking !== undefined ? t('order.thanks') : t('order.title'),
    noIndex: true,
  }),
  View: Order,
});

async function followOrder({ params, query, read }: PageContext): Promise<Shown<OrderData>> {
  const token = query.get('token') ?? undefined;
  const path = `/v1/order-groups/${encodeURIComponent(params['group'] ?? '')}/tracking`;
  try {
    const tracking = await read<ApiTracking>(path, { token, language: undefined });
    return { data: { tracking, isExpired: false } };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    const { expired } = (error.body ?? {}) as { expired?: boolean };
    return { data: { tracking: undefined, isExpired: expired === true }, status: 401 };
  }
}

function Order({ data }: { readonly data: OrderData }) {
  const { t, href, path, query } = usePage();
  if (data.tracking !== undefined) {
    return <OrderView tracking={data.tracking} isNew={query.has('placed')} />;
  }
  return (
    <EmptyState
      icon="lock"
      level={1}
      title={data.isExpired ? t('order.expired') : t('order.closed')}
      text={t('order.closedText')}
      actions={
        <ButtonLink variant="primary" href={href('/account/sign-in', { return: path })}>
          {t('account.signIn')}
        </ButtonLink>
      }
    />
  );
}
