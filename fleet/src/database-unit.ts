import { rm } from 'node:fs/promises';
import { type Cluster, startCluster } from '@commerce/engines/sql/embedded-postgres/cluster';
import { StartupFault } from '@commerce/service/part';
import type { LogFile } from './log-file.ts';
import type { RunningUnit, Unit } from './supervisor.ts';

/** One PostgreSQL cluster with one database. */
export interface DatabasePlan {
  readonly name: string;
  readonly database: string;
  readonly port: number;
  readonly dataDir: string;
  readonly password: string;
  /** Folder of the initialised cluster that all are copied from. */
  readonly templateDir: string;
}

/** Connection string that a part is given. */
export function databaseUrl(plan: DatabasePlan): string {
  return `postgres://postgres:${encodeURIComponent(plan.password)}@127.0.0.1:${plan.port}/${plan.database}`;
}

/** A unit that runs a database server. */
export function createDatabaseUnit(
  plan: DatabasePlan,
  log: LogFile,
  say: (line: string) => void,
): Unit {
  return {
    name: plan.name,
    start: async (): Promise<RunningUnit> => {
      const cluster = await startCluster({
        dataDir: plan.dataDir,
        port: plan.port,
        password: plan.password,
        templateDir: plan.templateDir,
        log: (line) => {
          log.line(line);
          // What it does to the machine beyond the data folder is said aloud.
          if (line.includes('/var/tmp/')) say(`${plan.name}: ${line}`);
        },
      }).catch((error: unknown) => {
        throw nameTheCure(error, plan, log);
      });
      await cluster.createDatabase(plan.database);
      return asUnit(cluster);
    },
  };
}

function asUnit(cluster: Cluster): RunningUnit {
  return {
    pid: cluster.pid,
    exited: cluster.exited.then(({ code, signal }) => signal ?? `exit code ${code}`),
    stop: cluster.stop,
  };
}

function nameTheCure(error: unknown, plan: DatabasePlan, log: LogFile): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new StartupFault(
    `port ${plan.port} (${plan.name}) is already in use`,
    `Stop the program that listens there, or choose other ports with --port; ${log.file} tells more.`,
    { cause: error },
  );
}

/** Removes the copied cluster that nobody needs once all databases exist. */
export async function removeTemplate(templateDir: string): Promise<void> {
  await rm(templateDir, { recursive: true, force: true });
}
