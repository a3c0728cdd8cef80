import type { Command } from 'commander';
import { ControlFault } from '../../modules/evacuation/index.ts';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';
import { countOf } from '../format.ts';

export function addRouters(program: Command, use: Use): void {
  const routers = program.command('routers').description('the routers that operators are told of');
  routers
    .command('list')
    .description('which tables they hold, compared with the directory')
    .action(use(listRouters));
}

async function listRouters(cli: Cli): Promise<void> {
  const { out } = cli;
  const realms = [...new Set((await cli.listCells()).map(({ realm }) => realm))];
  const wanted = new Map<string, number>();
  for (const realm of realms) {
    const table = await cli.directory.readPlacements(realm);
    if (table !== undefined) wanted.set(realm, table.version);
  }
  const found = await Promise.all(
    cli.routers.map(async (router) => {
      try {
        const { realms: held, source, ageMs, plane } = await router.status();
        const stale = [...wanted].filter(([realm, version]) => (held.get(realm) ?? 0) < version);
        const state = stale.length === 0 ? ('in step' as const) : ('behind' as const);
        const versions = Object.fromEntries(held);
        return { url: router.url, state, plane, source, ageMs, versions };
      } catch (error) {
        if (!(error instanceof ControlFault)) throw error;
        return {
          url: router.url,
          state: 'silent' as const,
          plane: null,
          source: null,
          ageMs: null,
          versions: {},
        };
      }
    }),
  );
  const { green, yellow, red } = out.colours;
  const paint = { 'in step': green, behind: yellow, silent: red } as const;
  out.result({ directory: Object.fromEntries(wanted), routers: found }, () => {
    out.table(
      ['ROUTER', 'STATE', 'DATA PLANE', 'TABLE FROM', 'AGE', 'VERSIONS'],
      found.map(({ url, state, plane, source, ageMs, versions }) => [
        url,
        paint[state](state),
        plane ?? '–',
        source ?? '–',
        ageMs === null ? '–' : `${ageMs} ms`,
        Object.entries(versions)
          .map(([realm, version]) => `${realm} ${version}`)
          .join(', '),
      ]),
    );
  });
  const away = found.filter(({ state }) => state === 'silent').length;
  if (away > 0) throw new CliFault('different', `${countOf(away, 'router')} can not be reached`);
}
