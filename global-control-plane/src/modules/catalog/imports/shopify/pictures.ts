import type { CsvRecord } from '../csv-records.ts';
import type { RowReader } from './rows.ts';

/**
 * Pictures that a file names by address. The address is never fetched: an address of a vendor's choice
 * would let them reach what only our own machines reach. It is the name of a picture that was uploaded.
 */

export interface PictureSource {
  /** As the file has it. */
  readonly address: string;
  /** Last part of the address: the name that a picture is uploaded under. */
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

const PICTURES_MAX = 50;
const NAME_CHARS_MAX = 200;
const TEXT_CHARS_MAX = 512;

/** The file name in an address, without query and folders; empty where there is none. */
export function pictureName(address: string): string {
  const path = address.replace(/[?#].*$/s, '').replace(/\/+$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name).toLowerCase().slice(-NAME_CHARS_MAX);
  } catch {
    return name.toLowerCase().slice(-NAME_CHARS_MAX);
  }
}

/** The pictures of a product's rows, each once, by their position and then as they come. */
export function readPictures(reader: RowReader, rows: readonly CsvRecord[]): PictureSource[] {
  const found = new Map<string, PictureSource & { readonly position: number }>();
  for (const row of rows) {
    for (const field of ['picture', 'variantPicture'] as const) {
      const address = reader.text(row, field);
      if (address === '' || found.has(address)) continue;
      const name = pictureName(address);
      if (name === '') {
        reader.warn(row, field, 'picture-unknown', `"${address.slice(0, 80)}" names no picture.`);
        continue;
      }
      const position = Number(reader.text(row, 'picturePosition'));
      found.set(address, {
        address,
        name,
        text: reader.text(row, 'pictureText').slice(0, TEXT_CHARS_MAX),
        line: row.line,
        position: field === 'picture' && position > 0 ? position : Number.MAX_SAFE_INTEGER,
      });
    }
  }
  const pictures = [...found.values()].toSorted((a, b) => a.position - b.position);
  if (pictures.length > PICTURES_MAX) {
    const [row] = rows;
    const detail = `Of ${pictures.length} pictures the first ${PICTURES_MAX} are kept.`;
    if (row) reader.warn(row, 'picture', 'pictures-cut', detail);
  }
  return pictures
    .slice(0, PICTURES_MAX)
    .map(({ address, name, text, line }) => ({ address, name, text, line }));
}
