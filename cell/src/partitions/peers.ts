import type { CellDescriptor } from '@commerce/contracts/cells';
import type { CellId } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';

/**
 * The other cells of this cell's jurisdiction, as the directory names them. Cells elsewhere are not
 * among them: what belongs to a customer is never sent there (I5).
 */
export interface Peers {
  /** A cell of this jurisdiction; undefined where there is none of this id, as far as is known. */
  find(cell: CellId): Promise<CellDescriptor | undefined>;
}

/** A cell's address changes rarely; a new one is looked for at once, as it is not known yet. */
const KNOWN_FOR_MS = 10_000;
/** A cell that the directory does not know is not asked for again and again. */
const ASKED_MS_MIN = 500;

export function createPeers(options: {
  readonly directory: Pick<Directory, 'listCells'>;
  /** The cell itself, which names the jurisdiction. */
  readonly cell: CellId;
  readonly clock: Clock;
}): Peers {
  const { directory, cell: self, clock } = options;
  let cells = new Map<CellId, CellDescriptor>();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    const listed = (await directory.listCells()).map((entry) => entry.cell);
    const jurisdiction = listed.find((entry) => entry.id === self)?.jurisdiction;
    cells = new Map(
      listed
        .filter((entry) => entry.jurisdiction === jurisdiction)
        .map((entry) => [entry.id, entry]),
    );
    readAtMs = clock.nowMs();
  };

  const refresh = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return Object.freeze<Peers>({
    async find(cell) {
      const ageMs = clock.nowMs() - readAtMs;
      const known = cells.get(cell);
      if (known !== undefined && ageMs < KNOWN_FOR_MS) return known;
      if (known === undefined && ageMs < ASKED_MS_MIN) return undefined;
      // While the directory is away, the address that was known last is the best there is.
      const isRead = await refresh().then(
        () => true,
        () => false,
      );
      return isRead ? cells.get(cell) : known;
    },
  });
}
