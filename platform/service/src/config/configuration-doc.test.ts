import { readFileSync } from 'node:fs';
import type { TObject } from 'typebox';
import { expect, test } from 'vitest';

const ROOT = new URL('../../../../', import.meta.url);
const page = readFileSync(new URL('docs/reference/configuration.md', ROOT), 'utf8');

/** Names and defaults in the table of one section. */
function documented(heading: string): Record<string, string> {
  const section = page.split('\n## ').find((part) => part.startsWith(heading)) ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| (?:`([^`]+)`|(\w+)) +\| \S.* +\|$/gm)];
  return Object.fromEntries(rows.map(([, name, value, word]) => [name, value ?? word]));
}

/** The same of a schema: its default, or whether the setting may be left out. */
function declared(schema: TObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(schema.properties).map(([name, setting]) => {
      const byDefault = (setting as { readonly default?: string | number | boolean }).default;
      if (byDefault !== undefined) return [name, String(byDefault)];
      return [name, schema.required?.includes(name) === true ? 'required' : 'none'];
    }),
  );
}

// The deployables stand above this package, so their schemas are read at run time only.
async function schemaOf(path: string, name: string): Promise<TObject> {
  const module = (await import(new URL(path, ROOT).href)) as Record<string, TObject>;
  return module[name] as TObject;
}

test.each([
  ['Cell', 'cell/src/config.ts', 'CellConfig'],
  ['Control plane', 'global-control-plane/src/config.ts', 'ConfigSchema'],
  ['Router', 'router/src/config.ts', 'RouterSettings'],
])('the settings of the section "%s" are those of its schema', async (heading, path, name) => {
  expect(documented(heading)).toEqual(declared(await schemaOf(path, name)));
});

test.each([
  ['Sandbox gateway', 'fleet/src/sandbox-gateway/main.ts'],
  ['Directory', 'fleet/src/directory/main.ts'],
])('the settings of the section "%s" are those that its process reads', (heading, path) => {
  const source = readFileSync(new URL(path, ROOT), 'utf8');
  const read = source.matchAll(/process\.env\['(\w+)'\]|(?:required|readSecret)\('(\w+)'\)/g);
  const names = new Set([...read].map(([, fromEnv = '', byName = '']) => fromEnv || byName));
  expect(Object.keys(documented(heading)).toSorted()).toEqual([...names].toSorted());
});

test('the flags of the launcher are those of its help', () => {
  const source = readFileSync(new URL('fleet/src/options.ts', ROOT), 'utf8');
  const help = source.slice(source.indexOf('HELP = `'));
  const flags = [...help.slice(0, help.indexOf('`;')).matchAll(/^ {2}(--[a-z-]+)/gm)];
  const named = Object.keys(documented('The launcher')).map((flag) => flag.split(' ')[0]);
  expect(named).toEqual(flags.map(([, flag]) => flag));
});
