/** Exit codes of `cellctl`; scripts rely on them, and `docs/reference/cellctl.md` lists them. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'done, or nothing was to be done' },
  fault: { code: 1, meaning: 'a fault of the tool itself' },
  usage: { code: 2, meaning: 'the command or its configuration is wrong' },
  refused: { code: 3, meaning: 'refused: by law, capacity or health, or not confirmed' },
  halted: { code: 4, meaning: 'begun and not finished: halted, paused, or partly stranded' },
  unreachable: { code: 5, meaning: 'the directory, a cell or the control plane does not answer' },
  absent: { code: 6, meaning: 'there is no such cell, partition, evacuation or id' },
  different: { code: 7, meaning: 'looked, and found differences or trouble' },
  busy: { code: 8, meaning: 'somebody else is at it' },
  interrupted: { code: 130, meaning: 'interrupted by Ctrl-C' },
} as const;
export type ExitCode = keyof typeof EXIT_CODES;

/** An end that is not a success: one line that says why, and one that says what to do. */
export class CliFault extends Error {
  readonly exit: ExitCode;
  readonly cure: string | undefined;
  constructor(exit: ExitCode, message: string, cure?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliFault';
    this.exit = exit;
    this.cure = cure;
  }
}
