import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleChange, sampleDeletion } from '@commerce/contracts/samples/catalog-documents';
import { blobName } from '@commerce/engines/blob/blob';
import { createFileBlobStore } from '@commerce/engines/blob/files/file-blob-store';
import {
  createTestDatabase,
  type TestDatabase,
} from '@commerce/engines/sql/embedded-postgres/test-cluster';
import { migrate, readMigrations } from '@commerce/engines/sql/migrations';
import { openPostgres } from '@commerce/engines/sql/postgres/postgres';
import type { Sql } from '@commerce/engines/sql/sql';
import { buildHttpApp, type HttpApp } from '@commerce/service/http/app';
import { createLogger } from '@commerce/service/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMedia, type Media, registerMediaRoutes } from './index.ts';

let database: TestDatabase;
let sql: Sql;
let folder: string;
let media: Media;
let app: HttpApp;

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
const hash = blobName(svg);
const document = { hash, contentType: 'image/svg+xml', base64: svg.toString('base64') };

async function applyMedia(changes: Parameters<Media['prepare']>[0]): Promise<void> {
  await media.prepare(changes);
  await sql.transaction('test.apply', (transaction) => media.apply(transaction, changes));
  media.applied(changes);
}

beforeAll(async () => {
  database = await createTestDatabase();
  sql = openPostgres({ connectionString: database.url, applicationName: 'media test' });
  const migrations = fileURLToPath(new URL('migrations', import.meta.url));
  await migrate(sql, await readMigrations('media', migrations));
  folder = await mkdtemp(path.join(tmpdir(), 'media-'));
  const log = createLogger('media test', 'silent');
  media = createMedia({ sql, blobs: createFileBlobStore({ folder }), log });
  const metrics = (): string => '';
  app = await buildHttpApp({ title: 'T', description: 'T', log, readiness: {}, metrics });
  registerMediaRoutes(app, { media });
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await sql.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

describe('a picture', () => {
  it('is served for ever under its hash, unable to run or load anything', async () => {
    await applyMedia([sampleChange(1, 'media', document)]);
    const answer = await app.inject(`/v1/media/${hash}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.rawPayload).toEqual(svg);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      etag: `"${hash}"`,
    });
    const headers = { 'if-none-match': `"${hash}"` };
    const again = await app.inject({ url: `/v1/media/${hash}`, headers });
    expect(again.statusCode).toBe(304);
    expect(again.body).toBe('');
  });

  it('is not found once it was deleted', async () => {
    await applyMedia([sampleChange(2, 'media', document)]);
    await applyMedia([sampleDeletion(3, 'media', hash)]);
    expect((await app.inject(`/v1/media/${hash}`)).statusCode).toBe(404);
  });

  it('is refused where its bytes are others than its name says, without stopping the rest', async () => {
    const wrong = { ...document, hash: 'b'.repeat(64) };
    await applyMedia([sampleChange(4, 'media', wrong), sampleChange(5, 'media', document)]);
    expect((await app.inject(`/v1/media/${wrong.hash}`)).statusCode).toBe(404);
    expect((await app.inject(`/v1/media/${hash}`)).statusCode).toBe(200);
  });

  it('has no other name', async () => {
    for (const name of ['x', '..%2f..%2fetc%2fpasswd', hash.toUpperCase(), `${hash}?w=1`]) {
      const answer = await app.inject(`/v1/media/${name}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().code).toBe('invalid-request');
    }
  });
});
