import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file whole: after a crash, or a loss of power, either what was there or the new text is
 * there. One writer at a time.
 * @param mode of the file, where it is new
 */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  // Makes the rename last.
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
