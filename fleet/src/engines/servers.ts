import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  canReach,
  findServerAccount,
  type ServerAccount,
} from '@commerce/engines/sql/embedded-postgres/account';
import { runProgram } from '@commerce/engines/sql/embedded-postgres/run-program';
import { type EngineName, PORT_OFFSETS } from './engine-names.ts';
import { ensureJars, type JarSet } from './jars.ts';
import { acceptsConnections, answersHttp, answersPing, answersSql } from './probes.ts';
import { MissingTool, type Toolbox } from './tools.ts';

/** How each engine is started. What needs a download or a program asks for it here. */

/** What a start may use. */
export interface ServerContext {
  readonly basePort: number;
  /** Folder of this engine alone. */
  readonly folder: string;
  readonly cache: string;
  readonly toolbox: Toolbox;
  readonly say: (line: string) => void;
}

/** A server that is ready to be started. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly account?: ServerAccount | undefined;
  /** Whether it takes requests. */
  readonly isReady: () => Promise<boolean>;
}

const LAUNCHERS = fileURLToPath(new URL('./launchers/', import.meta.url));

/** Little memory and a quick start: these servers hold what one machine's fleet puts into them. */
const JVM_FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'] as const;

const DYNAMODB: JarSet = {
  name: 'dynamodb-local',
  version: '2.6.1',
  artifacts: ['com.amazonaws:DynamoDBLocal:2.6.1'],
};
// Without a logger of its own Kafka says nothing.
const KAFKA: JarSet = {
  name: 'kafka',
  version: '4.1.2',
  artifacts: ['org.apache.kafka:kafka_2.13:4.1.2', 'org.slf4j:slf4j-simple:1.7.36'],
};
const OPENSEARCH_VERSION = '2.19.6';
const OPENSEARCH: JarSet = {
  name: 'opensearch',
  version: OPENSEARCH_VERSION,
  artifacts: [
    `org.opensearch:opensearch:${OPENSEARCH_VERSION}`,
    ...[
      'transport-netty4-client',
      'analysis-common',
      'mapper-extras-client',
      'reindex-client',
      'lang-painless',
    ].map((name) => `org.opensearch.plugin:${name}:${OPENSEARCH_VERSION}`),
    'org.apache.logging.log4j:log4j-core:2.25.4',
  ],
};

async function prepareRedis({ basePort, folder, toolbox }: ServerContext): Promise<ServerCommand> {
  const command = await toolbox.require('redis');
  const port = basePort + PORT_OFFSETS.redis;
  await mkdir(folder, { recursive: true });
  return {
    command,
    args: [
      ...['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder, '--daemonize', 'no'],
      // What is in a cache may be lost, so nothing of it is written to the disk, and the oldest goes first.
      ...['--save', '', '--appendonly', 'no'],
      ...['--maxmemory', '128mb', '--maxmemory-policy', 'allkeys-lru'],
    ],
    isReady: () => answersPing(port),
  };
}

async function prepareDynamoDb(context: ServerContext): Promise<ServerCommand> {
  const { basePort, folder, cache, toolbox, say } = context;
  const java = await toolbox.require('java');
  const jars = await ensureJars(DYNAMODB, cache, toolbox, say);
  const port = basePort + PORT_OFFSETS.dynamodb;
  const data = path.join(folder, 'data');
  await mkdir(data, { recursive: true });
  return {
    command: java,
    args: [
      ...['-Xmx192m', ...JVM_FLAGS, `-Djava.library.path=${jars}`, '-cp', path.join(jars, '*')],
      path.join(LAUNCHERS, 'DynamoDbNode.java'),
      ...['-sharedDb', '-dbPath', data, '-port', `${port}`, '-disableTelemetry'],
    ],
    isReady: () => answersHttp(`http://127.0.0.1:${port}/`, (status) => status < 500),
  };
}

async function prepareKafka(context: ServerContext): Promise<ServerCommand> {
  const { basePort, folder, cache, toolbox, say } = context;
  const java = await toolbox.require('java');
  const jars = await ensureJars(KAFKA, cache, toolbox, say);
  const port = basePort + PORT_OFFSETS.kafka;
  const settings = path.join(folder, 'server.properties');
  await mkdir(folder, { recursive: true });
  await writeFile(settings, kafkaSettings(port, basePort + PORT_OFFSETS.kafkaController, folder));
  const classes = path.join(jars, '*');
  const isFormatted = await readFile(path.join(folder, 'data', 'meta.properties')).catch(
    () => undefined,
  );
  if (isFormatted === undefined) {
    const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    const format = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', settings];
    await runProgram(java, ['-Xmx128m', ...JVM_FLAGS, '-cp', classes, ...format], undefined);
  }
  return {
    command: java,
    args: ['-Xmx256m', ...JVM_FLAGS, '-cp', classes, 'kafka.Kafka', settings],
    isReady: () => acceptsConnections(port),
  };
}

/** One node that is broker and controller, so nothing waits for copies that can't be. */
function kafkaSettings(port: number, controllerPort: number, folder: string): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // A topic is made by the platform, with its settings, or not at all.
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
    'num.network.threads': 2,
    'num.io.threads': 2,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function prepareOpenSearch(context: ServerContext): Promise<ServerCommand> {
  const { basePort, folder, cache, toolbox, say } = context;
  const java = await toolbox.require('java');
  const jars = await ensureJars(OPENSEARCH, cache, toolbox, say);
  const port = basePort + PORT_OFFSETS.opensearch;
  const transport = basePort + PORT_OFFSETS.opensearchTransport;
  await mkdir(path.join(folder, 'config'), { recursive: true });
  const health = `http://127.0.0.1:${port}/_cluster/health`;
  return {
    command: java,
    args: [
      ...['-Xms256m', '-Xmx512m', ...JVM_FLAGS],
      `-Dlog4j2.configurationFile=${path.join(LAUNCHERS, 'log4j2.properties')}`,
      ...['-cp', path.join(jars, '*'), path.join(LAUNCHERS, 'OpenSearchNode.java')],
      ...[folder, `${port}`, `${transport}`],
    ],
    isReady: () => answersHttp(health, (status) => status === 200),
  };
}

async function preparePostgresql(context: ServerContext): Promise<ServerCommand> {
  const { basePort, folder, toolbox } = context;
  const programs = await toolbox.require('postgresql');
  const port = basePort + PORT_OFFSETS.postgresql;
  const account = await findServerAccount();
  await mkdir(folder, { recursive: true });
  if (!(await canReach(folder, account))) {
    throw new MissingTool(
      `PostgreSQL's account "${account?.name}" can not enter ${folder}. Choose a folder that it can enter with --state.`,
    );
  }
  const data = path.join(folder, 'data');
  if ((await readFile(path.join(data, 'PG_VERSION')).catch(() => undefined)) === undefined) {
    await mkdir(data, { recursive: true, mode: 0o700 });
    if (account !== undefined) await chown(data, account.uid, account.gid);
    const form = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--username=postgres'];
    await runProgram(path.join(programs, 'initdb'), ['-D', data, ...form, '--no-sync'], account);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    max_connections: '300',
    timezone: 'UTC',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    command: path.join(programs, 'postgres'),
    args: ['-D', data, ...flags],
    account,
    isReady: () => answersSql(`postgres://postgres@127.0.0.1:${port}/postgres`),
  };
}

/** What makes each engine ready to be started. */
export const PREPARATIONS: Readonly<
  Record<EngineName, (context: ServerContext) => Promise<ServerCommand>>
> = {
  redis: prepareRedis,
  dynamodb: prepareDynamoDb,
  kafka: prepareKafka,
  opensearch: prepareOpenSearch,
  postgresql: preparePostgresql,
};
