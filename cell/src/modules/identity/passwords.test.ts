import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from './password-hasher.ts';
import { checkNewPassword } from './passwords.ts';

describe('a new password', () => {
  it.each(['correct horse', ' a b c d ', 'пароль-пароль', '🦀🦞🦐🦑🐙🐡🐠🐟'])(
    'may be %j',
    (given) => {
      expect(checkNewPassword(given, 'ada@shop.example')).toBe(given.normalize('NFKC'));
    },
  );

  it.each([
    'seven77',
    '🦀🦞🦐🦑',
    'x'.repeat(201),
    'PassWord1',
    ' qwertyuiop ',
    '        x',
    'zzzzzzzzzz',
    'Ada@Shop.example',
  ])('may not be %j', (given) => {
    expect(() => checkNewPassword(given, 'ada@shop.example')).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ field: 'password' }) }),
    );
  });
});

describe('the password hasher', () => {
  it('makes argon2id hashes of the stated cost that only their password fits', async () => {
    const hasher = createPasswordHasher();
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.verify(hash, 'correct horse')).toBe(true);
    expect(await hasher.verify(hash, 'correct horsf')).toBe(false);
    expect(await hasher.verifyNothing('correct horse')).toBe(false);
  });

  it('refuses what its queue does not hold at once, and goes on with the rest', async () => {
    const hasher = createPasswordHasher({ concurrencyMax: 2, queueLengthMax: 3 });
    const all = Array.from({ length: 8 }, () => hasher.verifyNothing('correct horse'));
    const settled = await Promise.allSettled(all);
    expect(settled.map(({ status }) => status)).toEqual([
      ...Array(5).fill('fulfilled'),
      ...Array(3).fill('rejected'),
    ]);
    expect(settled[7]).toMatchObject({
      reason: { code: 'unavailable', options: { retryAfterS: 1 } },
    });
    expect(await hasher.verifyNothing('correct horse')).toBe(false);
  });
});
