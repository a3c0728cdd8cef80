import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import pico from 'picocolors';

/** Where a command writes to, and how. */
export interface Output {
  readonly json: boolean;
  readonly colours: ReturnType<typeof pico.createColors>;
  /** The result: a document for programs, or what `human` prints for people. */
  result(document: unknown, human: () => void): void;
  line(text?: string): void;
  /** Rows under heads, without lines between: made for narrow terminals and for grep. */
  table(heads: readonly string[], rows: readonly (readonly string[])[]): void;
  /** Names and values, one a line. */
  facts(entries: readonly (readonly [string, string])[]): void;
  /** What goes on, on the other stream: results stay clean. */
  note(text: string): void;
  /** One line that is written over while work goes on; without a terminal a line every few seconds. */
  live(text: string): void;
  endLive(): void;
}

const QUIET_MS = 2_000;
const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

export function createOutput(options: {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly json: boolean;
  readonly colour: boolean;
  readonly nowMs: () => number;
}): Output {
  const { stdout, stderr, json } = options;
  const colours = pico.createColors(options.colour);
  const line = (text = ''): void => void stdout.write(`${text}\n`);
  const updater = stderr.isTTY ? createLogUpdate(stderr, { showCursor: true }) : undefined;
  let toldAtMs = -Infinity;
  let lastTold = '';
  return {
    json,
    colours,
    line,
    result(document, human) {
      if (json) line(JSON.stringify(document, toJsonValue, 2));
      else human();
    },
    table(heads, rows) {
      const table = new Table({
        head: heads.map((head) => colours.dim(head)),
        chars: NO_BORDERS,
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
      });
      for (const row of rows) table.push([...row]);
      line(
        table
          .toString()
          .split('\n')
          .map((row) => row.trimEnd())
          .join('\n'),
      );
    },
    facts(entries) {
      const width = Math.max(...entries.map(([name]) => name.length));
      for (const [name, value] of entries) line(`${colours.dim(name.padEnd(width))}  ${value}`);
    },
    note: (text) => void stderr.write(`${text}\n`),
    live(text) {
      if (updater !== undefined) {
        updater(text);
        return;
      }
      if (text === lastTold || options.nowMs() - toldAtMs < QUIET_MS) return;
      toldAtMs = options.nowMs();
      lastTold = text;
      stderr.write(`${text}\n`);
    },
    endLive: () => updater?.clear(),
  };
}

/** Versions are bigints, which JSON has not: they become text. */
function toJsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}
