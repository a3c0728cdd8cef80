import { AppError } from '@commerce/contracts/problems';
import type { Sql, SqlReader } from '@commerce/engines/sql/sql';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import { closeAccount, drain, inTransit, rebalance, type Weights } from './ledger.ts';
import { type OpenLedger, withLedgers } from './ledgers.ts';
import {
  listVariantsAfter,
  listVariantsOfCell,
  readHomes,
  readLastGeneration,
  writeHome,
} from './store.ts';
import type { Primaries } from './weights.ts';

/**
 * Where shoppers are at home, as far as stock is concerned: a cell whose partitions have all moved away
 * gives its free units back, and they are granted to those who have its shoppers now; one that gets
 * partitions gets its share. A cell that is gone can give nothing back: its units are stranded until it
 * returns or an operator writes them off.
 */
export interface StockHomes {
  /** Last known numbers of partitions by cell. */
  primaries(): Primaries;
  /** Looks where partitions are, and shares anew what belongs to cells that got empty or filled. */
  readonly job: Job;
  /**
   * Closes the account of a cell that is gone: what is free in it is granted to others. Should it come
   * back, it begins with nothing. May be repeated, and goes on where it was cut off.
   * @throws AppError `conflict` where the cell still has partitions, or has lost them only just now
   */
  writeOff(cell: string): Promise<WrittenOff>;
}

export interface WrittenOff {
  readonly cell: string;
  readonly generation: number;
  readonly variants: number;
  /** Units that came back from the account. */
  readonly units: number;
}

export interface StockHomesDeps {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Logger;
  /** Reads the directory. @throws AppError `unavailable` */
  readonly countPrimaries: () => Promise<Primaries>;
  readonly isMoving: () => Promise<boolean>;
  /** Weights of variants by the homes that are known now. */
  readonly weightsOf: (
    reader: SqlReader,
    ledgers: ReadonlyMap<string, OpenLedger>,
  ) => Promise<ReadonlyMap<string, Weights>>;
  /** Lets cells hear of grants. */
  readonly announce: () => void;
}

const INTERVAL_MS = 2_000;
/** Variants of one transaction, whose levels are locked meanwhile. */
const BATCH = 200;
/**
 * Cells that took partitions over tell within seconds what came with them; before that, units that
 * were sold just before the end would be taken for free ones.
 */
const TELLING_MS = 10_000;

export function createStockHomes(deps: StockHomesDeps): StockHomes {
  const { sql, clock, log } = deps;
  let primaries: Primaries = new Map();
  /** Since when each cell was seen without a partition. */
  const emptySinceMs = new Map<string, number>();

  const look = async (): Promise<void> => {
    primaries = await deps.countPrimaries();
    for (const [cell, count] of primaries) {
      if (count > 0) emptySinceMs.delete(cell);
      else if (!emptySinceMs.has(cell)) emptySinceMs.set(cell, clock.nowMs());
    }
  };

  /** Changes the ledgers of variants, page by page. @returns how many there were */
  const forEachLedger = async (
    list: (after: string) => Promise<readonly string[]>,
    change: (open: OpenLedger, weights: Weights) => void,
  ): Promise<number> => {
    let count = 0;
    for (let after = ''; ; ) {
      const page = await list(after);
      const last = page.at(-1);
      if (last === undefined) return count;
      await sql.transaction('stock.share', (transaction) =>
        withLedgers(transaction, page, clock.now(), async (ledgers) => {
          const weights = await deps.weightsOf(transaction, ledgers);
          for (const [variantId, open] of ledgers) {
            change(open, weights.get(variantId) ?? new Map<string, bigint>());
          }
        }),
      );
      deps.announce();
      count += page.length;
      after = last;
    }
  };

  const share = async (cell: string, isEmpty: boolean): Promise<void> => {
    const count = isEmpty
      ? await forEachLedger(
          (after) => listVariantsOfCell(sql, cell, after, BATCH),
          ({ ledger }, weights) => drain(ledger, weights),
        )
      : await forEachLedger(
          (after) => listVariantsAfter(sql, after, BATCH),
          ({ ledger }, weights) => rebalance(ledger, weights),
        );
    await writeHome(sql, cell, isEmpty);
    log.info({ cell, count, state: isEmpty ? 'empty' : 'filled' }, 'stock shared anew');
  };

  return Object.freeze<StockHomes>({
    primaries: () => primaries,
    job: {
      name: 'stock-homes',
      intervalMs: INTERVAL_MS,
      async run(signal) {
        await look();
        const known = await readHomes(sql);
        for (const [cell, count] of primaries) {
          if (signal.aborted) return false;
          const isEmpty = count === 0;
          if ((known.get(cell) ?? false) !== isEmpty) await share(cell, isEmpty);
        }
        return false;
      },
    },
    async writeOff(cell) {
      await look();
      const count = primaries.get(cell);
      if (count !== 0) {
        const has = count === undefined ? 'partitions that nobody knows of' : `${count} partitions`;
        throw new AppError('conflict', {
          field: 'cell',
          detail: `${cell} has ${has}: evacuate it first.`,
        });
      }
      if (await deps.isMoving()) {
        throw new AppError('conflict', {
          detail: 'An evacuation is under way, and units with it: wait for its end, or pause it.',
        });
      }
      const waitedMs = clock.nowMs() - (emptySinceMs.get(cell) ?? clock.nowMs());
      if (waitedMs < TELLING_MS) {
        throw new AppError('conflict', {
          field: 'cell',
          detail: `${cell} has lost its partitions only just now: those who took them over have to tell what came with them. Try again in ${TELLING_MS / 1_000} s.`,
          retryAfterS: TELLING_MS / 1_000,
        });
      }
      const generation = (await readLastGeneration(sql, cell)) + 1n;
      let units = 0n;
      const variants = await forEachLedger(
        (after) => listVariantsOfCell(sql, cell, after, BATCH),
        ({ ledger }, weights) => {
          const transit = inTransit(ledger);
          const livesOn = transit > 0n ? transit : 0n;
          units += closeAccount(ledger, cell, { generation, livesOn });
          drain(ledger, weights);
        },
      );
      log.warn({ cell, count: variants }, 'the stock of a cell was written off');
      return { cell, generation: Number(generation), variants, units: Number(units) };
    },
  });
}
