import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { removeDataFolder } from '@commerce/engines/sql/embedded-postgres/data-folder';
import { StartupFault } from '@commerce/service/part';

/** Version of the folder's layout. A change that an older or newer fleet can't read raises it. */
const LAYOUT_VERSION = 1;

/** What the first start and a later one need, with room to grow. */
const FREE_BYTES_FIRST = 1_000_000_000;
const FREE_BYTES_LATER = 200_000_000;

interface Layout {
  readonly version: number;
  /** Every cell that ever ran on this folder, since it may hold shoppers. */
  readonly cells: readonly string[];
}

/** Places in the data folder. */
export interface DataFolder {
  readonly root: string;
  readonly secrets: string;
  readonly logs: string;
  readonly processes: string;
  readonly cache: string;
  readonly databases: string;
  /** Folder of one part's own files. */
  readonly part: (name: string) => string;
}

/** Names the places without touching the disk. */
export function describeDataFolder(root: string): DataFolder {
  return {
    root,
    secrets: path.join(root, 'secrets'),
    logs: path.join(root, 'logs'),
    processes: path.join(root, 'processes'),
    cache: path.join(root, 'cache'),
    databases: path.join(root, 'databases'),
    part: (name) => path.join(root, 'parts', name),
  };
}

/** Makes the folder itself, so that it can be locked. Throws a {@link StartupFault}. */
export async function makeRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    const probe = path.join(root, '.write-probe');
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw diskFull(root, cause);
    throw new StartupFault(
      `the data folder ${root} can't be used (${code})`,
      'Make it yours with chown, or choose another one with --data.',
      { cause },
    );
  }
}

/**
 * Checks that the folder is ours and of this layout, empties it when a fresh start is wanted, and
 * makes what is missing. The caller holds the lock. Returns whether this is the first start.
 * Throws a {@link StartupFault}.
 */
export async function prepareDataFolder(
  folder: DataFolder,
  cells: readonly string[],
  fresh: boolean,
): Promise<boolean> {
  const { root } = folder;
  const layoutFile = path.join(root, 'layout.json');
  let layout = await readLayout(layoutFile);
  if (layout === undefined) await refuseForeignFolder(root);
  if (fresh && layout !== undefined) {
    await emptyFolder(folder);
    layout = undefined;
  }
  if (layout !== undefined && layout.version !== LAYOUT_VERSION) {
    throw new StartupFault(
      `the data folder ${root} has layout ${layout.version}, and this fleet reads ${LAYOUT_VERSION}`,
      'Use the fleet that wrote it, choose another folder with --data, or begin anew with --fresh.',
    );
  }
  const left = layout?.cells.find((cell) => !cells.includes(cell));
  if (left !== undefined) {
    throw new StartupFault(
      `the cell ${left} has shoppers in ${root}, and --cells leaves it out`,
      `Add it to --cells, choose another folder with --data, or begin anew with --fresh.`,
    );
  }
  await requireFreeSpace(root, layout === undefined ? FREE_BYTES_FIRST : FREE_BYTES_LATER);
  for (const place of [folder.logs, folder.processes, folder.cache, folder.databases]) {
    await mkdir(place, { recursive: true });
  }
  const text = `${JSON.stringify({ version: LAYOUT_VERSION, cells } satisfies Layout)}\n`;
  await writeFile(`${layoutFile}.partial`, text, { flush: true });
  await rename(`${layoutFile}.partial`, layoutFile);
  return layout === undefined;
}

/** Cells that ran on a folder before; none where it is no folder of ours. */
export async function cellsOfFolder({ root }: DataFolder): Promise<readonly string[]> {
  return (await readLayout(path.join(root, 'layout.json')))?.cells ?? [];
}

async function readLayout(file: string): Promise<Layout | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Layout;
  } catch (cause) {
    throw new StartupFault(`${file} is not readable as JSON`, 'Begin anew in another --data.', {
      cause,
    });
  }
}

/** Names that may stand in a folder before its first complete start. */
const OWN_NAMES = new Set(['fleet.lock', 'logs']);

/** `--data ~` must never make, or with --fresh remove, anything in somebody's home. */
async function refuseForeignFolder(root: string): Promise<void> {
  const foreign = (await readdir(root)).filter((name) => !OWN_NAMES.has(name));
  if (foreign.length === 0) return;
  throw new StartupFault(
    `the folder ${root} holds other things (${foreign.slice(0, 3).join(', ')})`,
    'Choose an empty or new folder with --data.',
  );
}

async function emptyFolder(folder: DataFolder): Promise<void> {
  for (const name of await readdir(folder.databases).catch(() => [])) {
    // Databases may stand elsewhere, with only a pointer here.
    await removeDataFolder(path.join(folder.databases, name.replace(/\.location$/, '')));
  }
  const names = (await readdir(folder.root)).filter((name) => name !== 'fleet.lock');
  // The layout says that the folder is ours: it goes last, or a fleet that is stopped meanwhile would
  // take what is left for somebody else's. A part that is just ending may still write its cache.
  const last = 'layout.json';
  for (const name of [...names.filter((entry) => entry !== last), last]) {
    const retries = { maxRetries: 5, retryDelay: 100 };
    await rm(path.join(folder.root, name), { recursive: true, force: true, ...retries });
  }
}

async function requireFreeSpace(root: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize < neededBytes) throw diskFull(root, undefined, neededBytes);
}

function diskFull(root: string, cause: unknown, neededBytes = FREE_BYTES_FIRST): StartupFault {
  return new StartupFault(
    `the disk of ${root} is full: ${Math.round(neededBytes / 1e6)} MB are needed`,
    'Free some space, or choose a folder on another disk with --data.',
    { cause },
  );
}
