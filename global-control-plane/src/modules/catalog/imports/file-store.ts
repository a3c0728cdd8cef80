import { type SqlReader, statement } from '@commerce/engines/sql/sql';

/** SQL of the files of imports, in chunks that a row holds well. */

export const CHUNK_BYTES = 256 * 1024;

const insertChunk = statement(
  'imports.write_chunk',
  `INSERT INTO catalog_import_chunks (import_id, number, bytes) VALUES ($1, $2, $3)
   ON CONFLICT (import_id, number) DO UPDATE SET bytes = excluded.bytes`,
);
export const writeChunk = (sql: SqlReader, fileId: string, number: number, bytes: Uint8Array) =>
  sql.query(insertChunk, [fileId, number, bytes]);

const readChunk = statement<{ bytes: Uint8Array }>(
  'imports.read_chunk',
  'SELECT bytes FROM catalog_import_chunks WHERE import_id = $1 AND number = $2',
);

/**
 * The bytes of a file, one chunk in memory at a time.
 * @throws Error where fewer are there than were received: half a file must not pass for one
 */
export async function* readFile(
  sql: SqlReader,
  fileId: string,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for (let number = 0; ; number += 1) {
    const [chunk] = await sql.query(readChunk, [fileId, number]);
    if (chunk === undefined) break;
    read += chunk.bytes.length;
    yield chunk.bytes;
  }
  if (read !== bytes) throw new Error(`the file ${fileId} has ${read} of its ${bytes} bytes`);
}

const deleteChunks = statement(
  'imports.delete_chunks',
  'DELETE FROM catalog_import_chunks WHERE import_id = $1',
);
export const deleteFile = (sql: SqlReader, fileId: string) => sql.query(deleteChunks, [fileId]);

const forget = statement<{ id: string; file_id: string | null }>(
  'imports.forget_files',
  `UPDATE catalog_imports SET file_kept = false
   WHERE id IN (
     SELECT id FROM catalog_imports
     WHERE file_kept AND finished_at < $1
       AND state IN ('completed', 'failed', 'cancelled', 'interrupted')
     ORDER BY id LIMIT $2
   ) RETURNING id, file_id`,
);
/** Marks the files of imports that ended before a time as gone; returns the files. */
export const forgetFiles = async (sql: SqlReader, before: Date, limit: number) =>
  (await sql.query(forget, [before, limit])).map((row) => row.file_id ?? row.id);
