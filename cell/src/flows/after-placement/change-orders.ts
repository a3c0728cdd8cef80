import type { Partition } from '@commerce/contracts/ids';
import { minorToJson, ZERO } from '@commerce/contracts/money';
import type { Position } from '@commerce/contracts/positions';
import { AppError } from '@commerce/contracts/problems';
import type { Job } from '@commerce/service/jobs';
import { defineSaga, type Saga } from '@commerce/service/saga';
import { type OrderChange, viewChange } from '../../modules/order-changes/index.ts';
import {
  findIdempotencyRecord,
  type IdempotencyKey,
  keptAnswer,
  recordIdempotency,
} from '../../partitions/idempotency.ts';
import type { PartitionWork } from '../../partitions/unit-of-work.ts';
import { capturesAtOnce } from '../checkout/context.ts';
import { answerRecorded, type ChangedAnswer, createCarrier } from './carry-on.ts';
import { type Cancellation, type CancelRequest, planCancellation } from './cancellation.ts';
import {
  type AfterPlacementDeps,
  type PlacedGroup,
  readPlacedGroup,
  requireNothingUnderWay,
  STALLED_MS,
} from './context.ts';
import { moveAll, type MovingMoney } from './move-money.ts';

/**
 * Changes of placed orders: previewed, confirmed in one transaction that moves the units and records
 * what money has to move, and carried on until it has.
 *
 *   record        units, orders, stock and the intent of the money, in one transaction   (pivot)
 *   move-money    at the gateway, under the movement's id
 *   settle        books what the gateway did
 *
 * There is no way back from the pivot: each step is repeated until it succeeds.
 */

/** Who changes an order. */
export interface Changer {
  readonly origin: OrderChange['origin'];
  /** @throws AppError where the group is not theirs to change */
  readonly requireAccess: (placed: PlacedGroup) => void;
}

export interface ChangePreview {
  readonly refundMinor: number;
  readonly releaseMinor: number;
  readonly currency: string;
  readonly orders: OrderChange['orders'];
}

export interface ChangeRequest extends CancelRequest {
  readonly reason: string;
  /** What the preview said goes back: money that the changer has seen. */
  readonly expectedMinor: number;
}

export interface ChangeFlow {
  /** What a change would do. @throws AppError as `confirm` */
  preview(
    partition: Partition,
    groupId: string,
    request: CancelRequest,
    changer: Changer,
  ): Promise<ChangePreview>;
  /**
   * Confirms a change, once for each key.
   * @throws AppError `conflict` where the money is not what was expected, or nothing is left to change
   */
  confirm(
    partition: Partition,
    groupId: string,
    request: ChangeRequest,
    changer: Changer,
    key: IdempotencyKey,
  ): Promise<ChangedAnswer>;
  /** The job that moves the money of changes that nobody carries on. */
  readonly recovery: Job;
}

const CREATED = 201;

/** Whether the money of units that are not sent was taken already. */
function splitMoney(placed: PlacedGroup, { totalMinor }: Cancellation) {
  return capturesAtOnce(placed.group)
    ? { refundMinor: totalMinor, releaseMinor: ZERO }
    : { refundMinor: ZERO, releaseMinor: totalMinor };
}

function toPreview(placed: PlacedGroup, cancellation: Cancellation): ChangePreview {
  const { refundMinor, releaseMinor } = splitMoney(placed, cancellation);
  return {
    refundMinor: minorToJson(refundMinor),
    releaseMinor: minorToJson(releaseMinor),
    currency: placed.group.currency,
    orders: cancellation.orders.map((order) => order.changed),
  };
}

function requireExpected(preview: ChangePreview, expectedMinor: number): void {
  if (preview.refundMinor + preview.releaseMinor === expectedMinor) return;
  throw new AppError('conflict', {
    field: 'expectedMinor',
    detail: 'The order has changed since the preview: look at the new one first.',
    extensions: { reason: 'preview-outdated', preview },
  });
}

/** The pivot: all that a cancellation does to rows. */
async function record(
  deps: AfterPlacementDeps,
  work: PartitionWork,
  placed: PlacedGroup,
  cancellation: Cancellation,
  request: Pick<ChangeRequest, 'reason'> & Pick<Changer, 'origin'>,
): Promise<OrderChange> {
  const { group, payment } = placed;
  const at = deps.clock.now();
  const money = splitMoney(placed, cancellation);
  const committed = await deps.inventory.findCommitted(work, group.id);
  deps.orders.settleLines(
    work,
    cancellation.orders.flatMap((order) => order.settled),
  );
  for (const { order, isWhole, isAllShipped } of cancellation.orders) {
    const fulfillment = isAllShipped ? 'shipped' : order.fulfillment;
    // Where the money is taken with the parcels, all of it is there once nothing more is to be sent.
    const isPaid = isAllShipped && order.state === 'placed';
    const state = isWhole ? 'canceled' : isPaid ? 'paid' : order.state;
    deps.orders.moveOrder(work, order, { state, fulfillment }, at);
  }
  const lines = cancellation.orders.flatMap((order) => order.changed.lines);
  const change = deps.changes.record(
    work,
    {
      groupId: group.id,
      kind: 'cancel',
      origin: request.origin,
      reason: request.reason,
      currency: group.currency,
      orders: cancellation.orders.map((order) => order.changed),
      ...money,
    },
    {
      at,
      resumeAt: cancellation.totalMinor === 0n ? null : new Date(at.getTime() + STALLED_MS),
    },
  );
  const begin = (kind: 'refund' | 'release', amountMinor: typeof money.refundMinor): void => {
    if (amountMinor === 0n) return;
    const move = { groupId: group.id, cause: change.id, kind, amountMinor };
    deps.moves.begin(work, payment, move, at);
  };
  begin('refund', money.refundMinor);
  begin('release', money.releaseMinor);
  await deps.inventory.giveBack(work, group.id, committed, lines, at);
  return change;
}

/** A change whose money moves. */
interface Changing extends MovingMoney {
  change: OrderChange;
  position?: Position;
}

async function settle(deps: AfterPlacementDeps, changing: Changing): Promise<void> {
  const { partition, groupId, change, said } = changing;
  const at = deps.clock.now();
  const { result, position } = await deps.unitOfWork.run(
    partition,
    'change.settle',
    async (work) => {
      const reader = { query: work.read };
      const [payment, moves, fresh] = await Promise.all([
        deps.payments.findByGroup(reader, partition, groupId),
        deps.moves.ofGroup(reader, partition, groupId),
        deps.changes.find(reader, partition, change.id),
      ]);
      if (fresh === undefined || payment === undefined) {
        throw new Error(`the change ${change.id} has vanished`);
      }
      if (fresh.state !== 'open') return fresh;
      let isRefused = false;
      for (const move of moves) {
        const outcome = said.get(move.id);
        if (outcome === undefined || move.state !== 'created') continue;
        const reason = outcome.kind === 'refused' ? outcome.reason : null;
        const state = outcome.kind === 'refused' ? 'refused' : 'done';
        isRefused ||= state === 'refused';
        await deps.moves.end(work, payment, move, { state, reason }, at);
      }
      const state = isRefused ? 'refused' : 'done';
      await deps.changes.end(work, change.id, state, at);
      return { ...fresh, state, updatedAt: at } as const;
    },
  );
  changing.change = result;
  if (position !== undefined) changing.position = position;
}

function defineChange(deps: AfterPlacementDeps): Saga<Changing> {
  return defineSaga<Changing>({
    name: 'order-change',
    pivot: 'record',
    steps: [
      { name: 'record', run: () => Promise.resolve({ kind: 'done' }) },
      {
        name: 'move-money',
        run: (changing) =>
          changing.change.state === 'open'
            ? moveAll(deps, changing)
            : Promise.resolve({ kind: 'done' }),
      },
      {
        name: 'settle',
        async run(changing) {
          if (changing.change.state === 'open') await settle(deps, changing);
          return { kind: 'done' };
        },
      },
    ],
  });
}

/** Makes the flow of changes. */
export function createChangeFlow(deps: AfterPlacementDeps): ChangeFlow {
  const { advance, recovery } = createCarrier<OrderChange, Changing>(deps, {
    name: 'change',
    saga: defineChange(deps),
    records: deps.changes,
    begin: (moving, change) => ({ ...moving, change }),
  });

  return {
    async preview(partition, groupId, request, changer) {
      const placed = await readPlacedGroup(deps, deps.sql, partition, groupId);
      changer.requireAccess(placed);
      return toPreview(placed, planCancellation(placed.orders, request));
    },

    async confirm(partition, groupId, request, changer, key) {
      const begun = await deps.unitOfWork.run(partition, 'change.record', async (work) => {
        const [known, placed] = await Promise.all([
          findIdempotencyRecord(work, key),
          readPlacedGroup(deps, { query: work.read }, partition, groupId),
        ]);
        changer.requireAccess(placed);
        const kept = known === undefined ? undefined : keptAnswer(known);
        if (kept !== undefined) return { kept };
        const cancellation = planCancellation(placed.orders, request);
        requireNothingUnderWay(
          placed,
          cancellation.orders.map(({ order }) => order.id),
        );
        requireExpected(toPreview(placed, cancellation), request.expectedMinor);
        const change = await record(deps, work, placed, cancellation, { ...request, ...changer });
        const answer = { status: CREATED, body: viewChange(change) };
        recordIdempotency(work, key, { answer, at: change.createdAt });
        return { item: change, answer };
      });
      return answerRecorded(deps, partition, begun, (change) => advance(partition, change));
    },

    recovery,
  };
}
