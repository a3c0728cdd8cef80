/**
 * A part is a deployable as one operating-system process. Every `main.ts` hands its start to
 * {@link runPart}, which gives all parts the same manners: they say when they are ready, explain in
 * one line why they can't start, stop cleanly when asked or when their supervisor is gone, and never
 * outlive either by more than a bounded time.
 */

/** What a started part gives back. */
export interface RunningPart {
  /** Stops taking work, finishes what runs, closes everything. */
  readonly stop: () => Promise<void>;
  /** URL or `host:port` at which the part answers. */
  readonly address?: string;
  /** More that the supervisor may want to know; must survive JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What a part may use while it starts. */
export interface PartContext {
  /** Tells the supervisor what is going on, in one line for people. */
  readonly progress: (text: string) => void;
}

export interface PartOptions {
  /** Name in messages, such as `router`. */
  readonly name: string;
  readonly start: (context: PartContext) => Promise<RunningPart>;
  /** After this the process exits although `stop` has not settled. */
  readonly stopTimeoutMs?: number;
}

/** What a part tells its supervisor over the IPC channel. */
export type PartMessage =
  | {
      readonly type: 'ready';
      readonly address?: string;
      readonly details?: Readonly<Record<string, unknown>>;
    }
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'fault'; readonly message: string; readonly cure: string };

/** Exit code of a part that can't start until an operator changes something (EX_CONFIG). */
export const STARTUP_FAULT_EXIT_CODE = 78;

const STOP_TIMEOUT_MS = 8_000;

/** A reason not to start that an operator can cure. Reported as one line, without a stack trace. */
export class StartupFault extends Error {
  readonly cure: string;
  constructor(message: string, cure: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartupFault';
    this.cure = cure;
  }
}

/** Runs a part to the end of the process. Call it once, as the last thing of a `main.ts`. */
export function runPart(options: PartOptions): void {
  const { name } = options;
  let running: RunningPart | undefined;
  let ending = false;

  function end(code: number): void {
    if (ending) return;
    ending = true;
    // Whatever hangs in there must not keep the process: the next start recovers from a hard exit.
    setTimeout(() => process.exit(code === 0 ? 1 : code), options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    // A part that is still starting just ends; starting must survive that, as it must a kill.
    const stopped = running === undefined ? Promise.resolve() : running.stop();
    stopped.then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`${name}: did not stop cleanly: ${describe(error)}\n`);
        process.exit(1);
      },
    );
  }

  process.on('SIGTERM', () => end(0));
  process.on('SIGINT', () => end(0));
  if (process.send !== undefined) process.on('disconnect', () => end(0));
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      process.stderr.write(`${name}: ${event}: ${describe(error)}\n`);
      end(1);
    });
  }

  const progress = (text: string): void => tell({ type: 'progress', text });
  // An async function, so that a start that throws at once is reported like one that rejects.
  (async () => options.start({ progress }))().then(
    (part) => {
      running = part;
      const { address, details } = part;
      tell({
        type: 'ready',
        ...(address === undefined ? {} : { address }),
        ...(details === undefined ? {} : { details }),
      });
    },
    (error: unknown) => reportFailedStart(name, error, end),
  );
}

function reportFailedStart(name: string, error: unknown, end: (code: number) => void): void {
  const fault = describeStartupFault(error);
  if (fault === undefined) {
    process.stderr.write(`${name}: can't start: ${describe(error)}\n`);
    end(1);
    return;
  }
  const message = oneLine(fault.message).replace(/\.$/, '');
  const cure = oneLine(fault.cure);
  process.stderr.write(`${name}: ${message}. ${cure}\n`);
  tell({ type: 'fault', message, cure });
  end(STARTUP_FAULT_EXIT_CODE);
}

interface SystemError {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * Says what an operator can do about an error of the start: for a {@link StartupFault} what it says
 * itself; for a taken port, a closed folder, a full disk or an unreachable neighbour, which the
 * operating system reports by code, our words. Undefined for everything else: that is our own fault
 * and deserves its stack trace.
 */
export function describeStartupFault(error: unknown): StartupFault | undefined {
  if (error instanceof StartupFault) return error;
  if (typeof error !== 'object' || error === null) return undefined;
  const fault = error as SystemError;
  const place = placeOf(fault);
  switch (fault.code) {
    case 'EADDRINUSE':
      return new StartupFault(
        place === ''
          ? `a port is already in use: ${String(fault.message)}`
          : `${place} is already in use`,
        'Stop the program that listens there, or choose another port with --port.',
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StartupFault(
        `no permission${place === '' ? `: ${String(fault.message)}` : ` for ${place}`}`,
        'Give this account access to it, or choose another data folder (--data) or port (--port).',
        { cause: error },
      );
    case 'ENOSPC':
    case 'EDQUOT':
    case '53100':
      return new StartupFault(
        `the disk is full${place === '' ? '' : ` at ${place}`}`,
        'Free some space, or choose a folder on another disk with --data.',
        { cause: error },
      );
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ETIMEDOUT':
      return new StartupFault(
        `nothing answers${place === '' ? `: ${String(fault.message)}` : ` at ${place}`} (${fault.code})`,
        'Start what should answer there first, or correct its address in the configuration.',
        { cause: error },
      );
    default:
      return describeNested(fault);
  }
}

/** Wrapped errors: `cause`, and the list in an AggregateError (a host name with many addresses). */
function describeNested(fault: SystemError): StartupFault | undefined {
  if (Array.isArray(fault.errors)) {
    for (const inner of fault.errors) {
      const described = describeStartupFault(inner);
      if (described !== undefined) return described;
    }
  }
  return fault.cause === undefined ? undefined : describeStartupFault(fault.cause);
}

function placeOf(fault: SystemError): string {
  if (typeof fault.path === 'string') return fault.path;
  if (typeof fault.port !== 'number') return '';
  return `${typeof fault.address === 'string' ? fault.address : 'port'}:${fault.port}`.replace(
    /^port:/,
    'port ',
  );
}

function tell(message: PartMessage): void {
  // The channel may close at any moment; that is handled by the disconnect event.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
