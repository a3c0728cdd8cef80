import { createHash } from 'node:crypto';
import { AppError } from '@commerce/contracts/problems';

/** Pictures travel inside the feed as base64, whose text may have 65,536 characters. */
export const PICTURE_BYTES_MAX = 48 * 1024;

export const PICTURE_TYPES = ['image/svg+xml', 'image/png', 'image/jpeg', 'image/webp'] as const;
export type PictureType = (typeof PICTURE_TYPES)[number];

export interface Picture {
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string;
  readonly contentType: PictureType;
  readonly bytes: Buffer;
}

function isPictureType(text: string): text is PictureType {
  return (PICTURE_TYPES as readonly string[]).includes(text);
}

/** First bytes by which a browser tells the type, whatever the header says. */
function looksLike(type: Exclude<PictureType, 'image/svg+xml'>, bytes: Buffer): boolean {
  switch (type) {
    case 'image/png':
      return bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'));
    case 'image/jpeg':
      return bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'));
    case 'image/webp':
      return (
        bytes.subarray(0, 4).toString('latin1') === 'RIFF' &&
        bytes.subarray(8, 12).toString('latin1') === 'WEBP'
      );
  }
}

/**
 * What an SVG may not hold: it is shown in shops of every vendor, so whatever could run, load or
 * embed is refused instead of cleaned, as a cleaner that misses one case is worse than a refusal.
 */
const FORBIDDEN_IN_SVG: readonly (readonly [RegExp, string])[] = [
  [/<!(?:DOCTYPE|ENTITY|ATTLIST|ELEMENT)/i, 'a document type or entity'],
  [/<\?(?!xml[\s?])/i, 'a processing instruction'],
  [
    /<\s*(?:[\w-]+:)?(?:script|foreignObject|iframe|object|embed|image|feImage|use|a|audio|video|handler|listener|animate\w*|set|discard)[\s/>]/i,
    'an element that runs, loads or embeds something',
  ],
  [/[\s"'/]on[a-z]+\s*=/i, 'an event attribute'],
  [/(?:href|src)\s*=\s*(?:"(?!#)|'(?!#)|[^"'\s#])/i, 'a reference to something outside'],
  [/(?:url\s*\(\s*(?!["']?#)|@import|javascript:|data:)/i, 'a reference to something outside'],
  [/&#|\\[0-9a-f]/i, 'an escaped character, which could hide one of the above'],
];

function checkSvg(bytes: Buffer): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return 'It is not UTF-8.';
  }
  if (!/^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<svg[\s>]/.test(text)) {
    return 'It does not begin with an svg element.';
  }
  if (!/<\/svg>\s*$/.test(text)) return 'It does not end with the svg element.';
  const found = FORBIDDEN_IN_SVG.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : `It holds ${found[1]}.`;
}

/**
 * Takes bytes as a picture.
 * @param field named in the refusal
 * @throws AppError `unsupported-media-type`, `payload-too-large`, or `unprocessable` where the bytes
 *   are no such picture or an SVG that could do more than be drawn
 */
export function readPicture(contentType: string, bytes: Buffer, field: string): Picture {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!isPictureType(type)) {
    throw new AppError('unsupported-media-type', {
      field: 'content-type',
      detail: `Pictures are ${PICTURE_TYPES.join(', ')}.`,
    });
  }
  if (bytes.length > PICTURE_BYTES_MAX) {
    throw new AppError('payload-too-large', {
      field,
      detail: `A picture has at most ${PICTURE_BYTES_MAX} bytes.`,
    });
  }
  const reason =
    type === 'image/svg+xml'
      ? checkSvg(bytes)
      : looksLike(type, bytes)
        ? undefined
        : `It is not ${type}.`;
  if (reason !== undefined) throw new AppError('unprocessable', { field, detail: reason });
  return { hash: createHash('sha256').update(bytes).digest('hex'), contentType: type, bytes };
}
