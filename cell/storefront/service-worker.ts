/**
 * Shows a page of ours where there is no network. It keeps that one page and its styles and nothing else:
 * whatever it kept of prices, stock or carts would be wrong one day.
 */

/** As much of a service worker's own interface as is used: the types of documents don't have it. */
interface Worker {
  readonly location: Location;
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(done: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    type: 'fetch',
    listener: (event: {
      readonly request: Request;
      respondWith(answer: Promise<Response>): void;
    }) => void,
  ): void;
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;
const KEPT = 'offline-1';
/** The language that the page which started us was in. */
const language = new URL(worker.location.href).searchParams.get('language') ?? 'en';
const OFFLINE_PAGE = `/${encodeURIComponent(language)}/offline`;

async function keepOfflinePage(): Promise<void> {
  // Without cookies: it is everybody's.
  const page = await fetch(OFFLINE_PAGE, { credentials: 'omit' });
  if (!page.ok) throw new Error(`the offline page was answered with ${page.status}`);
  const html = await page.clone().text();
  const styles = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(
    (match) => match[1],
  );
  const cache = await caches.open(KEPT);
  await cache.put(OFFLINE_PAGE, page);
  await cache.addAll(styles.filter((href) => href !== undefined));
}

async function answerOffline(request: Request, fault: unknown): Promise<Response> {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request.mode === 'navigate' ? OFFLINE_PAGE : request);
  if (kept === undefined) throw fault;
  return kept;
}

worker.addEventListener('install', (event) => {
  event.waitUntil(keepOfflinePage().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))),
      ),
  );
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const isStyle = request.destination === 'style';
  if (request.method !== 'GET' || (request.mode !== 'navigate' && !isStyle)) return;
  event.respondWith(fetch(request).catch((fault: unknown) => answerOffline(request, fault)));
});
