import type { Ownership } from './ownership.ts';

/** Calls once, as soon as the cell may write. @returns what ends the wait */
export function whenConfirmed(ownership: Ownership, callback: () => void): () => void {
  let stop = (): void => undefined;
  const look = (): void => {
    if (!ownership.isConfirmed()) return;
    stop();
    callback();
  };
  stop = ownership.onChanged(look);
  look();
  return () => {
    stop();
  };
}
