import { readFile } from 'node:fs/promises';
import { runPart, StartupFault } from '@commerce/service/part';
import { startGateway } from './gateway.ts';
import { JournalDamaged } from './journal.ts';

runPart({
  name: 'sandbox-gateway',
  start: async () => {
    const publicUrl = process.env['PUBLIC_GATEWAY_URL'];
    const webhookKey = await readSecret('GATEWAY_WEBHOOK_KEY_FILE');
    const gateway = await startGateway({
      host: process.env['HOST'] ?? '127.0.0.1',
      port: readPort(),
      dataDir: required('DATA_DIR'),
      apiKey: await readSecret('GATEWAY_API_KEY_FILE'),
      webhookKey: Buffer.from(webhookKey, 'hex'),
      ...(publicUrl === undefined ? {} : { publicUrl }),
      log: (line) => process.stderr.write(`${line}\n`),
      onWriteFault: (error) => {
        process.stderr.write(`the books can't be written: ${String(error)}\n`);
        process.exit(1);
      },
    }).catch((error: unknown) => {
      if (!(error instanceof JournalDamaged)) throw error;
      throw new StartupFault(
        error.message,
        'Restore the file from a backup, or start with --fresh to begin new books.',
        { cause: error },
      );
    });
    return { address: gateway.url, stop: gateway.stop };
  },
});

function required(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new StartupFault(`${name} is not set`, 'Set it in the environment of the gateway.');
}

async function readSecret(name: string): Promise<string> {
  const file = required(name);
  const text = (await readFile(file, 'utf8')).trim();
  if (text !== '') return text;
  throw new StartupFault(`${file} is empty`, 'Put the key into it.');
}

function readPort(): number {
  const text = process.env['PORT'] ?? '0';
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StartupFault(`PORT is "${text}"`, 'Set it to a number from 0 to 65535.');
}
