import {
  type EventEnvelope,
  type OrderPlaced,
  orderFulfillmentChanged,
  orderPlaced,
  orderStateChanged,
} from '@commerce/contracts/events';
import type { SqlReader } from '@commerce/engines/sql/sql';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type ChangingColumn, followChange, insertSummary, takeInEvents } from './store.ts';

/** What every event has around its data, as far as it is read here. */
const Envelope = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 200 }),
  type: Type.String(),
  time: Type.String(),
  partition: Type.String({ maxLength: 16 }),
  epoch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  version: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  data: Type.Unknown(),
});

const envelope = Compile(Envelope);
const placed = Compile(orderPlaced.data);
const stateChanged = Compile(orderStateChanged.data);
const fulfillmentChanged = Compile(orderFulfillmentChanged.data);

const isTime = (text: string): boolean => !Number.isNaN(Date.parse(text));

type OrderMove = Static<typeof orderStateChanged.data>;

async function applyPlaced(
  sql: SqlReader,
  cellId: string,
  event: EventEnvelope,
  data: OrderPlaced,
): Promise<void> {
  await insertSummary(sql, {
    order_id: data.orderId,
    order_group_id: data.orderGroupId,
    vendor_id: data.vendorId,
    cell_id: cellId,
    state: data.state,
    fulfillment: 'unfulfilled',
    placed_at: new Date(data.placedAt),
    changed_at: new Date(data.placedAt),
    summary: JSON.stringify(data),
    partition: event.partition,
    epoch: BigInt(event.epoch),
    version: BigInt(event.version),
  });
}

async function applyChange(
  sql: SqlReader,
  cellId: string,
  event: EventEnvelope,
  column: ChangingColumn,
  data: OrderMove,
): Promise<void> {
  await followChange(sql, column, data.to, {
    order_id: data.orderId,
    changed_at: new Date(data.at),
    cell_id: cellId,
    epoch: BigInt(event.epoch),
    version: BigInt(event.version),
  });
}

/**
 * Applies a cell's events in their order, each once. Types that are not known are passed over: a
 * newer cell may send them.
 * @returns ids of events that could not be read; they are counted and shown, not forgotten
 */
export async function applyEvents(
  sql: SqlReader,
  cellId: string,
  events: readonly unknown[],
  now: Date,
): Promise<readonly string[]> {
  const refused: string[] = [];
  const readable = events.filter((event): event is EventEnvelope => {
    if (envelope.Check(event)) return true;
    const id = (event as { id?: unknown } | null)?.id;
    refused.push(typeof id === 'string' ? id.slice(0, 200) : 'without an id');
    return false;
  });
  const fresh = await takeInEvents(sql, [...new Set(readable.map(({ id }) => id))], now);
  for (const event of readable) {
    // An event that stands twice in a batch is applied at its first place.
    if (!fresh.delete(event.id)) continue;
    const { data } = event;
    switch (event.type) {
      case orderPlaced.type:
        if (placed.Check(data) && isTime(data.placedAt))
          await applyPlaced(sql, cellId, event, data);
        else refused.push(event.id);
        break;
      case orderStateChanged.type:
        if (stateChanged.Check(data) && isTime(data.at)) {
          await applyChange(sql, cellId, event, 'state', data);
        } else refused.push(event.id);
        break;
      case orderFulfillmentChanged.type:
        if (fulfillmentChanged.Check(data) && isTime(data.at)) {
          await applyChange(sql, cellId, event, 'fulfillment', data);
        } else refused.push(event.id);
        break;
      default:
    }
  }
  return refused;
}
