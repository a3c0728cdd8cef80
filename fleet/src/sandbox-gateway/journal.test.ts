import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Journal, JournalDamaged, openJournal } from './journal.ts';

interface Entry {
  readonly text: string;
}

let folder: string;
let file: string;
let replayed: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'journal-test-'));
  file = path.join(folder, 'journal.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function openAndReplay(): Promise<Journal<Entry>> {
  replayed = [];
  return openJournal<Entry>(file, ({ seq, entry }) => replayed.push(`${seq} ${entry.text}`));
}

async function writeEntries(...texts: string[]): Promise<void> {
  const journal = await openAndReplay();
  await Promise.all(texts.map((text) => journal.append({ text })));
  await journal.close();
}

describe('a journal', () => {
  test('gives back its entries in order, whatever characters they hold', async () => {
    await writeEntries('a', 'line\nend', 'separator\u2028here', 'ünïcode');
    await (await openAndReplay()).close();
    expect(replayed).toEqual(['1 a', '2 line\nend', '3 separator\u2028here', '4 ünïcode']);
  });

  test('drops an end that a crash cut short, at whatever byte, and goes on', async () => {
    await writeEntries('kept', 'cut ünïcode');
    const whole = await readFile(file);
    const first = whole.indexOf(0x0a) + 1;
    for (let size = first; size < whole.length; size += 1) {
      await writeFile(file, whole);
      await truncate(file, size);
      await writeEntries('next');
      await (await openAndReplay()).close();
      expect(replayed).toEqual(['1 kept', '2 next']);
    }
  });

  test('refuses a file whose middle is damaged', async () => {
    await writeEntries('one', 'two', 'three');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('two', 'tvo'));
    await expect(openAndReplay()).rejects.toThrow(JournalDamaged);
  });

  test('reads from any place', async () => {
    const journal = await openAndReplay();
    const texts = Array.from({ length: 700 }, (_, index) => `entry ${index + 1}`);
    await Promise.all(texts.map((text) => journal.append({ text })));
    for (const after of [0, 1, 255, 256, 257, 512, 698]) {
      const found = await journal.read(after, 3);
      expect(found.map(({ seq, entry }) => [seq, entry.text])).toEqual(
        texts.map((text, index) => [index + 1, text]).slice(after, after + 3),
      );
    }
    expect(await journal.read(700, 3)).toEqual([]);
    await journal.close();
  });
});
