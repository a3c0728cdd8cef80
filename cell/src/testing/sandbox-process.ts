import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The sandbox gateway as the process that it is: a cell's tests pay through it, not through a stub. */
export interface SandboxProcess {
  readonly url: string;
  readonly apiKey: string;
  readonly webhookKey: Uint8Array;
  /** Every entry of the gateway's books. */
  payments(): Promise<readonly SandboxPayment[]>;
  stop(): Promise<void>;
}

export interface SandboxPayment {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly capturedMinor: number;
  readonly currency: string;
}

const GATEWAY = fileURLToPath(
  new URL('../../../fleet/src/sandbox-gateway/main.ts', import.meta.url),
);

async function ready(child: ChildProcess): Promise<string> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [{ type: string; address?: string }];
    if (message.type === 'ready' && message.address !== undefined) return message.address;
    if (message.type === 'fault') throw new Error(JSON.stringify(message));
  }
}

/** Starts the gateway on a free port with empty books. */
export async function startSandbox(): Promise<SandboxProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-gateway-'));
  const apiKey = randomBytes(24).toString('hex');
  const webhookKey = randomBytes(32);
  await writeFile(join(folder, 'api.key'), apiKey);
  await writeFile(join(folder, 'webhook.key'), webhookKey.toString('hex'));
  const child = spawn(process.execPath, [GATEWAY], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: folder,
      GATEWAY_API_KEY_FILE: join(folder, 'api.key'),
      GATEWAY_WEBHOOK_KEY_FILE: join(folder, 'webhook.key'),
    },
  });
  const url = await ready(child);
  const headers = { authorization: `Bearer ${apiKey}` };
  return {
    url,
    apiKey,
    webhookKey,
    async payments() {
      const ids = new Map<string, SandboxPayment>();
      let after = '';
      for (;;) {
        const page = (await (
          await fetch(`${url}/v1/ledger?limit=500${after}`, { headers })
        ).json()) as { entries: { seq: number; payment?: SandboxPayment; id?: string }[] };
        for (const { payment } of page.entries)
          if (payment !== undefined) ids.set(payment.id, payment);
        const last = page.entries.at(-1);
        if (last === undefined) return [...ids.values()];
        after = `&after=${last.seq}`;
      }
    },
    async stop() {
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
