import { createHmac, randomBytes } from 'node:crypto';
import type { Partition } from '@commerce/contracts/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPinCookies, pinSecretOf, pinValueIn, withoutPin } from './pin-cookie.ts';

const key = randomBytes(32);
const pins = createPinCookies(key);
const partition = 'eu-1f3' as Partition;

function valueOf(setCookie: string): string {
  return pinValueIn(setCookie.slice(0, setCookie.indexOf(';'))) as string;
}

function handMade(header: object, claims: object, signingKey: Uint8Array): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', pinSecretOf(signingKey)).update(signed).digest('base64url')}`;
}

describe('pin cookies', () => {
  it('come back as they were set, from another router with the same key too', () => {
    const header = pins.setHeader({ partition, country: 'FR' }, { secure: false, nowMs: 1_000 });
    const pin = { partition, country: 'FR' };
    expect(createPinCookies(key).verify(valueOf(header))).toEqual(pin);
    expect(pins.verify(valueOf(header))).toEqual(pin);
    expect(pins.verify(valueOf(header))).toEqual(pin);
  });

  it('are out of the reach of scripts and other sites, and of plain HTTP where there is TLS', () => {
    const pin = { partition, country: undefined };
    const header = pins.setHeader(pin, { secure: true, nowMs: 0 });
    expect(header).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/);
    expect(pins.setHeader(pin, { secure: false, nowMs: 0 })).not.toContain('Secure');
  });

  it('are ours in the standard form that other JWT readers verify', () => {
    const value = handMade({ alg: 'HS256', typ: 'JWT' }, { part: 'eu-1f3', iat: 1 }, key);
    expect(pins.verify(value)).toEqual({ partition, country: undefined });
  });

  it.each([
    [
      'under another key',
      handMade({ alg: 'HS256', typ: 'JWT' }, { part: 'eu-1f3' }, randomBytes(32)),
    ],
    [
      'without a signature',
      handMade({ alg: 'none' }, { part: 'eu-1f3' }, key).replace(/[^.]+$/, ''),
    ],
    ['with another algorithm named', handMade({ alg: 'none' }, { part: 'eu-1f3' }, key)],
    ['without a partition', handMade({ alg: 'HS256', typ: 'JWT' }, { iat: 1 }, key)],
    [
      'of a slot that no realm has',
      handMade({ alg: 'HS256', typ: 'JWT' }, { part: 'eu-fff' }, key),
    ],
    ['far too long', `${'a'.repeat(9_000)}.b.c`],
    ['empty', ''],
  ])('are refused %s', (_what, value) => {
    expect(pins.verify(value)).toBeUndefined();
  });

  it('are refused after any change of any character', () => {
    const value = valueOf(
      pins.setHeader({ partition, country: 'DE' }, { secure: false, nowMs: 0 }),
    );
    fc.assert(
      fc.property(
        fc.nat(value.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, character) => {
          fc.pre(character !== value[at]);
          const changed = value.slice(0, at) + character + value.slice(at + 1);
          // The text is compared, so the bits of the last character that mean nothing count as well.
          expect(pins.verify(changed)).toBeUndefined();
        },
      ),
    );
  });

  it('are found among other cookies by their whole name, and taken out for the cell', () => {
    expect(pinValueIn('a=1; cell_pin=x.y.z; b=2')).toBe('x.y.z');
    expect(pinValueIn('my_cell_pin=1; cell_pin=2')).toBe('2');
    expect(pinValueIn('my_cell_pin=1')).toBeUndefined();
    expect(withoutPin('a=1; cell_pin=x.y.z; b=2')).toBe('a=1; b=2');
    expect(withoutPin('cell_pin=x')).toBeUndefined();
    expect(withoutPin('my_cell_pin=1')).toBe('my_cell_pin=1');
  });
});
