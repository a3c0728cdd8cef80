import en from '../messages/en.json' with { type: 'json' };

/** Names of all messages. English has every one of them. */
export type MessageKey = keyof typeof en;
export type Messages = Readonly<Partial<Record<MessageKey, string>>>;

const FILE = /\/([\w-]+)\.json$/;

const loaders: ReadonlyMap<string, () => Promise<Messages>> = new Map(
  Object.entries(import.meta.glob<Messages>('../messages/*.json', { import: 'default' })).map(
    ([path, load]) => [FILE.exec(path)?.[1] ?? '', load],
  ),
);

/** Languages that the console speaks, by BCP 47 tag: one file of messages is one language. */
export const languageTags: readonly string[] = [...loaders.keys()].toSorted();

/** Languages that are written from right to left. */
const RIGHT_TO_LEFT: ReadonlySet<string> = new Set('ar ckb dv fa he ps sd ug ur yi'.split(' '));

export function directionOf(tag: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(tag.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

/** The best of our languages for a list of wished ones, such as the browser's; English at worst. */
export function chooseLanguage(wished: readonly string[], known = languageTags): string {
  for (const tag of wished) {
    const parts = tag.split('-');
    for (let length = parts.length; length > 0; length -= 1) {
      const shortened = parts.slice(0, length).join('-');
      const found = known.find((one) => one.toLowerCase() === shortened.toLowerCase());
      if (found !== undefined) return found;
    }
  }
  return 'en';
}

/** Messages of a language; what it lacks is there in English. */
export async function loadMessages(tag: string): Promise<Record<MessageKey, string>> {
  return { ...en, ...(await loaders.get(tag)?.()) };
}
