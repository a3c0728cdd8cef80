import type { Partition } from '@commerce/contracts/ids';
import type { Position } from '@commerce/contracts/positions';
import type { SqlReader } from '@commerce/engines/sql/sql';
import type { Job } from '@commerce/service/jobs';
import { runSaga, type Saga } from '@commerce/service/saga';
import type { Answer, OnceAnswer } from '../../partitions/idempotency.ts';
import type { DurabilityLevel } from '../../partitions/replication/durability.ts';
import type { Committed, PartitionWork } from '../../partitions/unit-of-work.ts';
import { createRecovery } from '../recovery.ts';
import { type AfterPlacementDeps, RETRY_MS } from './context.ts';
import type { MovingMoney } from './move-money.ts';

/** A change or a shipment: recorded in one transaction, carried on until its money has moved. */
interface Recorded {
  readonly id: string;
  readonly groupId: string;
}

/** Where such things are kept. */
interface Records<Item extends Recorded> {
  find(reader: SqlReader, partition: Partition, id: string): Promise<Item | undefined>;
  postpone(work: PartitionWork, id: string, until: Date): void;
  listDue(now: Date, limit: number): Promise<{ partition: Partition; id: string }[]>;
}

export interface Carrier<Item extends Recorded, Moving extends MovingMoney> {
  /** Moves its money as far as that goes. It is recorded, whatever becomes of this try. */
  advance(partition: Partition, item: Item): Promise<Moving>;
  /** The job that moves the money of those that nobody carries on. */
  readonly recovery: Job;
}

/** @param options.begin what the saga knows at its beginning */
export function createCarrier<Item extends Recorded, Moving extends MovingMoney>(
  deps: AfterPlacementDeps,
  options: {
    readonly name: 'change' | 'shipment';
    readonly saga: Saga<Moving>;
    readonly records: Records<Item>;
    readonly begin: (moving: MovingMoney, item: Item) => Moving;
  },
): Carrier<Item, Moving> {
  const { name, saga, records, begin } = options;
  /** Those that this process is carrying on right now. */
  const underWay = new Set<string>();

  const advance = async (partition: Partition, item: Item): Promise<Moving> => {
    const { id, groupId } = item;
    const moving = begin({ partition, groupId, cause: id, said: new Map() }, item);
    underWay.add(id);
    try {
      await runSaga(saga, moving, deps.observe);
    } catch (error) {
      deps.log.error({ partition, id, err: error }, `the money of a ${name} has not moved yet`);
    } finally {
      underWay.delete(id);
    }
    return moving;
  };

  const carryOn = async (partition: Partition, id: string): Promise<void> => {
    const item = await records.find(deps.sql, partition, id);
    if (item === undefined) return;
    // Put off first: one that can't be ended must not keep the others waiting.
    await deps.unitOfWork.run(partition, `${name}.postpone`, (work) => {
      records.postpone(work, id, new Date(deps.clock.nowMs() + RETRY_MS));
      return Promise.resolve();
    });
    await advance(partition, item);
  };

  const recovery = createRecovery({
    name: `${name}-recovery`,
    clock: deps.clock,
    listDue: (now, limit) => records.listDue(now, limit),
    isUnderWay: (id) => underWay.has(id),
    carryOn,
  });
  return { advance, recovery };
}

export interface ChangedAnswer {
  readonly answer: OnceAnswer;
  readonly position: Position | undefined;
  readonly durability: DurabilityLevel | undefined;
}

/**
 * Answers a request under a key: as before where it was answered, else once what it recorded was carried on
 * and the standby has it.
 */
export async function answerRecorded<Item>(
  deps: Pick<AfterPlacementDeps, 'durability'>,
  partition: Partition,
  begun: Committed<
    { readonly kept: OnceAnswer } | { readonly item: Item; readonly answer: Answer }
  >,
  advance: (item: Item) => Promise<{ readonly position?: Position }>,
): Promise<ChangedAnswer> {
  const { result } = begun;
  if ('kept' in result) return { answer: result.kept, position: undefined, durability: undefined };
  const { position = begun.position } = await advance(result.item);
  const durability = await deps.durability.confirm(partition, position);
  return { answer: { ...result.answer, replayed: false }, position, durability };
}
