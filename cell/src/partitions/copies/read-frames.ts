import type { SnapshotFrame } from './snapshot.ts';

/** A snapshot that ends before its end, or is none. Nothing of it stays. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

const NEWLINE = 10;
/** A line with the points of a whole snapshot is some kilobytes. */
const HEADER_BYTES_MAX = 65_536;
/** A frame is some hundred kilobytes, or one row that is larger. */
const FRAME_BYTES_MAX = 64 * 1_048_576;

/** Reads frames from the bytes of a snapshot, holding one at a time. */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly frame: SnapshotFrame; readonly rows: Buffer }> {
  let buffered: Buffer[] = [];
  let size = 0;
  let frame: SnapshotFrame | undefined;
  const join = (): Buffer => {
    const whole = buffered.length === 1 ? (buffered[0] as Buffer) : Buffer.concat(buffered);
    buffered = [whole];
    return whole;
  };
  const drop = (bytes: number): void => {
    buffered = [join().subarray(bytes)];
    size -= bytes;
  };
  for await (const chunk of chunks) {
    buffered.push(chunk);
    size += chunk.length;
    for (;;) {
      if (frame === undefined) {
        const end = join().indexOf(NEWLINE);
        if (end < 0 && size > HEADER_BYTES_MAX) throw new SnapshotError('it has no frames');
        if (end < 0) break;
        frame = JSON.parse(join().toString('utf8', 0, end)) as SnapshotFrame;
        if (frame.bytes > FRAME_BYTES_MAX) throw new SnapshotError('a frame is too large');
        drop(end + 1);
      }
      if (size < frame.bytes) break;
      const rows = join().subarray(0, frame.bytes);
      drop(frame.bytes);
      yield { frame, rows };
      frame = undefined;
    }
  }
  if (frame !== undefined || size > 0) throw new SnapshotError('it ends within a frame');
}
