import { type Partition, partitionOfId } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';

/** Methods that go through to a cell. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
export const ALLOWED_METHODS = [...METHODS].join(', ');

/** Longest request target, in bytes: the API's own are far below a tenth of it. */
export const URL_LENGTH_MAX = 4_096;

/** Origin form in printable ASCII, without the characters that some servers read as another. */
const TARGET_PATTERN = /^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/;
/** Encoded slash, backslash, dot and control characters: read differently by different servers. */
const ENCODED_TRICK_PATTERN = /%(?:2f|5c|2e|[01][0-9a-f]|7f)/i;
const DOT_SEGMENT_PATTERN = /\/\.{1,2}(?:\/|;|$)/;
const BROKEN_ESCAPE_PATTERN = /%(?![0-9a-f]{2})/i;

/**
 * Checks method and target before anything is decided by them, so that router and cell can't be made
 * to read one request as two different ones. Returns the refusal, or undefined where all is well.
 */
export function refuseTarget(method: string, url: string): AppError | undefined {
  if (!METHODS.has(method)) {
    return new AppError('method-not-allowed', { detail: `${method} is not served here` });
  }
  if (url.length > URL_LENGTH_MAX) {
    return new AppError('uri-too-long', { detail: `at most ${URL_LENGTH_MAX} bytes` });
  }
  if (!TARGET_PATTERN.test(url)) return badTarget('a path of printable ASCII is expected');
  if (url.includes('%')) {
    const path = pathOf(url);
    if (ENCODED_TRICK_PATTERN.test(path)) return badTarget('an encoded separator or control');
    if (BROKEN_ESCAPE_PATTERN.test(url)) return badTarget('a percent sign without two hex digits');
    if (url.includes('%00')) return badTarget('a null byte');
  }
  if (url.includes('/.') && DOT_SEGMENT_PATTERN.test(pathOf(url))) {
    return badTarget('a dot segment');
  }
  return undefined;
}

function badTarget(reason: string): AppError {
  return new AppError('invalid-request', { field: 'path', detail: `the address holds ${reason}` });
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** Length of the shortest id with a partition: type, realm and slot, UUID, two underscores. */
const PARTITION_ID_LENGTH_MIN = 2 + 1 + 5 + 1 + 26;

/** The partition that an id in the path names: that of the first segment which is such an id. */
export function partitionInPath(path: string): Partition | undefined {
  let start = 1;
  while (start < path.length) {
    let end = path.indexOf('/', start);
    if (end === -1) end = path.length;
    if (end - start >= PARTITION_ID_LENGTH_MIN) {
      const segment = path.slice(start, end);
      const partition = partitionOfId(segment.includes('%') ? decodeSegment(segment) : segment);
      if (partition !== undefined) return partition;
    }
    start = end + 1;
  }
  return undefined;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Well-formed escapes that are not UTF-8 name no id.
    return segment;
  }
}

export const WEBHOOK_PREFIX = '/v1/webhooks/';

/** Whether the path is a payment gateway's callback: no shopper is behind it, so none is pinned. */
export function isWebhook(path: string): boolean {
  return path.startsWith(WEBHOOK_PREFIX);
}

/** Requests by which one signs in or up: calls by their paths, forms of the storefront by a pattern. */
export const REPINNING = {
  paths: ['/v1/customers', '/v1/sessions', '/v1/sessions/refresh', '/graphql'],
  pagePattern: '^/[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}/account(?:/|$)',
} as const;
const REPINNING_PATHS: ReadonlySet<string> = new Set(REPINNING.paths);
const ACCOUNT_PAGE_PATTERN = new RegExp(REPINNING.pagePattern);

/** Whether an answer to this request may move the shopper to their own partition. */
export function mayRepin(method: string, path: string): boolean {
  return method === 'POST' && (REPINNING_PATHS.has(path) || ACCOUNT_PAGE_PATTERN.test(path));
}

/** Files that are the same for everybody, in every cell. */
const EVERYBODYS_PREFIXES = [
  '/assets/',
  '/v1/media/',
  '/favicon.',
  '/robots.txt',
  '/sitemap',
  '/service-worker.js',
] as const;

/**
 * Whether a request says nothing about a shopper: it pins nobody, so that the answer may be kept by
 * caches that many share.
 */
export function isEverybodys(method: string, path: string): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    EVERYBODYS_PREFIXES.some((prefix) => path.startsWith(prefix))
  );
}

/** Whether a path is a prefix of whole segments, or below it. */
export function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
}
