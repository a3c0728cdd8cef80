import { unitsLeft } from '@commerce/contracts/order-units';
import { Button, ButtonLink } from '@commerce/ui/button';
import { EmptyState, Notice } from '@commerce/ui/content';
import { SelectField } from '@commerce/ui/field';
import { formatMoney, formatNumber } from '../format.ts';
import { FormToken } from '../layout/form-token.tsx';
import type { ApiChangePreview, ApiTracking } from '../orders/api-types.ts';
import { canBeCanceled } from '../orders/cancelable.ts';
import { ApiProblem, definePage, type PageContext, type Redirect, type Shown } from '../page.ts';
import { usePage } from '../page-scope.tsx';

interface CancelData {
  readonly tracking: ApiTracking;
  /** Units by line, as they were chosen. */
  readonly chosen: Readonly<Record<string, number>>;
  /** What canceling them does to the money, once it was asked for. */
  readonly preview: ApiChangePreview | undefined;
  readonly notice: 'none' | 'outdated' | undefined;
  /** Makes a second press of the button the same request. */
  readonly key: string;
}

interface Wanted {
  readonly kind: 'cancel';
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly token: string | undefined;
}

/** Cancels what of an order was not sent yet: first the money is shown, then it is confirmed. */
export const cancelOrderPage = definePage<CancelData>({
  path: '/orders/:group/cancel',
  isPrivate: true,
  frame: 'focused',
  load: (context) => show(context, {}),
  act: cancel,
  head: (_data, { t }) => ({ title: t('cancel.title'), noIndex: true }),
  View: CancelOrder,
});

const pathOf = ({ params }: PageContext): string =>
  `/v1/order-groups/${encodeURIComponent(params['group'] ?? '')}`;
const tokenOf = ({ query }: PageContext): string | undefined => query.get('token') ?? undefined;

async function show(
  context: PageContext,
  state: Partial<Omit<CancelData, 'tracking'>>,
): Promise<Shown<CancelData>> {
  const tracking = await context.read<ApiTracking>(`${pathOf(context)}/tracking`, {
    token: tokenOf(context),
    language: undefined,
  });
  const key = state.key ?? crypto.randomUUID();
  return { data: { tracking, chosen: {}, preview: undefined, notice: undefined, ...state, key } };
}

/** Fields are named after the lines, `units.oli_…`. */
function readUnits(form: URLSearchParams): Record<string, number> {
  return Object.fromEntries(
    [...form].flatMap(([name, value]) =>
      name.startsWith('units.') && /^[1-9]\d{0,2}$/.test(value)
        ? [[name.slice('units.'.length), Number(value)]]
        : [],
    ),
  );
}

async function cancel(
  context: PageContext,
  form: URLSearchParams,
): Promise<Shown<CancelData> | Redirect> {
  const chosen = readUnits(form);
  const lines = Object.entries(chosen).map(([lineId, quantity]) => ({ lineId, quantity }));
  if (lines.length === 0) return show(context, { notice: 'none' });
  const wanted: Wanted = { kind: 'cancel', lines, token: tokenOf(context) };
  const path = `${pathOf(context)}/changes`;
  const key = form.get('key') ?? undefined;
  try {
    if (!form.has('expected')) {
      const preview = await context.write<ApiChangePreview>('POST', `${path}/preview`, {
        body: wanted,
      });
      return await show(context, { chosen, preview });
    }
    const expectedMinor = Number(form.get('expected'));
    await context.write('POST', path, {
      body: { ...wanted, reason: 'changed-mind', expectedMinor },
      ...(key !== undefined && { key }),
    });
  } catch (error) {
    if (!(error instanceof ApiProblem) || (error.status !== 409 && error.status !== 422)) {
      throw error;
    }
    return { ...(await show(context, { notice: 'outdated' })), status: error.status };
  }
  return { redirect: context.href(orderPathOf(context), { token: tokenOf(context) }) };
}

const orderPathOf = ({ params }: Pick<PageContext, 'params'>): string =>
  `/orders/${params['group'] ?? ''}`;

function CancelOrder({ data }: { readonly data: CancelData }) {
  const { t, href, query } = usePage();
  const { tracking, preview, notice } = data;
  const back = href(`/orders/${tracking.id}`, { token: query.get('token') ?? undefined });
  if (!canBeCanceled(tracking)) {
    return (
      <EmptyState
        icon="receipt"
        level={1}
        title={t('cancel.nothing')}
        actions={<ButtonLink href={back}>{t('cancel.keep')}</ButtonLink>}
      />
    );
  }
  return (
    <div className="cancel">
      <h1>{t('cancel.title')}</h1>
      {notice !== undefined && (
        <Notice tone="warning" live>
          {t(notice === 'none' ? 'cancel.none' : 'cancel.outdated')}
        </Notice>
      )}
      <form method="post" className="cancel__form">
        <FormToken />
        {preview === undefined ? <Choice data={data} /> : <Confirm data={data} preview={preview} />}
        <div className="cancel__actions">
          <Button variant="primary">
            {t(preview === undefined ? 'cancel.preview' : 'cancel.confirm')}
          </Button>
          <ButtonLink href={back}>{t('cancel.keep')}</ButtonLink>
        </div>
      </form>
    </div>
  );
}

function Choice({ data }: { readonly data: CancelData }) {
  const { t, locale } = usePage();
  const lines = data.tracking.orders
    .filter(({ state }) => state !== 'canceled')
    .flatMap((order) => order.lines.filter((line) => unitsLeft(line) > 0));
  return (
    <>
      <p>{t('cancel.text')}</p>
      {lines.map((line) => (
        <SelectField
          key={line.id}
          name={`units.${line.id}`}
          label={line.title}
          defaultValue={String(data.chosen[line.id] ?? 0)}
        >
          {Array.from({ length: unitsLeft(line) + 1 }, (_, units) => (
            <option key={units} value={units}>
              {formatNumber(units, locale.language)}
            </option>
          ))}
        </SelectField>
      ))}
    </>
  );
}

function Confirm({
  data,
  preview,
}: {
  readonly data: CancelData;
  readonly preview: ApiChangePreview;
}) {
  const { t, locale } = usePage();
  const { chosen, tracking, key } = data;
  const lines = tracking.orders.flatMap((order) => order.lines);
  const { currency, refundMinor, releaseMinor } = preview;
  const amount = formatMoney(
    { amountMinor: refundMinor + releaseMinor, currency },
    locale.language,
  );
  return (
    <>
      <ul className="order__lines">
        {Object.entries(chosen).map(([lineId, units]) => (
          <li key={lineId}>
            <span>
              {lines.find(({ id }) => id === lineId)?.title}{' '}
              <span className="summary-line__count">× {units}</span>
            </span>
            <input type="hidden" name={`units.${lineId}`} value={units} />
          </li>
        ))}
      </ul>
      <p className="cancel__money">
        <strong>{t(releaseMinor > 0 ? 'cancel.release' : 'cancel.refund', { amount })}</strong>
      </p>
      <input type="hidden" name="expected" value={refundMinor + releaseMinor} />
      <input type="hidden" name="key" value={key} />
    </>
  );
}
