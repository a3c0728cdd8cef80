/** As much as the catalogue takes: pictures travel inside its feed. */
const BYTES_MAX = 48 * 1024;
const TAKEN_AS_IS: ReadonlySet<string> = new Set([
  'image/svg+xml',
  'image/png',
  'image/jpeg',
  'image/webp',
]);
/** Longest sides and qualities that are tried, the best first. */
const SIDES = [1_200, 1_000, 800, 640, 480, 320] as const;
const QUALITIES = [0.86, 0.74, 0.6] as const;

export interface FittedPicture {
  readonly data: Blob;
  readonly width: number;
  readonly height: number;
}

async function loadImage(file: Blob): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function encode(
  image: HTMLImageElement,
  size: { readonly width: number; readonly height: number },
  quality: number,
): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  canvas.getContext('2d')?.drawImage(image, 0, 0, size.width, size.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/webp', quality));
}

/**
 * A picture as the catalogue takes it: as it is where it is small enough, else smaller and as WebP.
 * @throws Error where it is no picture, or can't be made small enough
 */
export async function fitPicture(file: Blob): Promise<FittedPicture> {
  const image = await loadImage(file);
  // A drawing without a size of its own has none to give.
  const naturalWidth = image.naturalWidth || 1_000;
  const naturalHeight = image.naturalHeight || 1_000;
  if (file.size <= BYTES_MAX && TAKEN_AS_IS.has(file.type)) {
    return { data: file, width: naturalWidth, height: naturalHeight };
  }
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(naturalWidth, naturalHeight));
    const width = Math.max(1, Math.round(naturalWidth * scale));
    const height = Math.max(1, Math.round(naturalHeight * scale));
    for (const quality of QUALITIES) {
      const data = await encode(image, { width, height }, quality);
      if (data !== null && data.size <= BYTES_MAX) return { data, width, height };
    }
  }
  throw new Error('the picture can not be made small enough');
}
