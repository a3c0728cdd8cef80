import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

const refused = expect.objectContaining({
  code: 'invalid-cursor',
  status: 400,
  options: expect.objectContaining({ field: 'cursor' }),
});

it('gives back the key that it was made of', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
  const number = fc.integer();
  fc.assert(
    fc.property(text, number, (name, count) => {
      const cursor = encodeCursor([name, count]);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(cursor, ['string', 'number'])).toEqual([name, count]);
    }),
  );
});

it('refuses what is no cursor, or one of another list', () => {
  const ours = encodeCursor(['a', 1]);
  const wrong = ['', '!', ours.slice(2), encodeCursor(['a']), encodeCursor([1, 'a'])];
  const json = ['{}', 'null', '["a",null]', '["a",[1]]', '["a\\u0000",1]', '["\\ud800",1]'];
  for (const cursor of [...wrong, ...json.map((each) => Buffer.from(each).toString('base64url'))]) {
    expect(() => decodeCursor(cursor, ['string', 'number']), cursor).toThrow(refused);
  }
  fc.assert(
    fc.property(fc.string(), (cursor) => {
      expect(() => decodeCursor(cursor, ['string', 'number'])).toThrow(refused);
    }),
  );
});
