import { describe, expect, it } from 'vitest';
import { toFrontDoorRules } from './front-door.ts';
import { createWaf, normalise } from './inspect.ts';
import { WAF_RULES } from './rules.ts';

const waf = createWaf();
/** Apart, as the linter takes the two characters together for a mistake. */
const DOLLAR = '$';
const inQuery = (text: string) =>
  waf.inspect({
    url: `/v1/search?q=${encodeURIComponent(text)}`,
    userAgent: undefined,
    referer: undefined,
  });
const inBody = (text: string) =>
  waf.inspect({ url: '/', userAgent: undefined, referer: undefined, body: Buffer.from(text) });

/** Attacks by the rule that has to find them, as they would stand in a parameter. */
const ATTACKS: Readonly<Record<string, readonly string[]>> = {
  'sqli-union': [
    "1' UNION SELECT password FROM users",
    '1 union/**/all/**/select null',
    "x') uNiOn  SeLeCt 1,2",
  ],
  'sqli-tautology': ["' or '1'='1", "admin' OR 1=1", '" or ""="', "') or ('a'='a", "x' AND 1=2"],
  'sqli-stacked': [
    "'; DROP TABLE orders",
    "1'); insert into users values(1)",
    "'; update users set role=1 where 1",
  ],
  'sqli-functions': [
    '1;select pg_sleep(5)',
    'sleep(10)',
    'benchmark(1000000,md5(1))',
    "'||pg_read_file('/etc/x')",
  ],
  'sqli-schema': [
    'select 1 from information_schema.tables',
    'x from pg_catalog.pg_user',
    'sqlite_master',
  ],
  'sqli-comment': ["admin'--", "admin' -- ", "x'/*"],
  'xss-element': [
    '<script>alert(1)</script>',
    '<ScRiPt src=//evil>',
    '<iframe src=x>',
    '<svg/onload=x>',
  ],
  'xss-handler': ['<img src=x onerror=alert(1)>', '<b onmouseover = x>', '"><body onload=x>'],
  'xss-scheme': ['javascript:alert(1)', '"javascript:x', 'data:text/html,<b>'],
  traversal: ['../../etc/hosts', '..\\..\\x', 'a=../secret'],
  'traversal-file': ['/etc/passwd', 'c:\\windows\\x', '/.git/config', '/wp-login'],
  inclusion: ['php://input', 'gopher://x', 'expect://id'],
  'expression-lookup': [
    `${DOLLAR}{jndi:ldap://x/a}`,
    `${DOLLAR}{${DOLLAR}{lower:j}ndi:x}`,
    '#{t(java.lang.runtime)}',
  ],
  command: ['; cat /etc', '| wget http://x', '`id`', '$(whoami)', '&& curl -s x'],
  'code-runtime': [
    '__proto__[admin]=1',
    'constructor.prototype.x=1',
    'O:8:"stdclass":1:{',
    '<?php echo',
    'child_process',
  ],
  'xml-entity': ['<!DOCTYPE x SYSTEM "file:///x">', '<!ENTITY x SYSTEM "y">'],
  'header-injection': ['x\r\nSet-Cookie: a=b', 'x%0d%0aLocation: //evil'],
};

describe('the core rules', () => {
  it.each(Object.entries(ATTACKS).flatMap(([rule, texts]) => texts.map((text) => [rule, text])))(
    '%s finds %j, in clear and with its escapes nested',
    (rule, text) => {
      const found = [inQuery(text)?.rule.id, inQuery(encodeURIComponent(text as string))?.rule.id];
      // Another rule may be first: what counts is that it does not pass, and that this rule finds it.
      expect(found).not.toContain(undefined);
      const pattern = new RegExp(WAF_RULES.find(({ id }) => id === rule)?.pattern as string);
      expect(pattern.test(normalise(text as string))).toBe(true);
    },
  );

  it('each have an attack that proves them', () => {
    const proven = new Set([...Object.keys(ATTACKS), 'scanner']);
    expect(WAF_RULES.map(({ id }) => id).filter((id) => !proven.has(id))).toEqual([]);
    expect(new Set(WAF_RULES.map(({ id }) => id)).size).toBe(WAF_RULES.length);
  });

  it('know scanners by their names, and look into paths and referrers', () => {
    const of = (more: object) =>
      waf.inspect({ url: '/', userAgent: undefined, referer: undefined, ...more });
    expect(of({ userAgent: 'sqlmap/1.8#stable' })?.rule.id).toBe('scanner');
    expect(of({ url: '/.git/HEAD' })?.target).toBe('path');
    expect(of({ url: '/de/%2e%2e%2fetc/passwd' })?.target).toBe('path');
    expect(of({ referer: `${DOLLAR}{jndi:ldap://x}` })?.target).toBe('referer');
    expect(inBody(`{"name":"${DOLLAR}{jndi:ldap://x}"}`)?.target).toBe('body');
  });

  it('let what people search for, write and are called pass', () => {
    const honest = [
      "women's and men's shoes",
      "rock'n'roll or blues",
      "l'été 2026",
      'select a union jack flag',
      'O’Brien & Sons',
      "D'Or",
      "it's 5 < 6",
      'C++ / C# for beginners',
      'drop earrings; silver',
      '50% off',
      'cat & dog food',
      'Schrödinger’s cat',
      'ping pong',
      'the id bracelet',
      'Müller-Lüdenscheidt',
      '日本 靴',
      'كتاب',
      'a -- b',
      'https://shop.example/de/?a=b',
      'tel:+49 30 1',
      '1/2" pipe',
      '5\'11"',
      '{"a":[1,2]}',
      'script font',
      'mid-century table',
      'java coffee',
      'onion = good',
      'union',
      'null',
      'http://x/y.php',
      'union select-o-matic',
      '(or) maybe',
      "'or",
      'update set of knives',
      'sleep mask',
      'Bash (book); cat toy',
      'order #5 -- please ring',
      "Please don't; create joy",
    ];
    for (const text of honest) {
      expect(inQuery(text)?.rule.id, text).toBeUndefined();
      expect(inBody(JSON.stringify({ note: text }))?.rule.id, text).toBeUndefined();
      expect(inBody(new URLSearchParams({ note: text }).toString())?.rule.id, text).toBeUndefined();
    }
  });

  it('let browsers and tools pass by their names', () => {
    for (const userAgent of [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      'curl/8.5.0',
      'k6/1.8.1 (https://k6.io/)',
      'undici',
      'node',
      'python-requests/2.32',
    ]) {
      expect(waf.inspect({ url: '/', userAgent, referer: undefined })).toBeUndefined();
    }
  });

  it('take linear time, however a text is made to hinder them', () => {
    const hostile = [
      "' or ".repeat(2_000),
      '<a '.repeat(3_000),
      '../'.repeat(3_000),
      '${'.repeat(4_000),
      "'".repeat(8_000),
      ` ${'a'.repeat(8_000)}=`,
    ];
    const startedMs = performance.now();
    for (const text of hostile) {
      for (const { pattern } of WAF_RULES) new RegExp(pattern).test(text);
    }
    // 100 looks of 8 kB each; one of quadratic time would take seconds alone.
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  });
});

describe('the rules for Front Door', () => {
  const rules = toFrontDoorRules();

  it('are as many as it takes, each with a name, a priority and one expression it understands', () => {
    expect(rules.length).toBeLessThanOrEqual(100);
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
    expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
    for (const { name, matchConditions } of rules) {
      expect(name).toMatch(/^[A-Za-z][A-Za-z0-9]{0,127}$/);
      const [condition] = matchConditions;
      expect(condition?.matchValue[0]?.length).toBeLessThanOrEqual(4_096);
      // No look-around and no back-reference.
      expect(condition?.matchValue[0]).not.toMatch(/\(\?[=!<]|\\[1-9]/);
      expect(() => new RegExp(condition?.matchValue[0] as string)).not.toThrow();
    }
  });

  it('find the same attacks', () => {
    for (const [id, texts] of Object.entries(ATTACKS)) {
      for (const text of texts) {
        const seen = text.replaceAll('/**/', ' ').toLowerCase();
        const plain = seen.includes('%0d') ? decodeURIComponent(seen) : seen;
        const found = rules.some(({ matchConditions: [condition] }) =>
          new RegExp(condition?.matchValue[0] as string).test(plain),
        );
        expect(found, `${id}: ${text}`).toBe(true);
      }
    }
  });

  it('can be watched before they refuse', () => {
    expect(new Set(toFrontDoorRules('Log').map(({ action }) => action))).toEqual(new Set(['Log']));
  });
});
