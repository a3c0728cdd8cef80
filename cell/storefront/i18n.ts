import { type I18n, setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { languageChain } from '@commerce/contracts/languages';
import type root from './messages/en.json';

/** Names of all texts: those of the English catalogue, which is complete by definition. */
export type MessageKey = keyof typeof root;
export type MessageValues = Readonly<Record<string, string | number>>;
export type Translate = (key: MessageKey, values?: MessageValues) => string;

/** A catalogue of compiled messages, as it is sent to a script that needs some of them. */
export type CompiledMessages = Parameters<I18n['load']>[1];

/** One file for each language: adding a file adds the language's texts. */
const catalogues = import.meta.glob<Readonly<Record<string, string>>>('./messages/*.json', {
  eager: true,
  import: 'default',
});

/** Languages that have a catalogue of their own. In others the texts are those of their fallbacks. */
export const TRANSLATED: readonly string[] = Object.keys(catalogues)
  .map((file) => file.slice('./messages/'.length, -'.json'.length))
  .toSorted();

const compiled = new Map<string, CompiledMessages>();

/**
 * The texts of a language, each along the language's fallbacks, so that a catalogue that lacks a text
 * shows the next best language's and never a key.
 */
export function messagesOf(language: string): CompiledMessages {
  let messages = compiled.get(language);
  if (messages === undefined) {
    const texts: Record<string, string> = {};
    for (const tag of languageChain(language).toReversed()) {
      Object.assign(texts, catalogues[`./messages/${tag}.json`]);
    }
    messages = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, compileMessage(text)]),
    );
    compiled.set(language, messages);
  }
  return messages;
}

/** Makes the function that gives a language's texts. */
export function translatorOf(language: string, messages = messagesOf(language)): Translate {
  const i18n = setupI18n({ locale: language, messages: { [language]: messages } });
  return (key, values) => i18n._(key, values);
}
