import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportView } from '@commerce/contracts/catalog-imports';
import type { Problem } from '@commerce/contracts/problems';
import { OptionFault } from '../options.ts';
import type { ImportCommand } from './options.ts';

/** Speaks with the control plane about an import. Every refusal is one line for a person. */

export interface ImportClient {
  /** Sends the file. */
  start(onSent: (bytes: number, of: number) => void): Promise<ImportView>;
  find(id: string): Promise<ImportView>;
  /** Writes all findings to a file. */
  saveFindings(id: string, file: string): Promise<void>;
}

/** An access token lives for minutes, and an import may take longer: sign in anew when it is refused. */
export async function connect(command: ImportCommand): Promise<ImportClient> {
  const { url, file, query, email, password } = command;
  let token = '';

  const send = async (path: string, init: RequestInit & { duplex?: 'half' }): Promise<Response> => {
    try {
      return await fetch(`${url}${path}`, init);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      const reason = code === undefined ? (error as Error).message : code;
      throw new OptionFault(
        `No control plane answers at ${url} (${reason}). Start the fleet with "npm start", or say where it is with --port or --url.`,
      );
    }
  };
  const signIn = async (): Promise<void> => {
    const answer = await send('/v1/sessions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    if (!answer.ok) {
      const detail = await readProblem(answer);
      throw new OptionFault(
        `${email} can not sign in: ${detail} Set COMMERCE_EMAIL and COMMERCE_PASSWORD.`,
      );
    }
    token = ((await answer.json()) as { accessToken: string }).accessToken;
  };
  const get = async (path: string): Promise<Response> => {
    const ask = () => send(path, { headers: { authorization: `Bearer ${token}` } });
    let answer = await ask();
    if (answer.status === 401) {
      await signIn();
      answer = await ask();
    }
    if (!answer.ok) throw new OptionFault(await readProblem(answer));
    return answer;
  };

  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) throw new OptionFault(`There is no file ${file}.`);
  await signIn();
  return Object.freeze({
    async start(onSent) {
      let sent = 0;
      const body = createReadStream(file).on('data', (chunk) => {
        sent += chunk.length;
        onSent(sent, found.size);
      });
      const answer = await send(`/v1/catalog/imports?${new URLSearchParams(query).toString()}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
        body: Readable.toWeb(body) as unknown as ReadableStream,
        duplex: 'half',
      });
      if (!answer.ok) throw new OptionFault(await readProblem(answer));
      return (await answer.json()) as ImportView;
    },
    async find(id) {
      return (await (await get(`/v1/catalog/imports/${id}`)).json()) as ImportView;
    },
    async saveFindings(id, target) {
      const answer = await get(`/v1/catalog/imports/${id}/errors.csv`);
      const body = answer.body as unknown as Parameters<typeof Readable.fromWeb>[0];
      await pipeline(Readable.fromWeb(body), createWriteStream(target));
    },
  } satisfies ImportClient);
}

async function readProblem(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  const field = problem.field === undefined ? '' : ` (${problem.field})`;
  return `${problem.detail ?? problem.title ?? `the answer is ${answer.status}`}${field}`;
}
