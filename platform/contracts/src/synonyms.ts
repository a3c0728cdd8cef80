import { readdirSync, readFileSync } from 'node:fs';

/**
 * Words that shoppers use for the same thing. Each language is a file in `data/synonyms`: adding a word is
 * adding it to a group there.
 */

interface SynonymFile {
  readonly language: string;
  /** Each word of a group is found by the others; single words, as they are written. */
  readonly groups: readonly (readonly string[])[];
}

const folder = new URL('../data/synonyms/', import.meta.url);
const groups: ReadonlyMap<string, SynonymFile['groups']> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as SynonymFile)
    .map((file) => [file.language, file.groups]),
);

/** The groups of a language (BCP 47); none where it has no file. */
export function synonymGroups(language: string): readonly (readonly string[])[] {
  return groups.get(language) ?? [];
}

/** Languages that have synonyms. */
export function languagesWithSynonyms(): readonly string[] {
  return [...groups.keys()].toSorted();
}
