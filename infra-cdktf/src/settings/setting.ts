/** How a deployable's setting gets its value. */
export type Setting =
  | { readonly kind: 'value'; readonly value: string }
  /** A `…_FILE` setting: the secret of this name, mounted as a file from the unit's own key vault. */
  | { readonly kind: 'secret'; readonly secret: string }
  /** Left to its default, and why that is right. */
  | { readonly kind: 'unset'; readonly reason: string };

/** Folder in which secrets are mounted, by their names. */
export const KEYS_FOLDER = '/keys';

/** Folder of what the settings refer to and anybody may read. */
export const CONFIG_FOLDER = '/config';

/** The one folder that a process may write to. */
export const DATA_FOLDER = '/data';

export function value(text: string | number): Setting {
  return { kind: 'value', value: String(text) };
}

/** @param name one of `secrets.ts` */
export function secret(name: string): Setting {
  return { kind: 'secret', secret: name };
}

export function unset(reason: string): Setting {
  return { kind: 'unset', reason };
}

/** The environment that a process is started with. Holds paths of secrets, never a secret. */
export function toEnvironment(
  settings: Readonly<Record<string, Setting>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, setting]): [string, string][] => {
      if (setting.kind === 'unset') return [];
      if (setting.kind === 'secret') return [[name, `${KEYS_FOLDER}/${setting.secret}`]];
      return [[name, setting.value]];
    }),
  );
}

/** Names of the secrets that a unit has to have in its vault, each once, in order. */
export function secretsOf(settings: Readonly<Record<string, Setting>>): readonly string[] {
  const names = Object.values(settings).flatMap((each) =>
    each.kind === 'secret' ? [each.secret] : [],
  );
  return [...new Set(names)].toSorted();
}
