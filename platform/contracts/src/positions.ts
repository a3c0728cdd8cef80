/**
 * A place in a partition's history: epochs first, then versions. The version grows by one at each
 * committed write and never starts again, so a gap and a repeat both show.
 */
export interface Position {
  readonly epoch: bigint;
  readonly version: bigint;
}

/** Negative where `a` is before `b`, zero where they are the same, positive where it is after. */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  if (a.version === b.version) return 0;
  return a.version < b.version ? -1 : 1;
}

/** `epoch.version`, the form in headers and logs. */
export function formatPosition(position: Position): string {
  return `${position.epoch}.${position.version}`;
}

/** Reads `epoch.version`; undefined where the text is no position. */
export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,18})\.(\d{1,18})$/.exec(text);
  if (match === null) return undefined;
  return { epoch: BigInt(match[1] as string), version: BigInt(match[2] as string) };
}
