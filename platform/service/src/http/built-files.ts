import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from './app.ts';

/** A file of a build, with its compressed forms where there are any. */
interface BuiltFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

/** What a browser loads for an entry of a build. Addresses are from the root. */
export interface BuiltEntry {
  readonly script: string;
  readonly styles: readonly string[];
  /** Scripts that the entry imports. */
  readonly needs: readonly string[];
}

/** A build for browsers, held in memory: it is small, and a later build must not change it under us. */
export interface BuiltFiles {
  readonly entries: Readonly<Record<string, BuiltEntry>>;
  /** By address, such as `/assets/entry-a1b2c3.js`. */
  readonly files: ReadonlyMap<string, BuiltFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
};

interface ManifestEntry {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

/**
 * Reads a build: its manifest and everything below `assets/`.
 * @param folder the `client` folder of a site's `dist`
 * @throws Error where there is no build
 */
export function readBuiltFiles(folder: string): BuiltFiles {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Readonly<
    Record<string, ManifestEntry>
  >;
  const entries: Record<string, BuiltEntry> = {};
  for (const [source, entry] of Object.entries(manifest)) {
    if (entry.isEntry !== true) continue;
    entries[source] = {
      script: `/${entry.file}`,
      styles: (entry.css ?? []).map((file) => `/${file}`),
      needs: (entry.imports ?? []).flatMap((name) => {
        const file = manifest[name]?.file;
        return file === undefined ? [] : [`/${file}`];
      }),
    };
  }
  return { entries, files: readAssets(path.join(folder, 'assets')) };
}

function readAssets(folder: string): ReadonlyMap<string, BuiltFile> {
  const names = new Set(readdirSync(folder));
  const read = (name: string): Buffer | undefined =>
    names.has(name) ? readFileSync(path.join(folder, name)) : undefined;
  const files = new Map<string, BuiltFile>();
  for (const name of names) {
    const type = TYPES[path.extname(name)];
    const plain = read(name);
    if (type === undefined || plain === undefined) continue;
    files.set(`/assets/${name}`, { type, plain, br: read(`${name}.br`), gzip: read(`${name}.gz`) });
  }
  return files;
}

/** Names carry a hash of the content, so what a name stands for never changes. */
const FOREVER = 'public, max-age=31536000, immutable';

/** Adds `GET /assets/…`. What is not there is left to the app's answer for what is not found. */
export function registerBuiltFiles(app: HttpApp, { files }: BuiltFiles): void {
  app.get('/assets/:name', { schema: { hide: true } }, (request, reply) => {
    const file = files.get(`/assets/${(request.params as { readonly name: string }).name}`);
    if (file === undefined) return reply.callNotFound();
    return sendBuiltFile(request, reply, file);
  });
}

function sendBuiltFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, plain, br, gzip }: BuiltFile,
): FastifyReply {
  void reply
    .header('content-type', type)
    .header('cache-control', FOREVER)
    .header('vary', 'accept-encoding')
    .header('x-content-type-options', 'nosniff');
  const encoding = chooseEncoding(request.headers['accept-encoding']);
  if (encoding === 'br' && br !== undefined) return reply.header('content-encoding', 'br').send(br);
  if (encoding !== undefined && gzip !== undefined) {
    return reply.header('content-encoding', 'gzip').send(gzip);
  }
  return reply.send(plain);
}

/** The best encoding that a client takes; undefined where it takes none. A `q=0` refuses one. */
export function chooseEncoding(header: string | undefined): 'br' | 'gzip' | undefined {
  const taken = new Set(
    (header ?? '')
      .toLowerCase()
      .split(',')
      .map((item) => item.trim())
      .filter((item) => !/;\s*q=0(?:\.0*)?$/.test(item))
      .map((item) => item.split(';')[0]?.trim()),
  );
  if (taken.has('br')) return 'br';
  return taken.has('gzip') ? 'gzip' : undefined;
}
