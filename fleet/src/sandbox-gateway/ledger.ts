import { randomBytes } from 'node:crypto';
import { type Journal, type Numbered, openJournal } from './journal.ts';
import { TEST_TOKENS } from './tokens.ts';

export type PaymentStatus = 'authorized' | 'captured' | 'requires_action' | 'declined' | 'canceled';

/** What a merchant asks for. Amounts are integers in minor units of the currency. */
export interface PaymentRequest {
  readonly amountMinor: number;
  readonly currency: string;
  readonly token: string;
  readonly capture: 'manual' | 'automatic';
  readonly reference: string;
  readonly partition: string;
  readonly webhookUrl?: string;
  readonly returnUrl?: string;
}

/** The part of a payment that changes, as it was after one entry of the ledger. */
export interface PaymentState {
  readonly status: PaymentStatus;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly declineCode?: string;
}

export interface Payment extends PaymentState {
  readonly id: string;
  readonly request: PaymentRequest;
  /** Unguessable name of the challenge's page. */
  readonly challengeId?: string;
}

export type LedgerEntryType =
  | 'payment.challenged'
  | 'payment.authorized'
  | 'payment.declined'
  | 'payment.captured'
  | 'payment.canceled'
  | 'payment.refunded';

/** One line of the ledger. The first entry of a payment carries its request. */
export interface LedgerEntry {
  readonly type: LedgerEntryType;
  readonly at: string;
  readonly paymentId: string;
  /** Units moved by a capture or refund, held by an authorisation, else 0. */
  readonly amountMinor: number;
  readonly after: PaymentState;
  readonly opened?: { readonly request: PaymentRequest; readonly challengeId?: string };
  /** Which request caused the entry, and a digest of its body. */
  readonly cause: { readonly operation: Operation; readonly key: string; readonly digest: string };
}

export type Operation = 'create' | 'capture' | 'cancel' | 'refund' | 'challenge';

/** Names one request that may come twice. */
export interface RequestKey {
  readonly key: string;
  /** Digest of the body, by which a key used for something else is noticed. */
  readonly digest: string;
}

export type Refusal =
  | { readonly refused: 'key-reused' }
  | { readonly refused: 'unknown-payment' }
  | { readonly refused: 'not-possible'; readonly detail: string };

/** A payment as it was right after the request, also when the request is a repetition. */
export interface Outcome {
  readonly payment: Payment;
  readonly repeated: boolean;
}

export interface PaymentFilter {
  readonly reference?: string;
  readonly partition?: string;
}

/** The gateway's books: every operation is on the disk before it is confirmed. */
export interface Ledger {
  readonly createPayment: (request: PaymentRequest, key: RequestKey) => Promise<Outcome | Refusal>;
  readonly capture: (
    id: string,
    amountMinor: number,
    key: RequestKey,
  ) => Promise<Outcome | Refusal>;
  readonly cancel: (id: string, key: RequestKey) => Promise<Outcome | Refusal>;
  readonly refund: (id: string, amountMinor: number, key: RequestKey) => Promise<Outcome | Refusal>;
  /** Decides a challenge; a second decision must be the same one. */
  readonly decideChallenge: (challengeId: string, approved: boolean) => Promise<Outcome | Refusal>;
  readonly findByChallenge: (challengeId: string) => Payment | undefined;
  readonly find: (id: string) => Promise<Payment | undefined>;
  /** Payments in the order of their creation, after the one with id `after`. */
  readonly list: (
    filter: PaymentFilter,
    after: string | undefined,
    limit: number,
  ) => Promise<readonly Payment[]>;
  readonly read: Journal<LedgerEntry>['read'];
  readonly close: () => Promise<void>;
}

interface Answered {
  readonly digest: string;
  readonly paymentId: string;
  readonly state: PaymentState;
}

const UNTOUCHED: Pick<PaymentState, 'capturedMinor' | 'refundedMinor'> = {
  capturedMinor: 0,
  refundedMinor: 0,
};

export interface LedgerOptions {
  readonly file: string;
  /** Sees every entry once it is durable, and at the start those of earlier runs. */
  readonly onEntry: (entry: Numbered<LedgerEntry>, payment: Payment) => void;
  /** The disk refused a write: memory is ahead of the file now, so the process must end. */
  readonly onWriteFault: (error: unknown) => void;
}

/** Opens the books in a file and replays them. Throws when the file is damaged. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { onEntry } = options;
  const payments = new Map<string, Payment>();
  const byReference = new Map<string, string[]>();
  const byPartition = new Map<string, string[]>();
  const byChallenge = new Map<string, string>();
  const answers = new Map<string, Answered>();
  /** During the replay: what caused the authorisation that an automatic capture should follow. */
  let unfinished = new Map<string, LedgerEntry['cause']>();
  let lastSeq = 0;

  /** Brings memory to the state after the entry; the same code for new entries and for replay. */
  function apply({ seq, entry }: Numbered<LedgerEntry>): Payment {
    lastSeq = seq;
    const before = payments.get(entry.paymentId);
    const base = before ?? {
      id: entry.paymentId,
      ...(entry.opened as NonNullable<typeof entry.opened>),
    };
    const payment: Payment = { ...base, ...entry.after };
    payments.set(payment.id, payment);
    if (before === undefined) {
      index(byReference, payment.request.reference, payment.id);
      index(byPartition, payment.request.partition, payment.id);
      if (payment.challengeId !== undefined) byChallenge.set(payment.challengeId, payment.id);
    }
    const { operation, key, digest } = entry.cause;
    answers.set(answerKey(operation, operation === 'create' ? '' : payment.id, key), {
      digest,
      paymentId: payment.id,
      state: entry.after,
    });
    return payment;
  }

  const journal = await openJournal<LedgerEntry>(options.file, (numbered) => {
    const payment = apply(numbered);
    if (payment.request.capture === 'automatic' && payment.status === 'authorized') {
      unfinished.set(payment.id, numbered.entry.cause);
    }
    onEntry(numbered, payment);
  });

  async function record(entry: LedgerEntry): Promise<Outcome> {
    const numbered = { seq: lastSeq + 1, entry };
    // In memory first and synchronously, so that a concurrent request decides on the new state;
    // nobody hears of it before the journal has it.
    const payment = apply(numbered);
    await journal.append(entry).catch((error: unknown) => {
      options.onWriteFault(error);
      throw error;
    });
    onEntry(numbered, payment);
    return { payment, repeated: false };
  }

  /** The kept answer of a repeated request, which waits for the first one's durability. */
  async function repeat(scope: string, key: RequestKey): Promise<Outcome | Refusal | undefined> {
    const kept = answers.get(scope);
    if (kept === undefined) return undefined;
    await journal.settled();
    if (kept.digest !== key.digest) return { refused: 'key-reused' };
    const payment = payments.get(kept.paymentId) as Payment;
    return { payment: { ...payment, ...kept.state }, repeated: true };
  }

  async function change(
    operation: Operation,
    id: string,
    key: RequestKey,
    decide: (payment: Payment) => Decision | string,
  ): Promise<Outcome | Refusal> {
    if (!payments.has(id)) return { refused: 'unknown-payment' };
    const kept = answers.has(answerKey(operation, id, key.key));
    if (kept) return (await repeat(answerKey(operation, id, key.key), key)) as Outcome | Refusal;
    const decision = decide(payments.get(id) as Payment);
    if (typeof decision === 'string') return { refused: 'not-possible', detail: decision };
    const at = new Date().toISOString();
    let outcome: Promise<Outcome> | undefined;
    for (const step of decision) {
      outcome = record({ ...step, at, paymentId: id, cause: { operation, ...key } });
    }
    return (await outcome) as Outcome;
  }

  // A crash may have come between the two entries of an automatic capture, which is one operation.
  const causes = unfinished;
  unfinished = new Map();
  for (const id of causes.keys()) {
    const payment = payments.get(id) as Payment;
    if (payment.status !== 'authorized' || payment.request.capture !== 'automatic') continue;
    const [, capture] = approve(payment.request);
    const cause = causes.get(payment.id);
    if (capture === undefined || cause === undefined) continue;
    await record({ ...capture, at: new Date().toISOString(), paymentId: payment.id, cause });
  }

  return Object.freeze({
    createPayment: async (request: PaymentRequest, key: RequestKey) => {
      const scope = answerKey('create', '', key.key);
      if (answers.has(scope)) return (await repeat(scope, key)) as Outcome | Refusal;
      const id = `gwp_${randomBytes(12).toString('hex')}`;
      const steps = firstSteps(request);
      const challengeId =
        steps[0]?.type === 'payment.challenged' ? randomBytes(18).toString('base64url') : undefined;
      const at = new Date().toISOString();
      const opened = { request, ...(challengeId === undefined ? {} : { challengeId }) };
      const cause = { operation: 'create', ...key } as const;
      let outcome: Promise<Outcome> | undefined;
      for (const step of steps) {
        const first = outcome === undefined ? { opened } : {};
        outcome = record({ ...step, at, paymentId: id, ...first, cause });
      }
      return (await outcome) as Outcome;
    },
    capture: (id: string, amountMinor: number, key: RequestKey) =>
      change('capture', id, key, (payment) => decideCapture(payment, amountMinor)),
    cancel: (id: string, key: RequestKey) => change('cancel', id, key, decideCancel),
    refund: (id: string, amountMinor: number, key: RequestKey) =>
      change('refund', id, key, (payment) => decideRefund(payment, amountMinor)),
    decideChallenge: async (challengeId: string, approved: boolean) => {
      const id = byChallenge.get(challengeId);
      if (id === undefined) return { refused: 'unknown-payment' } as const;
      const outcome = approved ? 'approve' : 'decline';
      const key = { key: challengeId, digest: outcome };
      const decided = await change('challenge', id, key, (payment) =>
        decideAfterChallenge(payment, approved),
      );
      if (!('refused' in decided) || decided.refused !== 'key-reused') return decided;
      return { refused: 'not-possible', detail: 'The challenge was decided otherwise.' } as const;
    },
    findByChallenge: (challengeId: string) => payments.get(byChallenge.get(challengeId) ?? ''),
    find: async (id: string) => {
      const payment = payments.get(id);
      await journal.settled();
      return payment;
    },
    list: async (filter: PaymentFilter, after: string | undefined, limit: number) => {
      const ids =
        filter.reference !== undefined
          ? (byReference.get(filter.reference) ?? [])
          : filter.partition !== undefined
            ? (byPartition.get(filter.partition) ?? [])
            : [...payments.keys()];
      const start = after === undefined ? 0 : ids.indexOf(after) + 1;
      const found = ids.slice(start, start + limit).map((id) => payments.get(id) as Payment);
      await journal.settled();
      return found;
    },
    read: journal.read,
    close: journal.close,
  });
}

type Step = Pick<LedgerEntry, 'type' | 'amountMinor' | 'after'>;
type Decision = readonly [Step, ...Step[]];

function firstSteps(request: PaymentRequest): Decision {
  const token = TEST_TOKENS.get(request.token);
  if (token?.challenge === true) {
    const after: PaymentState = { status: 'requires_action', ...UNTOUCHED };
    return [{ type: 'payment.challenged', amountMinor: 0, after }];
  }
  return token?.declineCode === undefined ? approve(request) : decline(token.declineCode);
}

function approve(request: PaymentRequest): Decision {
  const { amountMinor } = request;
  const authorized: Step = {
    type: 'payment.authorized',
    amountMinor,
    after: { status: 'authorized', ...UNTOUCHED },
  };
  if (request.capture === 'manual') return [authorized];
  const after: PaymentState = { status: 'captured', capturedMinor: amountMinor, refundedMinor: 0 };
  return [authorized, { type: 'payment.captured', amountMinor, after }];
}

function decline(declineCode: string): Decision {
  const after: PaymentState = { status: 'declined', ...UNTOUCHED, declineCode };
  return [{ type: 'payment.declined', amountMinor: 0, after }];
}

function decideAfterChallenge(payment: Payment, approved: boolean): Decision | string {
  if (payment.status !== 'requires_action') {
    return `The challenge is closed: the payment is ${payment.status}.`;
  }
  if (!approved) return decline('authentication_failed');
  const declineCode = TEST_TOKENS.get(payment.request.token)?.declineCode;
  return declineCode === undefined ? approve(payment.request) : decline(declineCode);
}

/** Several captures are allowed (one for each shipment) up to the authorised amount. */
function decideCapture(payment: Payment, amountMinor: number): Decision | string {
  if (payment.status !== 'authorized' && payment.status !== 'captured') {
    return `A payment that is ${payment.status} can not be captured.`;
  }
  const capturedMinor = payment.capturedMinor + amountMinor;
  if (capturedMinor > payment.request.amountMinor) {
    return `Capturing ${amountMinor} would exceed the authorised ${payment.request.amountMinor}: ${payment.capturedMinor} are captured already.`;
  }
  const { refundedMinor } = payment;
  const after: PaymentState = { status: 'captured', capturedMinor, refundedMinor };
  return [{ type: 'payment.captured', amountMinor, after }];
}

function decideCancel(payment: Payment): Decision | string {
  if (payment.status !== 'authorized' && payment.status !== 'requires_action') {
    return `A payment that is ${payment.status} can not be canceled.`;
  }
  const after: PaymentState = { status: 'canceled', ...UNTOUCHED };
  return [{ type: 'payment.canceled', amountMinor: 0, after }];
}

function decideRefund(payment: Payment, amountMinor: number): Decision | string {
  const refundedMinor = payment.refundedMinor + amountMinor;
  if (refundedMinor > payment.capturedMinor) {
    return `Refunding ${amountMinor} would exceed the captured ${payment.capturedMinor}: ${payment.refundedMinor} are refunded already.`;
  }
  const { status, capturedMinor } = payment;
  const after: PaymentState = { status, capturedMinor, refundedMinor };
  return [{ type: 'payment.refunded', amountMinor, after }];
}

function answerKey(operation: Operation, paymentId: string, key: string): string {
  return `${operation}/${paymentId}/${key}`;
}

function index(map: Map<string, string[]>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, [id]);
  else ids.push(id);
}
