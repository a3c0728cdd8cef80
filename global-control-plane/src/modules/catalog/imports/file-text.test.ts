import { describe, expect, test } from 'vitest';
import { decodeText, FileFault } from './file-text.ts';

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decode(bytes: Buffer, size = 3): Promise<string> {
  let text = '';
  for await (const part of decodeText(pieces(bytes, size))) text += part;
  return text;
}

describe('the text of a file', () => {
  test('is UTF-8 in any pieces, with or without its mark', async () => {
    const text = 'Größe,値段\n😀';
    for (const size of [1, 2, 3, 100]) {
      expect(await decode(Buffer.from(text), size)).toBe(text);
      expect(await decode(Buffer.from(`\u{feff}${text}`), Math.max(3, size))).toBe(text);
    }
  });

  test.each([1, 4, 7, 1_000])(
    'in Latin-1 is refused with the line, in pieces of %i',
    async (size) => {
      const bytes = Buffer.from('Title\nSchöne neue Welt\nGröße\n', 'utf8');
      const latin = Buffer.concat([bytes.subarray(0, -8), Buffer.from('Größe\n', 'latin1')]);
      await expect(decode(latin, size)).rejects.toMatchObject({ code: 'not-utf-8', line: 3 });
    },
  );

  test('that ends within a sign is refused', async () => {
    const cut = Buffer.from('a\nb€').subarray(0, -1);
    await expect(decode(cut)).rejects.toMatchObject({ code: 'not-utf-8', line: 2 });
  });

  test('in UTF-16 is told as that', async () => {
    const text = Buffer.from('Handle,Title\nx,y\n', 'utf16le');
    const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), text]);
    for (const bytes of [marked, text]) {
      const refusal = await decode(bytes, 64).catch((error: unknown) => error as FileFault);
      expect(refusal).toBeInstanceOf(FileFault);
      expect((refusal as FileFault).message).toContain('UTF-16');
    }
  });
});
