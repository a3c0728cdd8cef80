import { readFileSync } from 'node:fs';
import type { Static, TObject } from 'typebox';
import Value from 'typebox/value';
import { StartupFault } from '../part.ts';

/**
 * Reads a deployable's configuration from the environment by its schema: one schema names every
 * setting, its type and its default. A wrong or missing setting stops the start with one line.
 */
export function loadConfig<Schema extends TObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Static<Schema> {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(schema.properties)) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const converted = Value.Convert(schema, Value.Default(schema, given));
  if (Value.Check(schema, converted)) return converted;
  const first = Value.Errors(schema, converted)[0];
  const missing = Object.keys(schema.properties).find(
    (name) =>
      schema.required?.includes(name) === true &&
      given[name] === undefined &&
      (converted as Record<string, unknown>)[name] === undefined,
  );
  if (missing !== undefined) {
    throw new StartupFault(
      `The setting ${missing} is missing.`,
      `Set ${missing} in the environment.`,
    );
  }
  const name = first?.instancePath.slice(1) ?? 'a setting';
  throw new StartupFault(
    `The setting ${name} is wrong: it ${first?.message ?? 'does not fit its schema'}.`,
    `Correct ${name} in the environment.`,
  );
}

/**
 * Reads a secret from the file that a `*_FILE` setting names.
 * @returns its text without white space around it
 * @throws StartupFault where the file can't be read or is empty
 */
export function readSecretFile(setting: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new StartupFault(
      `The file that ${setting} names can not be read (${(error as NodeJS.ErrnoException).code}).`,
      `Let ${setting} name a file that this user can read.`,
    );
  }
  if (text === '') {
    throw new StartupFault(`The file that ${setting} names is empty.`, 'Write the secret into it.');
  }
  return text;
}

/** Reads a key of random bytes, written in hex. */
export function readKeyFile(setting: string, path: string): Uint8Array {
  const text = readSecretFile(setting, path);
  if (!/^(?:[0-9a-f]{2}){32,}$/i.test(text)) {
    throw new StartupFault(
      `The file that ${setting} names holds no key of at least 32 bytes in hex.`,
      'Write one, for example with `openssl rand -hex 32`.',
    );
  }
  return Buffer.from(text, 'hex');
}

/**
 * Reads a JSON document, such as a key set, from the file that a setting names.
 * @throws StartupFault where the file can't be read or is no JSON
 */
export function readJsonFile<Document>(setting: string, path: string): Document {
  const text = readSecretFile(setting, path);
  try {
    return JSON.parse(text) as Document;
  } catch {
    throw new StartupFault(`The file that ${setting} names is no JSON.`, 'Write it anew.');
  }
}
