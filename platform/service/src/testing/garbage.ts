/** Text that has broken programs before. */
export const NASTY_TEXT = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'undefined',
  '\0',
  'a\0b',
  '%00',
  '%',
  '%ff%fe',
  "'; DROP TABLE carts; --",
  '\u{1f600}',
  '\ud800',
  '\u202egnp.exe',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '{}',
  '[object Object]',
  '<script>alert(1)</script>',
  '{{7*7}}',
  'a'.repeat(300),
  'é'.repeat(5_000),
] as const;

/** Text that is sent for JSON, right or not. */
export const BROKEN_JSON = [
  '',
  '{',
  '{"a":1,}',
  '[1,2',
  'null',
  '"text"',
  '\ufeff{}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '['.repeat(20_000),
  `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
  '{"quantity":1e400}',
  '{"quantity":NaN}',
  '{"email":"\\ud800@example.com"}',
] as const;

/** Content types that no operation takes, and some that are none. */
export const CONTENT_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  'application/json;;;',
  'multipart/form-data; boundary=x',
  '*/*',
  '',
] as const;
