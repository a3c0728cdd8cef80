import type { DataClass } from '@commerce/contracts/data-classes';
import { type Logger as PinoLogger, pino, stdSerializers } from 'pino';

/**
 * Every field that a log line may have, with its data class. Logs leave the cell, so a field of any
 * class but `none` may not be added; a test holds this table to that.
 */
export const LOG_FIELDS = {
  err: 'none',
  requestId: 'none',
  cell: 'none',
  partition: 'none',
  epoch: 'none',
  version: 'none',
  route: 'none',
  method: 'none',
  status: 'none',
  durationMs: 'none',
  part: 'none',
  job: 'none',
  count: 'none',
  seq: 'none',
  id: 'none',
  state: 'none',
  statement: 'none',
  engine: 'none',
  code: 'none',
} as const satisfies Readonly<Record<string, DataClass>>;

export type LogFields = { readonly [Field in keyof typeof LOG_FIELDS]?: unknown };

/** pino behind a door that takes declared fields only. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** SQLSTATE class 22: a value that is wrong for its type, which the database quotes in its message. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** An error's own code, or the SQLSTATE of a database's refusal. */
function codeOf(error: Error): unknown {
  const { code, state } = error as { code?: unknown; state?: unknown };
  return code ?? state;
}

/**
 * Errors as type, code and stack, without the values that a database or validator puts into them: a
 * unique violation's detail, say, quotes the row. An error's message holds those of its causes.
 */
function serializeError(error: unknown, quotesValue = false): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { type, message, stack } = stdSerializers.err(error) as {
    type: string;
    message: string;
    stack: string;
  };
  const code = codeOf(error);
  const hides = quotesValue || hasDataException(error);
  const cause = error.cause instanceof Error ? serializeError(error.cause, hides) : undefined;
  if (!hides) return { type, message, stack, code, cause };
  // A value may hold quotation marks and line breaks itself: from the first mark to the last one.
  const shown = message.replace(/".*"/s, '"…"');
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return { type, message: shown, stack: frames.join('\n'), code, cause };
}

function hasDataException(error: Error): boolean {
  if (DATA_EXCEPTION.test(String(codeOf(error)))) return true;
  return error.cause instanceof Error && hasDataException(error.cause);
}

/**
 * Makes a JSON logger on standard output.
 * @param part name of the process, such as `cell eu-de-1`
 */
export function createLogger(part: string, level: LogLevel = 'info'): Logger {
  const logger: PinoLogger = pino({
    level,
    base: { part },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error: unknown) => serializeError(error) },
  });
  return logger as unknown as Logger;
}
