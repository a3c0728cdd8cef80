import { appendFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { type Cluster, startCluster, THROWAWAY_SETTINGS } from './cluster.ts';
import { removeDataFolder } from './data-folder.ts';

declare module 'vitest' {
  // biome-ignore lint/style/useNamingConvention: the interface is vitest's.
  export interface ProvidedContext {
    /** Connection string of the test run's own PostgreSQL. */
    adminDatabaseUrl: string;
  }
}

const CACHE_DIR = fileURLToPath(
  new URL('../../../../../node_modules/.cache/commerce-test-postgres', import.meta.url),
);
const FOLDER_PREFIX = 'commerce-test-postgres-';

let cluster: Cluster | undefined;
let folder: string | undefined;

/** Starts one PostgreSQL for the whole test run (a globalSetup of vitest). */
export async function setup(project: TestProject): Promise<void> {
  await removeFoldersOfDeadRuns();
  folder = await mkdtemp(path.join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  // The server's own account must be able to enter.
  await chmod(folder, 0o711);
  const logFile = path.join(folder, 'server.log');
  cluster = await startCluster({
    dataDir: path.join(folder, 'data'),
    port: 0,
    log: (line) => appendFileSync(logFile, `${line}\n`),
    templateDir: CACHE_DIR,
    settings: THROWAWAY_SETTINGS,
  });
  project.provide('adminDatabaseUrl', cluster.url('postgres'));
}

/** Stops the run's PostgreSQL and removes its files. */
export async function teardown(): Promise<void> {
  await cluster?.stop();
  if (folder === undefined) return;
  await removeDataFolder(path.join(folder, 'data'));
  await rm(folder, { recursive: true, force: true });
}

async function removeFoldersOfDeadRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const pid = Number.parseInt(name.slice(FOLDER_PREFIX.length), 10);
    try {
      process.kill(pid, 0);
    } catch {
      await rm(path.join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}
