import { measureCpu } from '../cpu.ts';
import { median, quantile } from '../driver.ts';
import { type BenchContext, type Measurement, ROUNDS, type Suite } from '../suite.ts';

/** The storefront's pages as a browser gets them: through the router, compressed, to their last byte. */

const P95_MS_MAX = 60;
const WARM_UP_REQUESTS = 40;
const REQUESTS = 150;

interface PageKind {
  readonly name: string;
  readonly paths: readonly string[];
  readonly hasGoal: boolean;
}

function pageKinds(handles: readonly string[]): readonly PageKind[] {
  const categories = ['home', 'kitchen', 'clothing', 'lighting', 'electronics', 'outdoor'];
  return [
    {
      name: 'category page with two facets',
      hasGoal: true,
      // Each address is new to every cache: the price is a little higher each time.
      paths: Array.from({ length: REQUESTS + WARM_UP_REQUESTS }, (_, index) => {
        const category = categories[index % categories.length] as string;
        return `/en/categories/${category}?f.feature=repairable&f.feature=gift&f.vendor=nordlicht&f.vendor=casa-olmo&max=${500 + index}`;
      }),
    },
    {
      name: 'product page',
      hasGoal: false,
      paths: handles.map((handle) => `/en/products/${handle}`),
    },
    { name: 'home page', hasGoal: false, paths: ['/en/'] },
  ];
}

interface Times {
  readonly samplesMs: readonly number[];
  readonly bytes: number;
}

/** Reads pages one after the other, as one shopper whom the router knows. */
async function readPages(
  origin: string,
  cookie: string,
  paths: readonly string[],
  count: number,
): Promise<Times> {
  const samplesMs: number[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const begunAt = performance.now();
    const answer = await fetch(origin + (paths[index % paths.length] as string), {
      headers: { cookie, accept: 'text/html', 'accept-encoding': 'br', 'x-client-country': 'DE' },
    });
    const text = await answer.text();
    samplesMs.push(performance.now() - begunAt);
    bytes += text.length;
    if (answer.status !== 200 || !text.includes('</body>')) {
      throw new Error(`${answer.url} was answered with ${answer.status}`);
    }
  }
  return { samplesMs, bytes: bytes / count };
}

async function measureKind(
  { fleet, say }: BenchContext,
  kind: PageKind,
  cookie: string,
): Promise<Measurement> {
  const origin = `http://127.0.0.1:${fleet.routerPort}`;
  const { pids } = fleet;
  await readPages(origin, cookie, kind.paths, WARM_UP_REQUESTS);
  const rounds: {
    p50Ms: number;
    p95Ms: number;
    p99Ms: number;
    cpu: Readonly<Record<string, number>>;
  }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { result, cpuMs } = await measureCpu({ cell: pids.cell, PostgreSQL: pids.postgres }, () =>
      readPages(origin, cookie, kind.paths.slice(WARM_UP_REQUESTS).concat(kind.paths), REQUESTS),
    );
    const sorted = result.samplesMs.toSorted((a, b) => a - b);
    rounds.push({
      p50Ms: quantile(sorted, 0.5),
      p95Ms: quantile(sorted, 0.95),
      p99Ms: quantile(sorted, 0.99),
      cpu: Object.fromEntries(
        Object.entries(cpuMs).map(([name, total]) => [name, total / REQUESTS]),
      ),
    });
    say(
      `  ${kind.name}: p95 ${(rounds.at(-1)?.p95Ms ?? 0).toFixed(1)} ms, ${Math.round(result.bytes / 1024)} KiB`,
    );
  }
  const medianOf = (read: (round: (typeof rounds)[number]) => number): number =>
    median(rounds.map(read));
  const p95Ms = medianOf((round) => round.p95Ms);
  return {
    name: kind.name,
    p50Ms: medianOf((round) => round.p50Ms),
    p99Ms: medianOf((round) => round.p99Ms),
    cpuMs: {
      cell: medianOf((round) => round.cpu['cell'] ?? 0),
      PostgreSQL: medianOf((round) => round.cpu['PostgreSQL'] ?? 0),
    },
    ...(kind.hasGoal && {
      goal: { text: `p95 ≤ ${P95_MS_MAX} ms, was ${p95Ms.toFixed(1)}`, isMet: p95Ms <= P95_MS_MAX },
    }),
  };
}

/** Takes the cookies that a first visit leaves, so that no later one has to be placed. */
async function visit(routerPort: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${routerPort}/en/`, {
    headers: { accept: 'text/html', 'x-client-country': 'DE' },
  });
  await answer.text();
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

/** Pages of the storefront through the router, one shopper at a time. */
export const htmlPages: Suite = {
  name: 'html-pages',
  async run(context) {
    const cookie = await visit(context.fleet.routerPort);
    const measurements: Measurement[] = [];
    for (const kind of pageKinds(context.handles)) {
      measurements.push(await measureKind(context, kind, cookie));
    }
    return {
      title: 'Pages of the storefront',
      measurements,
      notes: [
        `HTML through the router to its last byte, brotli, one shopper at a time, ${REQUESTS} pages a round. No two category pages of a round are the same, so no cache has them.`,
      ],
    };
  },
};
