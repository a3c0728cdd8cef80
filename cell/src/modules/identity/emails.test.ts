import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashEmail, normaliseEmail } from './emails.ts';

it.each([
  [' Ada@Shop.EXAMPLE ', 'ada@shop.example'],
  ['ada+shop@shop.example', 'ada+shop@shop.example'],
  ['ａｄａ@shop.example', 'ada@shop.example'],
  ['jörg@münchen.example', 'jörg@xn--mnchen-3ya.example'],
  ["o'neil@mail.shop.example", "o'neil@mail.shop.example"],
])('writes %j as %j', (given, expected) => {
  expect(normaliseEmail(given)).toBe(expected);
});

it.each([
  'shop.example',
  '@shop.example',
  'ada@',
  'ada@shop',
  'ada@shop..example',
  'ada@-shop.example',
  'ada@127.0.0.1',
  '.ada@shop.example',
  'a..da@shop.example',
  'ada lovelace@shop.example',
  'ada\u0000@shop.example',
  'ada\u202e@shop.example',
  'ada\ud800@shop.example',
  'ada@shop.example,eve@shop.example',
  '<ada@shop.example>',
  `${'a'.repeat(65)}@shop.example`,
  `ada@${'a.'.repeat(125)}example`,
])('refuses %j', (given) => {
  expect(() => normaliseEmail(given)).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      options: expect.objectContaining({ field: 'email' }),
    }),
  );
});

it('writes what it has written the same way again, and throws nothing but a refusal', () => {
  fc.assert(
    fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary' })), (given) => {
      let email: string;
      try {
        email = normaliseEmail(given);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-request' });
        return;
      }
      expect(normaliseEmail(email)).toBe(email);
    }),
  );
});

it('hashes under a key', () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(hashEmail('ada@shop.example', one)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashEmail('ada@shop.example', one)).not.toBe(hashEmail('ada@shop.example', other));
});
