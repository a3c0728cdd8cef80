import type { Random } from './random.ts';
import { SILHOUETTES } from './silhouettes.ts';

/** Width and height of every drawn picture, in pixels. */
export const PICTURE_SIZE = 800;

const XML_ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => XML_ENTITIES[character] ?? character);
}

/** Mixes two colours (`#rrggbb`); a share of 0 gives the first, of 1 the second. */
function mixColours(first: string, second: string, share: number): string {
  const from = Number.parseInt(first.slice(1), 16);
  const to = Number.parseInt(second.slice(1), 16);
  let mixed = 0;
  for (const shift of [16, 8, 0]) {
    const start = (from >> shift) & 255;
    const end = (to >> shift) & 255;
    mixed |= Math.round(start + (end - start) * share) << shift;
  }
  return `#${mixed.toString(16).padStart(6, '0')}`;
}

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round(hue) % 360} ${saturation}% ${lightness}%)`;
}

/** Soft shapes behind the product: no two backgrounds are alike. */
function drawBackdrop(hue: number, random: Random): string {
  const blobs = Array.from({ length: random.integer(2, 4) }, () => {
    const tint = hsl(hue + random.integer(-50, 50), 70, random.integer(78, 92));
    const x = random.integer(0, 100);
    const y = random.integer(0, 100);
    return `<circle cx="${x}" cy="${y}" r="${random.integer(14, 42)}" fill="${tint}" opacity=".55"/>`;
  });
  return blobs.join('');
}

/**
 * Draws a product as an SVG of at most 2 KB: a gradient and soft shapes behind the silhouette of its
 * kind in the given colour. The same stream of random numbers gives the same bytes.
 * @throws RangeError where there is no silhouette for the kind.
 */
export function drawPicture(kind: string, title: string, colour: string, random: Random): string {
  const silhouette = SILHOUETTES[kind];
  if (silhouette === undefined) throw new RangeError(`there is no silhouette of a ${kind}`);
  const hue = random.integer(0, 359);
  const dark = mixColours(colour, '#14141c', 0.45);
  const light = mixColours(colour, '#ffffff', 0.55);
  const drawing = silhouette.replaceAll('"D"', `"${dark}"`).replaceAll('"L"', `"${light}"`);
  const angle = random.integer(0, 90);
  const tilt = random.integer(-6, 6);
  const size = PICTURE_SIZE;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="${size}" height="${size}" role="img">` +
    `<title>${escapeXml(title)}</title>` +
    `<defs><linearGradient id="b" gradientTransform="rotate(${angle})">` +
    `<stop stop-color="${hsl(hue, 55, 94)}"/><stop offset="1" stop-color="${hsl(hue + 40, 60, 80)}"/>` +
    `</linearGradient><linearGradient id="p" x2="0" y2="1"><stop stop-color="${mixColours(colour, '#ffffff', 0.18)}"/>` +
    `<stop offset="1" stop-color="${mixColours(colour, '#14141c', 0.12)}"/></linearGradient></defs>` +
    `<rect width="100" height="100" fill="url(#b)"/>${drawBackdrop(hue, random)}` +
    `<ellipse cx="50" cy="88" rx="30" ry="4" fill="#14141c" opacity=".14"/>` +
    `<g transform="rotate(${tilt} 50 50)" fill="url(#p)" stroke="${dark}" stroke-width="1.2" stroke-linejoin="round" stroke-linecap="round">` +
    `${drawing}</g></svg>`
  );
}
