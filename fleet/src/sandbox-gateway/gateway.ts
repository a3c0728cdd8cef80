import path from 'node:path';
import { toAnswer } from './answers.ts';
import type { Numbered } from './journal.ts';
import { type LedgerEntry, openLedger, type Payment } from './ledger.ts';
import { buildGateway } from './routes.ts';
import { TEST_TOKENS } from './tokens.ts';
import { openWebhookSender } from './webhooks.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly apiKey: string;
  readonly webhookKey: Uint8Array;
  /** Base URL as shoppers reach it; by default where it listens. */
  readonly publicUrl?: string;
  readonly log: (line: string) => void;
  /** The books can't be written any more: the process has to end. */
  readonly onWriteFault: (error: unknown) => void;
  readonly webhookRetryPauseMs?: number;
}

export interface Gateway {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts the sandbox gateway: replays its books, sends the webhooks still owed, listens. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { dataDir, log, webhookRetryPauseMs } = options;
  const closing = new AbortController();
  const inFlight = new Map<string, Set<Promise<void>>>();
  const owed: (() => void)[] = [];
  let url = options.publicUrl ?? '';
  let listening = false;

  const webhooks = await openWebhookSender({
    file: path.join(dataDir, 'webhooks.jsonl'),
    key: options.webhookKey,
    log,
    ...(webhookRetryPauseMs === undefined ? {} : { retryPauseMs: webhookRetryPauseMs }),
  });

  function notify({ seq, entry }: Numbered<LedgerEntry>, payment: Payment): void {
    const { webhookUrl, token } = payment.request;
    if (webhookUrl === undefined || entry.type === 'payment.challenged') return;
    if (webhooks.isSettled(seq)) return;
    const times = TEST_TOKENS.get(token)?.webhookTwice === true ? 2 : 1;
    const send = (): void => {
      const body = JSON.stringify({
        id: `evt_${seq}`,
        type: entry.type,
        createdAt: entry.at,
        payment: toAnswer({ ...payment, ...entry.after }, url),
      });
      for (let copy = 0; copy < times; copy += 1) {
        track(payment.id, webhooks.send({ seq, url: webhookUrl, body }));
      }
    };
    if (listening) send();
    else owed.push(send);
  }

  function track(paymentId: string, sent: Promise<void>): void {
    const running = inFlight.get(paymentId) ?? new Set();
    inFlight.set(paymentId, running.add(sent));
    void sent.finally(() => {
      running.delete(sent);
      if (running.size === 0) inFlight.delete(paymentId);
    });
  }

  const ledger = await openLedger({
    file: path.join(dataDir, 'ledger.jsonl'),
    onEntry: notify,
    onWriteFault: options.onWriteFault,
  });
  const app = buildGateway({
    ledger,
    apiKey: options.apiKey,
    publicUrl: () => url,
    webhooksOf: async (paymentId) => {
      await Promise.all(inFlight.get(paymentId) ?? []);
    },
    onFault: (error) =>
      log(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    closing: closing.signal,
  });
  const address = await app.listen({ host: options.host, port: options.port });
  if (url === '') url = address;
  listening = true;
  for (const send of owed.splice(0)) send();
  return Object.freeze({
    url: address,
    stop: async () => {
      closing.abort();
      await app.close();
      await webhooks.close();
      await ledger.close();
    },
  });
}
