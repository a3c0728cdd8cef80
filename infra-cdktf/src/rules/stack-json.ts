import type { SynthesisedStack } from '../stacks/synthesise.ts';

/** A resource as it stands in a synthesised stack. */
export interface StackResource {
  readonly stack: string;
  readonly type: string;
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Something that must not be deployed. */
export interface Violation {
  readonly rule: string;
  readonly where: string;
  readonly what: string;
}

interface StackDocument {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
}

/** All resources of a stack, in the order of the document. */
export function resourcesOf({ name: stack, json }: SynthesisedStack): readonly StackResource[] {
  const { resource = {} } = JSON.parse(json) as StackDocument;
  return Object.entries(resource).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, values]) => ({ stack, type, name, values })),
  );
}

/** Where a finding is, for people: `cell-eu-de-1 azurerm_key_vault.vault`. */
export function placeOf({ stack, type, name }: StackResource): string {
  return `${stack} ${type}.${name}`;
}

/** Every text in a value, with its path. */
export function textsOf(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Value at a path of keys, of which numbers are indices. */
export function valueAt(values: Readonly<Record<string, unknown>>, path: string): unknown {
  let found: unknown = values;
  for (const key of path.split('.')) {
    if (found === null || typeof found !== 'object') return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
