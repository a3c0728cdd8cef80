import { unitsLeft } from '@commerce/contracts/order-units';
import { Button } from '@commerce/ui/button';
import { Badge, Card, Notice } from '@commerce/ui/content';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/client.ts';
import type { Fulfilment, Order, Parcel, ShipTo } from '../api/types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage, useText } from '../i18n/language.tsx';
import { useMayWrite } from '../shell/session.tsx';
import { ProblemText, Shown } from '../shell/states.tsx';
import { CancelUnitsDialog } from './cancel-units-dialog.tsx';
import { ShipDialog } from './ship-dialog.tsx';

const PARCEL = {
  capturing: ['warning', 'parcel.capturing'],
  shipped: ['info', 'parcel.shipped'],
  delivered: ['success', 'order.delivered'],
  refused: ['danger', 'parcel.refused'],
} as const satisfies Readonly<
  Record<Parcel['state'], readonly ['warning' | 'info' | 'success' | 'danger', MessageKey]>
>;

const listUnits = (lines: readonly { readonly title: string; readonly quantity: number }[]) =>
  lines.map(({ title, quantity }) => `${quantity} × ${title}`).join(', ');

function ParcelRow({
  parcel,
  path,
  canWrite,
  onDone,
}: {
  readonly parcel: Parcel;
  readonly path: string;
  readonly canWrite: boolean;
  readonly onDone: () => void;
}) {
  const { text, formats } = useLanguage();
  const { mutate, isPending } = useMutation({
    mutationFn: () => read(`${path}/shipments/${parcel.id}/delivered`, { method: 'POST' }),
    onSettled: onDone,
  });
  const [tone, label] = PARCEL[parcel.state];
  return (
    <li>
      <span className="c-rows__main">
        {listUnits(parcel.lines)}
        <span className="c-muted c-thing__note">
          {formats.dateTime(parcel.shippedAt ?? parcel.createdAt)}{' '}
          <bdi>{[parcel.carrier, parcel.trackingNumber].filter(Boolean).join(' ')}</bdi>
        </span>
      </span>
      <Badge tone={tone}>{text(label)}</Badge>
      {canWrite && parcel.state === 'shipped' && (
        <Button size="small" busy={isPending} onClick={() => mutate()}>
          {text('parcel.arrived')}
        </Button>
      )}
    </li>
  );
}

/** Where the parcels go: asked for only when somebody wants to know, as each look is written down. */
function ShipToCard({ path, cell }: { readonly path: string; readonly cell: string }) {
  const text = useText();
  const { mutate, isPending, error, data } = useMutation({
    mutationFn: () => read<ShipTo>(`${path}/ship-to`, { method: 'POST' }),
  });
  return (
    <Card>
      <h2>{text('order.shipTo')}</h2>
      {data === undefined ? (
        <>
          <p className="c-muted">{text('fulfil.addressText', { cell })}</p>
          <Button busy={isPending} onClick={() => mutate()}>
            {text('fulfil.address')}
          </Button>
        </>
      ) : (
        <address>
          {['name', 'company', 'line1', 'line2', 'postalCode', 'city', 'region', 'country', 'phone']
            .filter((field) => data.address[field] !== undefined)
            .map((field) => (
              <div key={field}>
                <bdi>{data.address[field]}</bdi>
              </div>
            ))}
        </address>
      )}
      {error !== null && (
        <Notice tone="danger" live>
          <ProblemText error={error} />
        </Notice>
      )}
    </Card>
  );
}

function History({ order }: { readonly order: Fulfilment }) {
  const { text, formats } = useLanguage();
  if (order.changes.length === 0) return null;
  return (
    <Card>
      <h2>{text('fulfil.history')}</h2>
      <ul className="c-rows">
        {order.changes.map((change) => (
          <li key={change.id}>
            <span className="c-rows__main">
              {text(change.origin === 'vendor' ? 'fulfil.youCanceled' : 'fulfil.theyCanceled', {
                units: listUnits(change.lines),
              })}
              <span className="c-muted c-thing__note">{formats.dateTime(change.createdAt)}</span>
            </span>
            <Badge tone={change.state === 'refused' ? 'danger' : 'neutral'}>
              {formats.money(change.amountMinor, order.currency)}
            </Badge>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** What is done about an order: what is still to be sent, its parcels, and what was canceled. */
export function OrderFulfilment({
  summary,
  path,
}: {
  readonly summary: Order;
  readonly path: string;
}) {
  const text = useText();
  const queries = useQueryClient();
  const canWrite = useMayWrite();
  const [open, setOpen] = useState<'ship' | 'cancel'>();
  const queryKey = ['order', summary.orderId, 'fulfilment'];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => read<Fulfilment>(`${path}/fulfilment`, { signal }),
  });
  const done = (): void => {
    setOpen(undefined);
    void queries.invalidateQueries({ queryKey: ['order', summary.orderId] });
  };
  return (
    <Shown query={query}>
      {(order) => {
        const isOpen =
          order.state !== 'canceled' && order.lines.some((line) => unitsLeft(line) > 0);
        const dialog = { order, path, onDone: done, onClose: () => setOpen(undefined) };
        return (
          <>
            <Card>
              <h2>{text('fulfil.title')}</h2>
              {order.shipments.length === 0 && <p className="c-muted">{text('fulfil.none')}</p>}
              <ul className="c-rows">
                {order.shipments.map((parcel) => (
                  <ParcelRow
                    key={parcel.id}
                    parcel={parcel}
                    path={path}
                    canWrite={canWrite}
                    onDone={done}
                  />
                ))}
              </ul>
              {isOpen && canWrite && (
                <div className="c-toolbar">
                  <Button variant="primary" onClick={() => setOpen('ship')}>
                    {text('fulfil.send')}
                  </Button>
                  <Button onClick={() => setOpen('cancel')}>{text('fulfil.cancel')}</Button>
                </div>
              )}
            </Card>
            {isOpen && canWrite && <ShipToCard path={path} cell={summary.cell} />}
            <History order={order} />
            {open === 'ship' && <ShipDialog {...dialog} />}
            {open === 'cancel' && <CancelUnitsDialog {...dialog} />}
          </>
        );
      }}
    </Shown>
  );
}
