import type { ProductStatus } from '@commerce/contracts/catalog';
import { Badge, type Tone } from '@commerce/ui/content';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useText } from '../i18n/language.tsx';

const PRODUCT: Readonly<Record<ProductStatus, readonly [Tone, MessageKey]>> = {
  active: ['success', 'status.active'],
  draft: ['neutral', 'status.draft'],
  archived: ['warning', 'status.archived'],
};

export function ProductStatusBadge({ status }: { readonly status: ProductStatus }) {
  const text = useText();
  const [tone, label] = PRODUCT[status];
  return <Badge tone={tone}>{text(label)}</Badge>;
}

const ORDER: Readonly<Record<string, readonly [Tone, MessageKey]>> = {
  placed: ['info', 'order.placed'],
  paid: ['success', 'order.paid'],
  'partially-shipped': ['info', 'order.partiallyShipped'],
  shipped: ['success', 'order.shipped'],
  delivered: ['success', 'order.delivered'],
  canceled: ['danger', 'order.canceled'],
  refunded: ['warning', 'order.refunded'],
};

/**
 * How far an order is: its parcels say more than its payment does, once there are any. A state that these
 * pages don't know yet is shown by its name.
 */
export function OrderStateBadge({
  state,
  fulfillment,
}: {
  readonly state: string;
  readonly fulfillment: string;
}) {
  const text = useText();
  const shown = fulfillment === 'unfulfilled' || state === 'canceled' ? state : fulfillment;
  const known = ORDER[shown];
  return (
    <Badge tone={known?.[0] ?? 'neutral'}>{known === undefined ? shown : text(known[1])}</Badge>
  );
}

const VENDOR = {
  active: ['success', 'vendor.active'],
  pending: ['warning', 'vendor.pending'],
  suspended: ['danger', 'vendor.suspended'],
} as const satisfies Readonly<Record<string, readonly [Tone, MessageKey]>>;

export function VendorStatusBadge({ status }: { readonly status: keyof typeof VENDOR }) {
  const text = useText();
  const [tone, label] = VENDOR[status];
  return <Badge tone={tone}>{text(label)}</Badge>;
}
