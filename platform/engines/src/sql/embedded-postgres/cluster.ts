import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { findServerAccount, type ServerAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { createClusterFiles, program, resolveDataFolder } from './data-folder.ts';
import { accountOptions, faultFromOutput, ServerFault, serverEnvironment } from './run-program.ts';
import { reapStalePostmaster } from './stale-postmaster.ts';

/** Server settings by name, as in postgresql.conf. */
export type ServerSettings = Readonly<Record<string, string>>;

export interface ClusterOptions {
  /** Folder of the cluster, made at the first start. One cluster, one folder. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Receives the server's log and what the start does, line by line. */
  readonly log: (line: string) => void;
  /** Password of the account `postgres`. Without one every local connection is trusted. */
  readonly password?: string;
  /** Folder that keeps an initialised cluster, copied instead of running initdb every time. */
  readonly templateDir?: string;
  /** Settings over {@link DURABLE_SETTINGS}. */
  readonly settings?: ServerSettings;
}

export interface Cluster {
  readonly port: number;
  /** Process id of the server. */
  readonly pid: number;
  /** Connection string of one database. */
  readonly url: (database: string) => string;
  /** Makes a database unless it exists; returns whether it was made. */
  readonly createDatabase: (database: string) => Promise<boolean>;
  /** Settles when the server is gone, whoever stopped it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Fast shutdown: ends sessions, writes a checkpoint. Harder after `timeoutMs` (10 s). */
  readonly stop: (timeoutMs?: number) => Promise<void>;
}

const LISTEN_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * A server for one cell on a shared machine: what was committed survives a power cut, little memory,
 * next to no work when idle. Neither statements nor the keys of rows go to the log: they hold
 * personal data.
 */
export const DURABLE_SETTINGS: ServerSettings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '32MB',
  max_connections: '40',
  jit: 'off',
  io_method: 'sync',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Checkpoints far apart: after each one every page goes into the log as a whole again.
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  min_wal_size: '32MB',
  wal_buffers: '4MB',
  max_worker_processes: '0',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_logical_replication_workers: '0',
  autovacuum_worker_slots: '2',
  autovacuum_max_workers: '2',
  random_page_cost: '1.1',
  effective_cache_size: '256MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** For tests alone: nothing survives a crash, in return for fast commits and fast new databases. */
export const THROWAWAY_SETTINGS: ServerSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
  log_error_verbosity: 'default',
};

/**
 * Starts a PostgreSQL server of its own on 127.0.0.1, making its files at the first start and
 * stopping what a killed owner left behind. Ends with its owner: a guard asks it to stop as soon as
 * this process is gone, even by SIGKILL.
 * Throws a {@link ServerFault} whose code tells a taken port, a closed folder and a full disk apart.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { log } = options;
  const account = await findServerAccount();
  const binaries = await findBinaries(account, log);
  const folder = await resolveDataFolder(options.dataDir, account, log);
  const settings = { ...DURABLE_SETTINGS, ...options.settings };
  if ((await lstat(folder).catch(() => undefined)) === undefined) {
    const { password, templateDir } = options;
    const durable = settings['fsync'] === 'on';
    await createClusterFiles({ folder, binaries, account, password, templateDir, durable });
  }
  await reapStalePostmaster(folder, log);
  const port = options.port === 0 ? await findFreePort() : options.port;
  const guard = startGuard(program(binaries, 'pg_ctl'), folder, account);
  const server = await startServer({
    command: program(binaries, 'postgres'),
    folder,
    port,
    settings,
    account,
    log,
  }).catch((error: unknown) => {
    guard.kill('SIGKILL');
    throw error;
  });
  const exited = once(server, 'exit').then(([code, signal]) => {
    guard.kill('SIGKILL');
    return { code: code as number | null, signal: signal as string | null };
  });
  const secret = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}`;
  const url = (database: string): string =>
    `postgres://postgres${secret}@127.0.0.1:${port}/${database}`;
  return Object.freeze({
    port,
    pid: server.pid as number,
    url,
    exited,
    createDatabase: (database: string) => createDatabase(url('postgres'), database),
    stop: (timeoutMs?: number) => stopServer(server, exited, timeoutMs ?? STOP_TIMEOUT_MS),
  });
}

/**
 * Watches over a server from outside this process: reads a pipe of ours until it closes, which
 * happens however we die, then asks the server to stop. The pid file, not a remembered number, tells
 * whom to ask; it may take a moment to appear when we died during the start.
 */
function startGuard(
  controlCommand: string,
  folder: string,
  account: ServerAccount | undefined,
): ChildProcess {
  const script = `while read -r line; do :; done
tries=0
until "$1" stop -s -D "$2" -m fast -t 20 || "$1" stop -s -D "$2" -m immediate -t 5; do
  tries=$((tries + 1)); [ "$tries" -ge 8 ] && exit 1; sleep 0.25
done`;
  const guard = spawn('/bin/sh', ['-c', script, 'database-guard', controlCommand, folder], {
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    ...accountOptions(account),
  });
  // A guard that can't start is no reason to refuse work: the next start reaps what is left.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return guard;
}

interface ServerStart {
  readonly command: string;
  readonly folder: string;
  readonly port: number;
  readonly settings: ServerSettings;
  readonly account: ServerAccount | undefined;
  readonly log: (line: string) => void;
}

/** Resolves once the server accepts connections. */
function startServer(start: ServerStart): Promise<ChildProcess> {
  const { command, folder, port, account, log } = start;
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) };
  const settings = Object.entries({ ...start.settings, ...fixed });
  const args = ['-D', folder, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  return new Promise((resolve, reject) => {
    // A session of its own: the terminal's Ctrl-C is for the owner, who stops things in order.
    const server = spawn(command, args, {
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      ...accountOptions(account),
    });
    const said: string[] = [];
    const timer = setTimeout(() => {
      server.kill('SIGQUIT');
      reject(new ServerFault(`the database in ${folder} did not come up in time`, 'EFAILED'));
    }, LISTEN_TIMEOUT_MS);
    server.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const code = cause.code === 'EACCES' ? 'EACCES' : 'EFAILED';
      reject(new ServerFault(`${command} can't be started: ${cause.message}`, code, { cause }));
    });
    server.on('close', () => {
      clearTimeout(timer);
      reject(faultFromOutput(`the database on port ${port} did not start`, said.join('\n')));
    });
    createInterface({ input: server.stderr }).on('line', (line) => {
      log(line);
      if (said.length < 200) said.push(line);
      if (!line.includes('database system is ready to accept connections')) return;
      clearTimeout(timer);
      resolve(server);
    });
  });
}

async function stopServer(
  server: ChildProcess,
  exited: Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    server.kill(signal);
    const timer = new AbortController();
    await Promise.race([exited, expire(timeoutMs, timer.signal)]);
    timer.abort();
  }
  await exited;
}

function expire(timeoutMs: number, cancel: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    cancel.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Ports below 32768, since above it outgoing connections may take one between choice and use. */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Makes a database unless it exists, through an administrator's connection string. */
export async function createDatabase(adminUrl: string, database: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 1) return false;
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
    return true;
  } finally {
    await client.end();
  }
}
