import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanError, splitArray, splitObject } from './scan-json.ts';

const json = fc.json({ maxDepth: 4 });

describe('cutting JSON that the database wrote', () => {
  it('gives the elements of any array, in any spacing', () => {
    fc.assert(
      fc.property(fc.array(json), fc.constantFrom('', ' ', '\n\t'), (texts, space) => {
        const array = `${space}[${space}${texts.join(`${space},${space}`)}${space}]`;
        expect(splitArray(array)).toEqual(texts);
      }),
    );
  });

  it('gives the members of any object, untouched', () => {
    const member = fc.tuple(fc.stringMatching(/^[a-z_]{1,12}$/), json);
    fc.assert(
      fc.property(fc.array(member), (members) => {
        const text = `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
        expect(splitObject(text)).toEqual(new Map(members));
      }),
    );
  });

  it('keeps what JavaScript would lose', () => {
    const text = '{"n":9223372036854775807,"t":"2026-01-01T00:00:00.123456+00:00","e":"\\\\\\""}';
    expect([...splitObject(text).values()]).toEqual([
      '9223372036854775807',
      '"2026-01-01T00:00:00.123456+00:00"',
      '"\\\\\\""',
    ]);
  });

  it.each(['', '{', '[', '[1', '[1 2]', '["a]', '[{"a":1]', '[,]', '{"a"}', '{"a":}', '{a:1}'])(
    'refuses %j',
    (text) => {
      const split = text.startsWith('{') ? splitObject : splitArray;
      expect(() => split(text)).toThrow(ScanError);
    },
  );
});
