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

/** Paper backdrops of a photographer's studio: [wall, floor]. Quiet, so that the product is seen. */
const STUDIOS: readonly (readonly [wall: string, floor: string])[] = [
  ['#f1ebe1', '#e2d6c4'],
  ['#e8ece6', '#d3dbd0'],
  ['#ece9f0', '#d9d3e0'],
  ['#f3e9e3', '#e6d2c6'],
  ['#e6ecf0', '#cfdae2'],
  ['#f2ede0', '#e4dabb'],
  ['#efe6e6', '#dfcdcf'],
  ['#e5ebe9', '#c9d8d4'],
];

/** Where wall and floor meet, in percent from the top; paper has no edge there. */
const HORIZON = [66, 80] as const;

/** The room behind the product: paper, and light from a window on the left or the right. */
function drawRoom([wall, floor]: readonly [string, string], lightX: number): string {
  return (
    `<linearGradient id="w" x2="0" y2="1"><stop stop-color="${mixColours(wall, '#ffffff', 0.35)}"/>` +
    `<stop offset=".${HORIZON[0]}" stop-color="${wall}"/><stop offset=".${HORIZON[1]}" stop-color="${floor}"/>` +
    `<stop offset="1" stop-color="${mixColours(floor, '#ffffff', 0.3)}"/></linearGradient>` +
    `<radialGradient id="l" cx="${lightX}%" cy="12%" r="75%"><stop stop-color="#fff" stop-opacity=".75"/>` +
    `<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>` +
    `<radialGradient id="s"><stop stop-color="#1c1712" stop-opacity=".38"/>` +
    `<stop offset=".55" stop-color="#1c1712" stop-opacity=".14"/>` +
    `<stop offset="1" stop-color="#1c1712" stop-opacity="0"/></radialGradient>`
  );
}

/** How the product stands: how large, and turned by how many degrees. */
interface Pose {
  readonly scale: number;
  readonly tilt: number;
  /** Where its middle is, in percent. */
  readonly middle: readonly [x: number, y: number];
}

/**
 * Draws a product as an SVG of at most 2 KB: in a studio's light, the silhouette of its kind in the
 * given colour. The same stream of random numbers gives the same bytes.
 * @throws RangeError where there is no silhouette for the kind.
 */
export function drawPicture(kind: string, title: string, colour: string, random: Random): string {
  const silhouette = SILHOUETTES[kind];
  if (silhouette === undefined) throw new RangeError(`there is no silhouette of a ${kind}`);
  const studio = STUDIOS[random.integer(0, STUDIOS.length - 1)] as readonly [string, string];
  const lightX = random.integer(0, 1) === 0 ? random.integer(10, 30) : random.integer(70, 90);
  const pose: Pose = { scale: 0.86, tilt: random.integer(-2, 2), middle: [50, 48] };
  const size = PICTURE_SIZE;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="${size}" height="${size}" role="img">` +
    `<title>${escapeXml(title)}</title>` +
    `<defs>${drawRoom(studio, lightX)}${drawPaint(colour, lightX)}</defs>` +
    `<rect width="100" height="100" fill="url(#w)"/><rect width="100" height="100" fill="url(#l)"/>` +
    drawProduct(silhouette, colour, pose, lightX) +
    `</svg>`
  );
}

/** The product's own colour, lit from the window's side. */
function drawPaint(colour: string, lightX: number): string {
  const [from, to] = lightX < 50 ? [0, 1] : [1, 0];
  return (
    `<linearGradient id="p" x1="${from}" y1="0" x2="${to}" y2="1">` +
    `<stop stop-color="${mixColours(colour, '#ffffff', 0.32)}"/>` +
    `<stop offset=".45" stop-color="${colour}"/>` +
    `<stop offset="1" stop-color="${mixColours(colour, '#14100c', 0.34)}"/></linearGradient>`
  );
}

function drawProduct(
  silhouette: string,
  colour: string,
  { scale, tilt, middle: [x, y] }: Pose,
  lightX: number,
): string {
  const dark = mixColours(colour, '#14100c', 0.42);
  const light = mixColours(colour, '#ffffff', 0.5);
  const edge = mixColours(colour, '#14100c', 0.5);
  const drawing = silhouette.replaceAll('"D"', `"${dark}"`).replaceAll('"L"', `"${light}"`);
  // It falls to the side that the window is not on.
  const shadowX = x + (lightX < 50 ? 4 : -4);
  return (
    `<ellipse cx="${shadowX}" cy="${y + 34}" rx="34" ry="5.5" fill="url(#s)"/>` +
    `<g transform="translate(${x} ${y}) scale(${scale}) rotate(${tilt}) translate(-50 -50)" fill="url(#p)" ` +
    `stroke="${edge}" stroke-width=".7" stroke-linejoin="round" stroke-linecap="round">${drawing}</g>`
  );
}
