import { Parser } from 'htmlparser2';

/**
 * Turns the HTML of a product's description into text. The shop shows text only, so nothing of a vendor's
 * markup ever runs or loads in a shopper's browser: there is no list of dangerous tags that could lack one.
 */

/** Elements whose content is no text for people. */
const SILENT: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'svg',
  'math',
  'head',
  'title',
]);
/** Elements that stand on lines of their own. */
const BLOCKS: ReadonlySet<string> = new Set(
  'p div section article header footer ul ol table tr h1 h2 h3 h4 h5 h6 blockquote pre figure dl'.split(
    ' ',
  ),
);

/** The text of HTML: paragraphs on lines of their own, items of lists after a bullet. */
export function textOfHtml(html: string): string {
  if (!/[<&]/.test(html)) return tidy(html);
  const parts: string[] = [];
  let silent = 0;
  const parser = new Parser(
    {
      onopentagname(name) {
        if (SILENT.has(name)) silent += 1;
        else if (name === 'br') parts.push('\n');
        else if (name === 'li') parts.push('\n• ');
        else if (name === 'td' || name === 'th') parts.push(' ');
        else if (BLOCKS.has(name)) parts.push('\n\n');
      },
      ontext(text) {
        // Line ends of the source are spaces, as a browser has it.
        if (silent === 0) parts.push(text.replace(/\s+/g, ' '));
      },
      onclosetag(name) {
        if (SILENT.has(name)) silent = Math.max(0, silent - 1);
        else if (BLOCKS.has(name)) parts.push('\n\n');
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);
  return tidy(parts.join(''));
}

/** Without spaces at the ends of lines and without more than one blank line. */
function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n\n(?=• )/g, '\n')
    .trim();
}

/** Cuts a text at a word's end, and says so with an ellipsis. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const cut = text.slice(0, charsMax - 1);
  const space = cut.search(/\s\S*$/);
  return `${(space > charsMax / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
