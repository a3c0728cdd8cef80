import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Command } from 'commander';
import { request } from 'undici';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';

const TIMEOUT_MS = 30_000;

export function addStock(program: Command, use: Use): void {
  const stock = program.command('stock').description('units that are stranded in a cell');
  stock
    .command('write-off')
    .description('give the free units of a dead cell to the others; it begins anew when it returns')
    .requiredOption('--cell <cell>', 'the cell that is gone')
    .action(use(writeOff));
}

async function writeOff(cli: Cli, flags: { readonly cell: string }): Promise<void> {
  const cell = await cli.requireCell(flags.cell);
  const { controlPlane } = cli.config;
  if (controlPlane === undefined) {
    throw new CliFault(
      'usage',
      'the control plane keeps the stock, and nobody knows where it is',
      'Give --control-plane.',
    );
  }
  if (await cli.cells(cell.id).isReady()) {
    throw new CliFault(
      'refused',
      `${cell.id} is alive: it gives its units back by itself once it is drained`,
      `cellctl cells drain ${cell.id}`,
    );
  }
  await cli.confirm(`The free units of ${cell.id} go to the other cells.`, cell.id);
  const answer = await request(`${controlPlane}/v1/stock/cells/${cell.id}/write-off`, {
    dispatcher: cli.agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: signServiceCall(cli.serviceKey, {
        caller: 'cellctl',
        audience: 'control-plane',
        clock: cli.clock,
      }),
    },
    body: '{}',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new CliFault(
      'unreachable',
      `the control plane does not answer at ${controlPlane}`,
      undefined,
      { cause },
    );
  });
  const body = (await answer.body.json().catch(() => ({}))) as Record<string, string | undefined>;
  if (answer.statusCode >= 300) {
    throw new CliFault(
      'refused',
      `the control plane: ${body['detail'] ?? body['title'] ?? answer.statusCode}`,
    );
  }
  await cli.audit.record({
    action: 'stock.write-off',
    subject: cell.id,
    outcome: 'written off',
    detail: {},
  });
  cli.out.result(body, () => cli.out.line(`the free units of ${cell.id} are given to the others`));
}
