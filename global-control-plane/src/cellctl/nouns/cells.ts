import { allCellLocations, cellLocation } from '@commerce/contracts/cell-locations';
import type { CellDescriptor } from '@commerce/contracts/cells';
import type { Command } from 'commander';
import {
  type CellSummary,
  changeCell,
  drainCell,
  summariseCell,
  type Survey,
  takeSurvey,
  undrainCell,
} from '../../modules/evacuation/index.ts';
import { type Cli, toCellId, type Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf, formatBytes, formatCount, formatDuration } from '../format.ts';
import { describeQuarantine } from '../quarantine.ts';
import { askSupervisor } from '../supervisor.ts';

export function addCells(program: Command, use: Use): void {
  const cells = program.command('cells').description('the cells of the platform');
  cells.command('list').description('all cells, with their health').action(use(listCells));
  cells.command('show <cell>').description('one cell in full').action(use(showCell));
  cells
    .command('diff <cell> <other>')
    .description('what differs between two cells; exit code 7 where anything does')
    .action(use(diffCells));
  cells
    .command('add <cell>')
    .description('make a running cell a member of its realm; it gets partitions by evacuations')
    .option(
      '--url <url>',
      'where it answers; a fleet on this machine starts it where it does not run',
    )
    .option('--weight <n>', 'share of new shoppers, 0 … 100', '100')
    .option('--primaries-max <n>', 'partitions that it may be primary of')
    .option('--orders-per-minute-max <n>', 'orders a minute that it can carry', '100000')
    .action(use(addCell));
  cells
    .command('drain <cell>')
    .description('send it no new shoppers; those that it has stay')
    .action(use(drain));
  cells
    .command('undrain <cell>')
    .description('send it new shoppers again')
    .option('--weight <n>', 'share of new shoppers, 0 … 100', '100')
    .action(use(undrain));
  cells
    .command('hosts <cell> [host...]')
    .description("keep the cell for a tenant's shop: it takes new shoppers of these hosts alone")
    .option('--none', 'take shoppers of all hosts again')
    .action(use(giveHosts));
  cells
    .command('retire <cell>')
    .description('take an empty cell out of service for good')
    .action(use(retire));
}

type Health = 'ready' | 'not ready' | 'quarantined' | 'silent' | 'retired';

function healthOf(survey: Survey, cell: CellDescriptor): Health {
  if (cell.state === 'retired') return 'retired';
  if (survey.ready.get(cell.id) === true) return 'ready';
  const said = survey.states.get(cell.id);
  if (said === undefined) return 'silent';
  return said.quarantine ? 'quarantined' : 'not ready';
}

function describe(survey: Survey, cell: CellDescriptor) {
  return { ...cell, health: healthOf(survey, cell), ...summariseCell(survey, cell) };
}

function formatLag({ lagVersionsMax, lagMsMax }: CellSummary): string {
  if (lagVersionsMax === undefined) return '–';
  if (lagVersionsMax === 0n) return 'in step';
  return `${formatCount(lagVersionsMax)} writes, ${formatDuration(lagMsMax)}`;
}

async function listCells(cli: Cli): Promise<void> {
  const { out } = cli;
  const survey = await takeSurvey(cli);
  const found = survey.cells.map((cell) => describe(survey, cell));
  const { green, yellow, red, dim } = out.colours;
  const paint = {
    ready: green,
    'not ready': yellow,
    quarantined: red,
    silent: red,
    retired: dim,
  } as const;
  out.result({ cells: found }, () => {
    out.table(
      ['CELL', 'PLACE', 'STATE', 'HEALTH', 'PRIMARY', 'STANDBY', 'UNPROTECTED', 'COPIES OF IT'],
      found.map((cell) => [
        cell.id,
        `${cell.location}, ${cell.country}`,
        cell.state === 'accepting' ? cell.state : yellow(cell.state),
        paint[cell.health](cell.health),
        String(cell.primaries),
        String(cell.standbys),
        cell.unprotected === 0 ? '0' : red(String(cell.unprotected)),
        formatLag(cell),
      ]),
    );
  });
}

async function showCell(cli: Cli, name: string): Promise<void> {
  const { out } = cli;
  const cell = await cli.requireCell(name);
  const survey = await takeSurvey(cli, ({ realm }) => realm === cell.realm);
  const found = describe(survey, cell);
  const load = await cli
    .cells(cell.id)
    .load()
    .catch(() => undefined);
  const said = survey.states.get(cell.id);
  const document = {
    ...found,
    incarnation: said?.incarnation,
    quarantine: said?.quarantine ?? null,
    logSchema: said?.logSchema,
    load,
  };
  out.result(document, () => {
    out.facts([
      ['cell', out.colours.bold(cell.id)],
      ['place', `${cell.location}, ${cell.country} (${cell.jurisdiction})`],
      ['address', cell.url],
      ['state', `${cell.state}, weight ${cell.weight}`],
      ['hosts', cell.hosts?.join(', ') ?? 'all'],
      ['health', found.health],
      ['primary of', countOf(found.primaries, 'partition')],
      ['standby of', countOf(found.standbys, 'partition')],
      ['fenced', String(found.fenced)],
      ['without a standby that follows', String(found.unprotected)],
      ['copies of it', formatLag(found)],
      ['may be primary of', String(cell.capacity?.primariesMax ?? 'no limit')],
      ['log', `version ${said?.logSchema ?? '–'}`],
      ['incarnation', said?.incarnation ?? '–'],
      ['database', load === undefined ? '–' : formatBytes(load.databaseBytes)],
      [
        'requests',
        load === undefined ? '–' : `${formatCount(load.requests)}, failed ${load.failures}`,
      ],
    ]);
    if (said?.quarantine) out.line(out.colours.red(describeQuarantine(said.quarantine)));
    if (found.disagreeing.length > 0) {
      const first = found.disagreeing.slice(0, 5).join(', ');
      out.line(out.colours.red(`says otherwise than the directory about ${first}`));
    }
  });
}

type Fact = string | number | bigint | boolean | undefined;

async function diffCells(cli: Cli, name: string, otherName: string): Promise<void> {
  const { out } = cli;
  const [one, other] = [await cli.requireCell(name), await cli.requireCell(otherName)];
  const survey = await takeSurvey(cli, ({ realm }) => realm === one.realm || realm === other.realm);
  const read = async (cell: CellDescriptor): Promise<Record<string, Fact>> => {
    const { disagreeing, ...found } = describe(survey, cell);
    const { capacity, hosts, ...plain } = found;
    const load = await cli
      .cells(cell.id)
      .load()
      .catch(() => undefined);
    return {
      ...plain,
      hosts: hosts?.join(', '),
      primariesMax: capacity?.primariesMax,
      logSchema: survey.states.get(cell.id)?.logSchema,
      databaseBytes: load?.databaseBytes,
      disagreeing: disagreeing.length,
    };
  };
  const [a, b] = [await read(one), await read(other)];
  const OWN = ['id', 'url', 'incarnation', 'latitude', 'longitude'];
  const differences = Object.keys(a)
    .filter((key) => !OWN.includes(key) && String(a[key]) !== String(b[key]))
    .map((key) => ({ what: key, [one.id]: a[key] ?? null, [other.id]: b[key] ?? null }));
  out.result({ differences }, () => {
    if (differences.length === 0) out.line('no differences');
    else {
      out.table(
        ['WHAT', one.id, other.id],
        differences.map((row) => [
          row.what,
          String(row[one.id] ?? '–'),
          String(row[other.id] ?? '–'),
        ]),
      );
    }
  });
  if (differences.length > 0) {
    throw new CliFault(
      'different',
      `${one.id} and ${other.id} differ in ${countOf(differences.length, 'thing')}`,
    );
  }
}

interface AddFlags {
  readonly url?: string;
  readonly weight: string;
  readonly primariesMax?: string;
  readonly ordersPerMinuteMax: string;
}

const READY_ATTEMPTS_MAX = 120;
const READY_PAUSE_MS = 500;

async function addCell(cli: Cli, name: string, flags: AddFlags): Promise<void> {
  const location = cellLocation(name);
  if (location === undefined) {
    const known = allCellLocations()
      .map(({ id }) => id)
      .join(', ');
    throw new CliFault(
      'absent',
      `no place is known for a cell "${name}"`,
      `Add it to platform/contracts/data/cell-locations.json. Known are ${known}.`,
    );
  }
  const weight = toNumber('--weight', flags.weight, 0, 100);
  const present = (await cli.listCells()).find(({ id }) => id === name);
  const url = flags.url ?? present?.url ?? cli.config.cells?.[name] ?? (await startIt(cli, name));
  const capacity =
    flags.primariesMax === undefined
      ? present?.capacity
      : {
          primariesMax: toNumber('--primaries-max', flags.primariesMax, 1, 1_024),
          ordersPerMinuteMax: toNumber('--orders-per-minute-max', flags.ordersPerMinuteMax, 1, 1e9),
        };
  const wanted: CellDescriptor = { ...location, url, state: 'accepting', weight, capacity };
  await putCell(cli, wanted);
  const isReady = await waitUntilReady(cli, wanted);
  await cli.audit.record({
    action: 'cell.add',
    subject: name,
    outcome: isReady ? 'ready' : 'not ready yet',
    detail: { url, weight },
  });
  cli.out.result({ cell: wanted, ready: isReady }, () => {
    cli.out.line(`${name} is a member of the realm "${location.realm}" and holds nothing yet.`);
    cli.out.line(`Give it partitions: cellctl evacuate run <from> --to ${name}`);
  });
  if (!isReady) {
    throw new CliFault(
      'unreachable',
      `${name} does not say that it is ready at ${url}`,
      'See its log.',
    );
  }
}

async function putCell(cli: Cli, wanted: CellDescriptor): Promise<void> {
  const known = await cli.directory.readCell(wanted.id);
  if (known === undefined) {
    if ((await cli.directory.putCell(wanted, undefined)) === 'written') return;
  }
  await changeCell(cli.directory, wanted.id, (cell) => ({
    ...wanted,
    hosts: cell.hosts,
    incarnation: cell.incarnation,
  }));
}

async function startIt(cli: Cli, name: string): Promise<string> {
  const started = await askSupervisor(cli, 'POST', `/cells/${name}`);
  if (started === undefined) {
    throw new CliFault(
      'usage',
      `nobody knows where ${name} answers`,
      'Give --url, or start it with the fleet: npm start -- --cells …,' + name,
    );
  }
  return String((started as { url: string }).url);
}

async function waitUntilReady(cli: Cli, cell: CellDescriptor): Promise<boolean> {
  await cli.listCells();
  for (let attempt = 1; attempt <= READY_ATTEMPTS_MAX && !cli.signal.aborted; attempt += 1) {
    if (await cli.cells(cell.id).isReady()) return true;
    cli.out.live(`waiting until ${cell.id} is ready`);
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  return false;
}

async function drain(cli: Cli, name: string): Promise<void> {
  const cell = await cli.requireCell(name);
  requireMember(cell);
  await drainCell(cli.directory, cell.id);
  await cli.audit.record({ action: 'cell.drain', subject: name, outcome: 'drained', detail: {} });
  cli.out.result({ cell: name, state: 'draining' }, () => {
    cli.out.line(`${name} gets no new shoppers; those that it has stay until they are moved.`);
    cli.out.line(`Move them: cellctl evacuate run ${name}`);
  });
}

async function undrain(cli: Cli, name: string, flags: { readonly weight: string }): Promise<void> {
  const cell = await cli.requireCell(name);
  requireMember(cell);
  const weight = toNumber('--weight', flags.weight, 1, 100);
  await undrainCell(cli.directory, cell.id, weight);
  const detail = { weight };
  await cli.audit.record({ action: 'cell.undrain', subject: name, outcome: 'accepting', detail });
  cli.out.result({ cell: name, state: 'accepting', weight }, () => {
    cli.out.line(`${name} gets new shoppers again, with weight ${weight}.`);
  });
}

function requireMember(cell: CellDescriptor): void {
  if (cell.state !== 'retired') return;
  throw new CliFault(
    'refused',
    `${cell.id} is retired`,
    `cellctl cells add ${cell.id} brings it back.`,
  );
}

const HOST_PATTERN =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const HOSTS_MAX = 100;

async function giveHosts(
  cli: Cli,
  name: string,
  hosts: readonly string[],
  flags: { readonly none?: boolean },
): Promise<void> {
  const cell = await cli.requireCell(name);
  requireMember(cell);
  if ((hosts.length === 0) !== (flags.none === true)) {
    throw new CliFault('usage', 'no host is named', 'Give hosts such as shop.example, or --none.');
  }
  const wrong = hosts.find((host) => !HOST_PATTERN.test(host));
  if (wrong !== undefined || hosts.length > HOSTS_MAX) {
    throw new CliFault(
      'usage',
      wrong === undefined ? `more than ${HOSTS_MAX} hosts` : `"${wrong}" is no host name`,
      'Give host names in lower case, without a port.',
    );
  }
  const given = [...new Set(hosts)].sort();
  await changeCell(cli.directory, toCellId(name), (entry) => ({
    ...entry,
    hosts: given.length === 0 ? undefined : given,
  }));
  const outcome = given.length === 0 ? 'all hosts' : given.join(', ');
  await cli.audit.record({ action: 'cell.hosts', subject: name, outcome, detail: {} });
  cli.out.result({ cell: name, hosts: given }, () => {
    cli.out.line(`${name} takes new shoppers of ${outcome}.`);
  });
}

async function retire(cli: Cli, name: string): Promise<void> {
  const cell = await cli.requireCell(name);
  const table = await cli.directory.readPlacements(cell.realm);
  const placements = table?.placements ?? [];
  const primaries = placements.filter(({ primary }) => primary === cell.id).length;
  const standbys = placements.filter(({ standby }) => standby === cell.id).length;
  if (primaries > 0) {
    throw new CliFault(
      'refused',
      `${name} is the primary of ${countOf(primaries, 'partition')}`,
      `Move them first: cellctl evacuate run ${name}`,
    );
  }
  if (standbys > 0) {
    throw new CliFault(
      'refused',
      `${name} is the standby of ${countOf(standbys, 'partition')}, which would have no copy`,
      `Give them another standby first: cellctl partitions respread --without ${name}`,
    );
  }
  await cli.confirm(`${name} will serve nobody any more.`, name);
  await changeCell(cli.directory, toCellId(name), (entry) => ({
    ...entry,
    state: 'retired',
    weight: 0,
  }));
  await cli.audit.record({ action: 'cell.retire', subject: name, outcome: 'retired', detail: {} });
  cli.out.result({ cell: name, state: 'retired' }, () => cli.out.line(`${name} is retired.`));
}

function toNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CliFault('usage', `${flag} is "${text}"`, `Give a number from ${min} to ${max}.`);
}
