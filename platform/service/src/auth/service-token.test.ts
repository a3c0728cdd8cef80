import { expect, it } from 'vitest';
import { createManualClock } from '../clock.ts';
import { signServiceCall, verifyServiceCall } from './service-token.ts';

const KEY = new Uint8Array(32).fill(7);
const CALL = { caller: 'control-plane', audience: 'eu-de-1' };
const start = () => createManualClock(1_800_000_000_000);

it('names the caller to the service that it is for, for a minute', () => {
  const clock = start();
  const header = signServiceCall(KEY, { ...CALL, clock });
  const verify = () => verifyServiceCall(KEY, header, { audience: 'eu-de-1', clock });
  expect(verify()).toBe('control-plane');
  clock.advance(60_000);
  expect(verify()).toBe('control-plane');
  clock.advance(1);
  expect(verify).toThrow(expect.objectContaining({ code: 'invalid-token', status: 401 }));
});

it('is of no use against another service, under another key, or with a part changed', () => {
  const clock = start();
  const header = signServiceCall(KEY, { ...CALL, clock });
  const other = new Uint8Array(32).fill(8);
  const refuse = (given: string | undefined, audience = 'eu-de-1', key = KEY): void => {
    expect(() => verifyServiceCall(key, given, { audience, clock }), given).toThrow(
      expect.objectContaining({ code: 'invalid-token' }),
    );
  };
  refuse(header, 'eu-fr-1');
  refuse(header, 'eu-de-1', other);
  refuse(header.replace('svc.control-plane.', 'svc.operator.'));
  refuse(header.replace('.eu-de-1.', '.eu-fr-1.'), 'eu-fr-1');
  refuse(header.replace(/\.(\d+)\./, (_all, expiry: string) => `.${Number(expiry) + 600}.`));
  refuse(header.slice(0, -1));
  for (const wrong of ['', 'Bearer', 'Bearer svc', header.slice('Bearer '.length), `${header}.x`]) {
    refuse(wrong);
  }
});

it('is missed where there is none', () => {
  const expected = { audience: 'eu-de-1', clock: start() };
  expect(() => verifyServiceCall(KEY, undefined, expected)).toThrow(
    expect.objectContaining({ code: 'unauthenticated', status: 401 }),
  );
});
