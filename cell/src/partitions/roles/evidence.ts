import type { CellId } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { SqlReader } from '@commerce/engines/sql/sql';
import { countBeat, type Incarnation, readIncarnation } from './incarnation-store.ts';
import type { DatabaseMark } from './database-mark.ts';

/**
 * Which database this cell has found, by three witnesses: its own name and count, the mark beside it,
 * and what the directory was told last. A backup that was put in its place contradicts one of them, or
 * the standbys do.
 */
export interface Evidence {
  readonly incarnation: Incarnation;
  /** Why the database is of an earlier time; undefined where no witness says so. */
  readonly cause: string | undefined;
  /** Whether the mark confirms it, so that a standby that is away need not be waited for long. */
  readonly isConfirmed: boolean;
}

export interface EvidenceDeps {
  readonly sql: SqlReader;
  readonly cell: CellId;
  readonly directory: Pick<Directory, 'readCell' | 'putCell'>;
  /** Undefined where nothing is remembered outside of the database. */
  readonly mark: DatabaseMark | undefined;
}

export async function gatherEvidence(deps: EvidenceDeps): Promise<Evidence> {
  const { sql, cell, directory, mark } = deps;
  const [incarnation, remembered, known] = await Promise.all([
    readIncarnation(sql),
    mark?.read(),
    directory.readCell(cell),
  ]);
  const name = incarnation.incarnation;
  if (incarnation.admitted_at === null) {
    return { incarnation, cause: incarnation.cause ?? 'it was restored', isConfirmed: false };
  }
  if (remembered !== undefined && remembered.incarnation !== name) {
    const cause = `the cell last ran on the database ${remembered.incarnation}`;
    return { incarnation, cause, isConfirmed: false };
  }
  if (remembered !== undefined && remembered.beats > incarnation.beats) {
    const missing = remembered.beats - incarnation.beats;
    const cause = `it is ${missing} signs of life behind what the cell remembers`;
    return { incarnation, cause, isConfirmed: false };
  }
  const told = known?.cell.incarnation;
  if (told !== undefined && told !== name) {
    return { incarnation, cause: `the directory knows the database ${told}`, isConfirmed: false };
  }
  // A cell that never said who it is has not sold anything yet.
  const isFirst = told === undefined && remembered === undefined;
  return {
    incarnation,
    cause: undefined,
    isConfirmed: mark === undefined || isFirst || remembered !== undefined,
  };
}

/** Lets the database say once more that it is there, and remembers that outside of it. */
export async function rememberDatabase(deps: EvidenceDeps): Promise<void> {
  const { incarnation } = await readIncarnation(deps.sql);
  const beats = await countBeat(deps.sql, incarnation);
  // After the commit: the mark is never ahead of a database that has lost nothing.
  await deps.mark?.write({ incarnation, beats });
}

/** Tells the directory which database the cell runs on. @returns whether it knows */
export async function tellDirectory(deps: EvidenceDeps): Promise<boolean> {
  const { incarnation } = await readIncarnation(deps.sql);
  const known = await deps.directory.readCell(deps.cell);
  if (known === undefined) return false;
  if (known.cell.incarnation === incarnation) return true;
  const outcome = await deps.directory.putCell({ ...known.cell, incarnation }, known.version);
  return outcome === 'written';
}
