/**
 * Cuts JSON text that the database has written, without parsing what is in it: a 64-bit number or a
 * microsecond would be lost in JavaScript. Only where things begin and end is looked for.
 */

/** Text that is not what the database writes; the record that holds it can't be applied. */
export class ScanError extends Error {
  override readonly name = 'ScanError';
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = new Set([123, 91]);
const CLOSE = new Set([125, 93]);
const COMMA = 44;
const COLON = 58;

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** @returns index after the string that begins at `from` */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new ScanError('a string has no end');
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
    // A quotation mark after an odd number of backslashes is part of the string.
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

/** @returns index after the value that begins at `from` */
function endOfValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return endOfString(text, from);
  let at = from;
  if (!OPEN.has(first)) {
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === COMMA || CLOSE.has(code) || isSpace(code)) break;
      at += 1;
    }
    if (at === from) throw new ScanError('a value is missing');
    return at;
  }
  let depth = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else {
      if (OPEN.has(code)) depth += 1;
      else if (CLOSE.has(code)) depth -= 1;
      else if (Number.isNaN(code)) throw new ScanError('the text ends within a value');
      at += 1;
      if (depth === 0) return at;
    }
  }
}

/** The elements of a JSON array, as text. */
export function splitArray(text: string): string[] {
  const elements: string[] = [];
  let at = skipSpaces(text, 0);
  if (text[at] !== '[') throw new ScanError('the text is no array');
  at = skipSpaces(text, at + 1);
  if (text[at] === ']') return elements;
  for (;;) {
    const end = endOfValue(text, at);
    elements.push(text.slice(at, end));
    at = skipSpaces(text, end);
    if (text[at] === ']') return elements;
    if (text.charCodeAt(at) !== COMMA) throw new ScanError('elements are not separated');
    at = skipSpaces(text, at + 1);
  }
}

/**
 * The members of a JSON object, as text: names without their quotation marks, values as they are.
 * Names are those of columns and of our own fields, which hold nothing to escape.
 */
export function splitObject(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipSpaces(text, 0);
  if (text[at] !== '{') throw new ScanError('the text is no object');
  at = skipSpaces(text, at + 1);
  if (text[at] === '}') return members;
  for (;;) {
    if (text.charCodeAt(at) !== QUOTE) throw new ScanError('a name is missing');
    const nameEnd = endOfString(text, at);
    const name = text.slice(at + 1, nameEnd - 1);
    at = skipSpaces(text, nameEnd);
    if (text.charCodeAt(at) !== COLON) throw new ScanError('a value is missing');
    at = skipSpaces(text, at + 1);
    const end = endOfValue(text, at);
    members.set(name, text.slice(at, end));
    at = skipSpaces(text, end);
    if (text[at] === '}') return members;
    if (text.charCodeAt(at) !== COMMA) throw new ScanError('members are not separated');
    at = skipSpaces(text, at + 1);
  }
}
