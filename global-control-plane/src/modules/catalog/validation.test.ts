import { expect, test } from 'vitest';
import { canonicalJson } from './validation.ts';

test('canonical JSON is the same in whatever order fields were written, and loses nothing', () => {
  const one = { b: [{ y: 1, x: 'é"' }, null], a: { '10': true, '9': false, z: undefined } };
  const other = { a: { z: undefined, '9': false, '10': true }, b: [{ x: 'é"', y: 1 }, null] };
  expect(canonicalJson(one)).toBe('{"a":{"9":false,"10":true},"b":[{"x":"é\\"","y":1},null]}');
  expect(canonicalJson(other)).toBe(canonicalJson(one));
  expect(canonicalJson({ b: [null, { y: 1, x: 'é"' }] })).not.toBe(canonicalJson({ b: one.b }));
});
