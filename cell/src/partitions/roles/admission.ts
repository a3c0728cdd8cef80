import type { CellId, Realm } from '@commerce/contracts/ids';
import type { Quarantine } from '@commerce/contracts/partition-control';
import type { PlacementTable } from '@commerce/contracts/placements';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Job } from '@commerce/service/jobs';
import { type CatchUpDeps, createCatchUp } from './catch-up.ts';
import type { DatabaseMark } from './database-mark.ts';
import { type Evidence, gatherEvidence, rememberDatabase, tellDirectory } from './evidence.ts';
import { admitIncarnation, beginIncarnation } from './incarnation-store.ts';
import { burnEpochs, restorePlanOf, type Standing } from './restored.ts';
import { type Compare, lookAtStandbys, readOwned, type Standings } from './standings.ts';

/**
 * Decides whether a cell that starts may write. Its database is compared with what is remembered of it
 * and with the standbys of its partitions. One that has come back from a backup is quarantined: it
 * catches up with its standbys, burns an epoch for each of its partitions and begins its stock account
 * anew; nothing is written before all of that is done. It may be cut off anywhere and begins again.
 *
 * A running cell needs none of it.
 */
export interface Admission {
  /**
   * Looks once, and does what brings the cell nearer to its admission.
   * @returns what is to be taken in; undefined where the cell has to wait
   * @throws AppError `unavailable` where the directory does not answer
   */
  examine(table: PlacementTable): Promise<Admitted | undefined>;
  /** Why the cell may not write; undefined where it may. */
  quarantine(): Quarantine | undefined;
  /** Remembers the database outside of it for as long as the cell runs. */
  readonly job: Job;
}

export interface Admitted {
  readonly table: PlacementTable;
  /** Of a restored database: what is left to be done once the roles are those of the table. */
  readonly complete: (() => Promise<void>) | undefined;
}

export interface AdmissionDeps extends CatchUpDeps {
  readonly cell: CellId;
  readonly realm: Realm;
  readonly directory: Pick<
    Directory,
    'readCell' | 'putCell' | 'readPlacements' | 'replacePlacements'
  >;
  /** Undefined where nothing is remembered outside of the database. */
  readonly mark: DatabaseMark | undefined;
  readonly compare: Compare;
  readonly beginStockAccount: () => Promise<void>;
  /** Roles were changed in the storage. */
  readonly onRolesChanged: () => Promise<void>;
}

/** How long a standby that does not answer is waited for, where nothing speaks against the database. */
const STANDBY_WAIT_MS = 3_000;
/** A backup that is older than this is noticed without a standby. */
const BEAT_INTERVAL_MS = 5_000;
const BURN_ATTEMPTS_MAX = 5;

export function createAdmission(deps: AdmissionDeps): Admission {
  const { cell, realm, sql, directory, clock, log } = deps;
  const catchUp = createCatchUp(deps);
  const since = clock.now();
  let evidence: Evidence | undefined;
  let isTold = false;
  let quarantine: Quarantine | undefined = describe(since, undefined, 'the directory is read', 0);

  const wait = (reason: string, behind: number): undefined => {
    quarantine = describe(since, evidence?.cause, reason, behind);
    return undefined;
  };

  /** Notes that the database is of an earlier time, before anything is done about it. */
  const gather = async (cause: string | undefined): Promise<Evidence> => {
    evidence ??= await gatherEvidence(deps);
    const found = evidence.cause ?? cause;
    if (found === undefined) return evidence;
    if (evidence.incarnation.admitted_at !== null) {
      const incarnation = await beginIncarnation(sql, found);
      evidence = { incarnation, cause: found, isConfirmed: false };
      log.error({ id: incarnation.incarnation, state: found }, 'the database was restored');
    }
    return evidence;
  };

  /** @returns the table with an epoch burnt for each partition; undefined where others write it too */
  const burn = async (plan: string): Promise<PlacementTable | undefined> => {
    for (let attempt = 0; attempt < BURN_ATTEMPTS_MAX; attempt += 1) {
      const table = await directory.readPlacements(realm);
      if (table === undefined) return undefined;
      const rows = (await readOwned(sql, cell, table)).map(({ row }) => row);
      const next = burnEpochs(table, cell, rows, plan);
      if (next === undefined) return table;
      if ((await directory.replacePlacements(next, table.version)) === 'written') return next;
    }
    return undefined;
  };

  const reEnter = async (incarnation: string): Promise<Admitted | undefined> => {
    const table = await burn(restorePlanOf(incarnation));
    if (table === undefined) return wait('the directory is being written by others', 0);
    return {
      table,
      async complete() {
        await deps.beginStockAccount();
        await admitIncarnation(sql, incarnation);
        await rememberDatabase(deps);
        // A directory that is away is told later.
        isTold = await tellDirectory(deps).catch(() => false);
        log.warn({ id: incarnation, version: table.version }, 'the restored cell writes again');
        quarantine = undefined;
      },
    };
  };

  return {
    async examine(table) {
      await gather(undefined);
      const standings = await lookAtStandbys(deps, table);
      const known = await gather(causeIn(standings));
      const isRestored = known.cause !== undefined;
      if (standings.silent.length > 0) {
        const waitedMs = clock.nowMs() - since.getTime();
        if (isRestored || !known.isConfirmed || waitedMs < STANDBY_WAIT_MS) {
          return wait(`its standby ${standings.silent.join(', ')} does not answer`, 0);
        }
      }
      const count = await catchUp(standings);
      if (count > 0) {
        log.warn({ count }, 'partitions catch up with their standbys');
        await deps.onRolesChanged();
      }
      const kinds = [...standings.of.values()];
      const behind = kinds.filter(({ kind }) => kind === 'behind' || kind === 'past').length;
      const unknown = [...standings.of].find(([, { kind }]) => kind === 'unknown');
      if (unknown !== undefined) {
        return wait(`${unknown[0]}: ${(unknown[1] as { reason: string }).reason}`, behind);
      }
      if (behind > 0) return wait('it catches up with its standbys', behind);
      if (isRestored) return reEnter(known.incarnation.incarnation);
      quarantine = undefined;
      return { table, complete: undefined };
    },
    quarantine: () => quarantine,
    job: {
      name: 'incarnation',
      intervalMs: BEAT_INTERVAL_MS,
      async run() {
        if (quarantine !== undefined) return false;
        await rememberDatabase(deps);
        if (!isTold) isTold = await tellDirectory(deps);
        return false;
      },
    },
  };
}

/** A standby that is ahead is the last witness. */
function causeIn(standings: Standings): string | undefined {
  const isAhead = ({ kind }: Standing): boolean => kind === 'behind' || kind === 'past';
  const ahead = standings.owned.filter(({ row }) => {
    const standing = standings.of.get(row.partition);
    return standing !== undefined && isAhead(standing);
  });
  const [first] = ahead;
  if (first === undefined) return undefined;
  return `${first.placement.standby ?? 'a standby'} is ahead of ${ahead.length} partitions`;
}

function describe(
  since: Date,
  cause: string | undefined,
  reason: string,
  partitionsBehind: number,
): Quarantine {
  return { since: since.toISOString(), reason, cause: cause ?? null, partitionsBehind };
}
