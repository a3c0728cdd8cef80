import type { Writable } from 'node:stream';

/** Where the fleet speaks to its operator. */
export interface Screen {
  /** A line that stays. */
  readonly line: (text: string) => void;
  /** What is being done at the moment: one line that changes, or plain lines without a terminal. */
  readonly status: (text: string) => void;
  /** Ends the changing line. */
  readonly endStatus: () => void;
}

export interface ScreenOutput extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const REDRAW_MS = 120;
/** Without a terminal a status that changes all the time is written now and then only. */
const PLAIN_INTERVAL_MS = 2_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Makes a screen on an output; what is written after the output is gone is dropped. */
export function createScreen(output: ScreenOutput, now: () => number = Date.now): Screen {
  // The terminal may be closed while the fleet still stops.
  output.on('error', () => undefined);
  const begun = now();
  let status = '';
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  let lastPlainAt = Number.NEGATIVE_INFINITY;
  let lastPlain = '';

  const elapsed = (): string => `${((now() - begun) / 1000).toFixed(0)} s`;

  function draw(): void {
    frame = (frame + 1) % FRAMES.length;
    const text = `${FRAMES[frame]} ${status} (${elapsed()})`;
    output.write(`\r\u001b[2K${text.slice(0, (output.columns ?? 80) - 1)}`);
  }

  function endStatus(): void {
    if (timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
      output.write('\r\u001b[2K');
    }
    status = '';
  }

  function plain(text: string): void {
    // The words before a count are the step; a new step is always told.
    const step = text.replace(/[\d.,]+/g, '');
    if (step === lastPlain && now() - lastPlainAt < PLAIN_INTERVAL_MS) return;
    lastPlain = step;
    lastPlainAt = now();
    output.write(`${text}\n`);
  }

  return Object.freeze({
    line: (text: string) => {
      const kept = status;
      endStatus();
      output.write(`${text}\n`);
      status = kept;
    },
    status: (text: string) => {
      if (text === status) return;
      status = text;
      if (output.isTTY !== true) {
        plain(text);
        return;
      }
      if (timer === undefined) {
        timer = setInterval(draw, REDRAW_MS);
        timer.unref();
      }
      draw();
    },
    endStatus,
  });
}
