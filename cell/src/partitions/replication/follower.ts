import { randomUUID } from 'node:crypto';
import type { CellId, Partition } from '@commerce/contracts/ids';
import type { LogRecord, PullAnswer } from '@commerce/contracts/partition-control';
import { AppError } from '@commerce/contracts/problems';
import type { ChangeRecord } from '../change-log.ts';
import type { Applier, ApplyOutcome, CopyPoint } from '../copies/apply.ts';
import type { CellClient } from './cell-client.ts';

/**
 * One session of the standby's side: pulls the log of everything that it follows at one primary, and
 * applies it. What it has applied is acknowledged by the next pull. Over a long line several pulls are
 * under way, so that a commit finds one waiting; their answers are applied in order, and what has come
 * meanwhile goes into one transaction. It holds some megabytes at most: it asks for more only after
 * what it has is applied.
 */

export interface SessionEvents {
  /** Copies that can't go on in this session, by the primary's word or by the log itself. */
  onStopped(stopped: readonly StoppedFollowing[]): Promise<void>;
  onApplied(outcome: ApplyOutcome): void;
  /** Told with every answer: positions of the primary that are ahead of the copies. */
  onHeads(heads: ReadonlyMap<Partition, bigint>): void;
}

export interface StoppedFollowing {
  readonly partition: Partition;
  readonly reason:
    | PullAnswer['refused'][number]['reason']
    | ApplyOutcome['stopped'][number]['reason'];
  readonly problem: string | undefined;
}

export interface SessionOptions {
  readonly source: CellId;
  readonly copies: readonly CopyPoint[];
  readonly cells: CellClient;
  readonly applier: Applier;
  readonly events: SessionEvents;
  /** How long the primary may hold an answer back. Default 20,000. */
  readonly waitMs?: number;
}

/** How the primary was told of everything once, and does not know of this session now. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError';
}

const WAIT_MS = 20_000;
const BYTES_MAX = 4_194_304;
/** A line that takes longer than this both ways is worth several pulls at the same time. */
const SHORT_LINE_MS = 5;
const PULLS_OVER_LONG_LINE = 4;
/** One waits at the primary while what the other has brought is applied. */
const PULLS_OVER_SHORT_LINE = 2;

function toRecord(record: LogRecord): ChangeRecord {
  return {
    partition: record.partition as Partition,
    epoch: BigInt(record.epoch),
    version: BigInt(record.version),
    chain: record.chain,
    schema: record.schema,
    changes: record.changes,
    events: record.events,
    loggedAt: new Date(record.loggedAt),
  };
}

interface Waiting {
  readonly answer: PullAnswer;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Applies answers in the order of their numbers, as many in one transaction as have come. */
function createQueue(apply: (answers: readonly PullAnswer[]) => Promise<void>) {
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let isApplying = false;

  const drain = async (): Promise<void> => {
    if (isApplying) return;
    isApplying = true;
    while (waiting.has(next)) {
      const batch: Waiting[] = [];
      for (let entry = waiting.get(next); entry !== undefined; entry = waiting.get(next)) {
        waiting.delete(next);
        batch.push(entry);
        next += 1;
      }
      try {
        await apply(batch.map((entry) => entry.answer));
        for (const entry of batch) entry.done();
      } catch (error) {
        for (const entry of batch) entry.failed(error);
      }
    }
    isApplying = false;
  };

  return (answer: PullAnswer): Promise<void> =>
    new Promise((done, failed) => {
      waiting.set(answer.seq, { answer, done, failed });
      void drain();
    });
}

/**
 * Runs until the signal, or until it can't go on; then a new session begins where the copies are.
 * @throws SessionLostError, AppError `unavailable`, or what the database throws
 */
export async function runSession(options: SessionOptions, signal: AbortSignal): Promise<void> {
  const { source, copies, cells, applier, events, waitMs = WAIT_MS } = options;
  const session = randomUUID();
  const ended = new AbortController();
  const running = AbortSignal.any([signal, ended.signal]);
  /** Applied, and not acknowledged yet. */
  let pending = new Map<Partition, CopyPoint>();

  const apply = async (answers: readonly PullAnswer[]): Promise<void> => {
    const records = answers.flatMap((answer) => answer.records.map(toRecord));
    const expansions = new Set(answers.flatMap((answer) => answer.expansions));
    const heads = new Map<Partition, bigint>();
    const stopped: StoppedFollowing[] = [];
    for (const answer of answers) {
      for (const head of answer.heads) heads.set(head.partition as Partition, BigInt(head.version));
      for (const { partition, reason } of answer.refused) {
        stopped.push({ partition: partition as Partition, reason, problem: undefined });
      }
    }
    if (records.length > 0) {
      const outcome = await applier.apply(records, expansions);
      for (const point of outcome.reached) pending.set(point.partition, point);
      stopped.push(...outcome.stopped);
      events.onApplied(outcome);
    }
    events.onHeads(heads);
    if (stopped.length > 0) await events.onStopped(stopped);
  };
  const enqueue = createQueue(apply);

  const takePositions = () => {
    const taken = [...pending.values()];
    pending = new Map();
    return taken;
  };

  const pull = async (request: {
    readonly full: boolean;
    readonly positions: readonly CopyPoint[];
    readonly waitMs: number;
  }): Promise<number> => {
    const body = {
      session,
      full: request.full,
      positions: request.positions.map(({ partition, epoch, version, chain }) => ({
        partition,
        epoch: Number(epoch),
        version: String(version),
        ...(request.full && { chain }),
      })),
      waitMs: request.waitMs,
      bytesMax: BYTES_MAX,
    };
    const askedAtMs = performance.now();
    const answer = await cells.pull(source, body, running);
    const lineMs = performance.now() - askedAtMs;
    if (!answer.known) throw new SessionLostError(`${source} does not know this session`);
    await enqueue(answer);
    return lineMs;
  };

  const lane = async (): Promise<void> => {
    while (!running.aborted) await pull({ full: false, positions: takePositions(), waitMs });
  };

  await pull({ full: true, positions: copies, waitMs: 0 });
  const lineMs = await pull({ full: false, positions: takePositions(), waitMs: 0 });
  const lanes = lineMs > SHORT_LINE_MS ? PULLS_OVER_LONG_LINE : PULLS_OVER_SHORT_LINE;
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    ended.abort(new AppError('unavailable', { detail: 'The session has ended.' }));
  }
}
