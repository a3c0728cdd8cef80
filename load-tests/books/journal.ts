/**
 * The client's side of the books: what shoppers asked for and what they were told, one JSON object a
 * line. It is written by whoever shops (k6, or the shoppers of an experiment), and read afterwards by
 * whoever wants to know whether the platform kept its word.
 */

/** A shopper is about to pay: from here on money may move. */
export interface Intent {
  readonly kind: 'intent';
  readonly atMs: number;
  /** Idempotency-Key of the checkout: the name of this purchase in all lines. */
  readonly key: string;
  readonly cartId: string;
  readonly variantId: string;
  readonly quantity: number;
}

/** The orders were acknowledged: they may never be lost or doubled. */
export interface Acknowledgement {
  readonly kind: 'acknowledged';
  readonly atMs: number;
  readonly key: string;
  readonly groupId: string;
  readonly totalMinor: number;
  readonly currency: string;
  /** Cell that answered. */
  readonly cell: string;
  /** `epoch.version` of the write; empty where the answer did not say. */
  readonly position: string;
  /** Announced that no standby had it yet. */
  readonly isDegraded: boolean;
  readonly tookMs: number;
  /** Requests that it took; more than one where the shopper had to try again. */
  readonly tries: number;
}

/** A definite no: nothing may have been charged. */
export interface Refusal {
  readonly kind: 'refused';
  readonly atMs: number;
  readonly key: string;
  readonly status: number;
  readonly code: string;
}

/** The shopper gave up without an answer: there may be an order or not, but money only with one. */
export interface NoAnswer {
  readonly kind: 'unanswered';
  readonly atMs: number;
  readonly key: string;
  readonly reason: string;
}

/** A request that failed at the client, of any kind, before it was tried again or given up. */
export interface Failure {
  readonly kind: 'failed';
  readonly atMs: number;
  readonly request: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly cell: string;
  readonly detail: string;
}

export type JournalLine = Intent | Acknowledgement | Refusal | NoAnswer | Failure;

const KINDS: ReadonlySet<unknown> = new Set([
  'intent',
  'acknowledged',
  'refused',
  'unanswered',
  'failed',
] satisfies JournalLine['kind'][]);

export interface ParsedJournal {
  readonly lines: readonly JournalLine[];
  /** Lines that are no JSON of ours: what they said is unknown, and so is whether all is well. */
  readonly unreadable: number;
}

function parseLine(text: string): JournalLine | undefined {
  try {
    const line = JSON.parse(text) as { readonly kind?: unknown };
    return KINDS.has(line.kind) ? (line as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a journal's text. A last line without its end was cut off and counts as unreadable. */
export function parseJournal(text: string): ParsedJournal {
  const parts = text.split('\n').filter((part) => part.trim() !== '');
  const lines = parts.flatMap((part) => parseLine(part) ?? []);
  return { lines, unreadable: parts.length - lines.length };
}

/** What a journal says of acknowledged orders, by their group. */
export function acknowledgementsOf(lines: readonly JournalLine[]): readonly Acknowledgement[] {
  return lines.filter((line) => line.kind === 'acknowledged');
}
