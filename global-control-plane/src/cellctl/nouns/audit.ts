import { signServiceCall } from '@commerce/service/auth/service-token';
import type { Command } from 'commander';
import { request } from 'undici';
import type { Cli, Use } from '../cli.ts';
import { CliFault } from '../exit-codes.ts';

export function addAudit(program: Command, use: Use): void {
  const audit = program.command('audit').description('what operators did');
  audit
    .command('list')
    .description('the last entries of the audit log, with whether its chain is whole')
    .option('--limit <n>', 'how many', '20')
    .action(use(listAudit));
}

interface AuditList {
  readonly items: readonly {
    readonly seq: number;
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly subject: string;
    readonly outcome: string;
  }[];
  readonly intact: boolean;
}

async function listAudit(cli: Cli, flags: { readonly limit: string }): Promise<void> {
  const { out } = cli;
  const { controlPlane } = cli.config;
  if (controlPlane === undefined) {
    throw new CliFault('usage', 'the control plane keeps the audit log', 'Give --control-plane.');
  }
  const unsent = await cli.audit.ship();
  const answer = await request(
    `${controlPlane}/v1/audit?limit=${encodeURIComponent(flags.limit)}`,
    {
      dispatcher: cli.agent,
      headers: {
        authorization: signServiceCall(cli.serviceKey, {
          caller: 'cellctl',
          audience: 'control-plane',
          clock: cli.clock,
        }),
      },
      signal: AbortSignal.timeout(10_000),
    },
  ).catch((cause: unknown) => {
    throw new CliFault(
      'unreachable',
      `the control plane does not answer at ${controlPlane}`,
      undefined,
      { cause },
    );
  });
  const body = (await answer.body.json()) as AuditList & { readonly detail?: string };
  if (answer.statusCode >= 300) throw new CliFault('refused', `the control plane: ${body.detail}`);
  out.result({ ...body, unsent }, () => {
    out.table(
      ['NO.', 'AT', 'BY', 'WHAT', 'ON', 'OUTCOME'],
      body.items.map(({ seq, at, by, action, subject, outcome }) => [
        String(seq),
        at.slice(0, 19),
        by,
        action,
        subject,
        outcome,
      ]),
    );
    if (unsent > 0)
      out.line(out.colours.yellow(`${unsent} entries of this machine wait to be sent`));
  });
  if (!body.intact)
    throw new CliFault('different', 'the chain of the audit log is broken', 'Somebody changed it.');
}
