import { createServer } from 'node:net';
import lighthouse from 'lighthouse';
import { chromium } from 'playwright-core';
import { chromiumOptions } from './browser.ts';

/** What Lighthouse finds on a page, as a phone would show it. */
export interface PageAudit {
  /** Scores of 0 to 100, by category. */
  readonly scores: Readonly<Record<string, number>>;
  /** Audits of the categories that are not fulfilled. */
  readonly failed: readonly string[];
}

/** Categories that say the same on a busy machine; the score of performance is for `npm run bench`. */
const CATEGORIES = ['accessibility', 'best-practices', 'seo'];

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

/** Loads a page in a Chromium of its own and judges it. @throws Error where it can't be loaded */
export async function auditPage(url: string): Promise<PageAudit> {
  const port = await findFreePort();
  const options = chromiumOptions();
  const browser = await chromium.launch({
    ...options,
    args: [...options.args, `--remote-debugging-port=${port}`],
  });
  try {
    const run = await lighthouse(url, { port, logLevel: 'silent', onlyCategories: CATEGORIES });
    if (run === undefined) throw new Error(`Lighthouse said nothing about ${url}`);
    const { categories, audits, runtimeError } = run.lhr;
    if (runtimeError !== undefined) throw new Error(runtimeError.message);
    return {
      scores: Object.fromEntries(
        Object.entries(categories).map(([name, { score }]) => [
          name,
          Math.round((score ?? 0) * 100),
        ]),
      ),
      failed: Object.values(audits)
        .filter(({ score, scoreDisplayMode }) => scoreDisplayMode === 'binary' && score === 0)
        .map(({ id }) => id),
    };
  } finally {
    await browser.close();
  }
}
