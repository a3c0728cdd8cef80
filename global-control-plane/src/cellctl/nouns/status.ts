import type { Command } from 'commander';
import {
  ControlFault,
  summariseCell,
  type Survey,
  takeSurvey,
} from '../../modules/evacuation/index.ts';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf } from '../format.ts';
import { describeQuarantine } from '../quarantine.ts';

export function addStatus(program: Command, use: Use): void {
  program
    .command('status')
    .description('whether all is well, and what is not; exit code 7 where something is not')
    .action(use(showStatus));
}

interface Trouble {
  readonly severity: 'bad' | 'warning';
  readonly what: string;
  readonly next: string;
}

async function showStatus(cli: Cli): Promise<void> {
  const { out } = cli;
  const survey = await takeSurvey(cli);
  const plans = (await cli.directory.listPlans()).map(({ plan }) => plan);
  const open = plans.filter(({ state }) => !['completed', 'rolled-back', 'done'].includes(state));
  const unsent = await cli.audit.ship();
  const troubles: Trouble[] = [
    ...troublesOfCells(survey),
    ...(await troublesOfRouters(cli)),
    ...open.map(
      ({ id, source, state, halt }): Trouble => ({
        severity: state === 'halted' ? 'bad' : 'warning',
        what: `the evacuation of ${source} is ${state}${halt === null ? '' : `: ${halt}`}`,
        next: `cellctl evacuate status ${id}`,
      }),
    ),
    ...(unsent > 0
      ? [
          {
            severity: 'warning' as const,
            what: `audit entries wait for the control plane: ${unsent}`,
            next: 'they are sent with the next command',
          },
        ]
      : []),
  ];
  const cells = survey.cells.filter(({ state }) => state !== 'retired');
  const ready = cells.filter(({ id }) => survey.ready.get(id) === true).length;
  const partitions = [...survey.tables.values()].reduce(
    (sum, { placements }) => sum + placements.length,
    0,
  );
  out.result({ cells: cells.length, ready, partitions, troubles }, () => {
    out.line(
      `${ready} of ${countOf(cells.length, 'cell')} ready, ${countOf(partitions, 'partition')}, ${countOf(open.length, 'evacuation')} under way`,
    );
    for (const { severity, what, next } of troubles) {
      const paint = severity === 'bad' ? out.colours.red : out.colours.yellow;
      out.line(`${paint(severity === 'bad' ? '✗' : '!')} ${what}`);
      out.line(`  ${out.colours.dim(next)}`);
    }
    if (troubles.length === 0) out.line(out.colours.green('all is well'));
  });
  if (troubles.some(({ severity }) => severity === 'bad')) {
    throw new CliFault('different', `${countOf(troubles.length, 'thing')} to look at`);
  }
}

function troublesOfCells(survey: Survey): readonly Trouble[] {
  return survey.cells
    .filter(({ state }) => state !== 'retired')
    .flatMap((cell): Trouble[] => {
      const { id } = cell;
      const { primaries, unprotected, fenced, disagreeing, lagVersionsMax } = summariseCell(
        survey,
        cell,
      );
      const found: Trouble[] = [];
      const said = survey.states.get(id);
      if (said?.quarantine) {
        const what = `${id} is quarantined: ${describeQuarantine(said.quarantine)}`;
        found.push({ severity: 'bad', what, next: 'runbooks/restore-a-cell.md' });
      } else if (said === undefined) {
        const what = `${id} does not answer; it is the primary of ${countOf(primaries, 'partition')}`;
        found.push({ severity: 'bad', what, next: 'runbooks/cell-unreachable.md' });
      } else if (survey.ready.get(id) !== true) {
        found.push({
          severity: 'bad',
          what: `${id} answers and is not ready`,
          next: `cellctl cells show ${id}`,
        });
      }
      if (unprotected > 0) {
        const what = `${countOf(unprotected, 'partition')} of ${id} have no standby that follows`;
        found.push({
          severity: 'bad',
          what,
          next: `cellctl partitions list --cell ${id} --role primary --trouble`,
        });
      }
      if (lagVersionsMax !== undefined && lagVersionsMax > LAG_WARNING) {
        const what = `a standby of ${id} is ${lagVersionsMax} writes behind`;
        found.push({ severity: 'warning', what, next: 'runbooks/standby-lag-grows.md' });
      }
      if (fenced > 0 || disagreeing.length > 0) {
        const what = `${id} has ${countOf(fenced + disagreeing.length, 'partition')} between two cells`;
        found.push({ severity: 'warning', what, next: 'cellctl evacuate status' });
      }
      if (cell.state === 'draining') {
        found.push({
          severity: 'warning',
          what: `${id} is drained`,
          next: `cellctl cells undrain ${id}`,
        });
      }
      return found;
    });
}

/** Writes that a standby may be behind in passing. */
const LAG_WARNING = 200n;

async function troublesOfRouters(cli: Cli): Promise<readonly Trouble[]> {
  const found = await Promise.all(
    cli.routers.map(async (router): Promise<Trouble[]> => {
      try {
        const { source } = await router.status();
        if (source === 'directory') return [];
        const what = `the router at ${router.url} works from its disk`;
        return [{ severity: 'warning', what, next: 'cellctl routers list' }];
      } catch (error) {
        if (!(error instanceof ControlFault)) throw error;
        return [{ severity: 'bad', what: error.message, next: 'cellctl routers list' }];
      }
    }),
  );
  return found.flat();
}
