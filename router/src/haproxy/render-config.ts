import { allCountries } from '@commerce/contracts/countries';
import { AppError, PROBLEM_CONTENT_TYPE, toProblem } from '@commerce/contracts/problems';
import { renderProblemPage } from '../problem-page.ts';
import { renderCell, renderCellDefaults } from './cell-rules.ts';
import {
  renderLimitFiles,
  renderLimitHeaders,
  renderLimitTables,
  renderRuleFiles,
} from './gateway-rules.ts';
import { renderIdsMap, renderPlaneRules, renderRequestRules } from './request-rules.ts';
import { filesIn, type HaproxyCell, type HaproxyFiles, type HaproxySettings } from './settings.ts';

/**
 * All headers of a request together, and a body that may be sent again, fit one buffer. Larger ones cost
 * every request: one is copied whole for each that may be sent again, and they leave the processor's cache.
 */
const BUFFER_BYTES = 16_384;
/** Room in a buffer for what is added to a head: the rest is what a client's may take. */
const REWRITE_BYTES = 2_048;
const CONNECTIONS_MAX = 10_000;
/** The Node plane's own limit is far above what HAProxy leaves to it; beyond this it would be a queue. */
const PLANE_CONNECTIONS_MAX = 256;

/** Problems that HAProxy tells by itself, by status. */
const OWN_PROBLEMS: readonly AppError[] = [
  new AppError('invalid-request', {
    detail: 'this is not well-formed HTTP, or its head is too large',
  }),
  new AppError('request-timeout'),
  new AppError('internal-error'),
  new AppError('bad-gateway', { detail: 'the cell broke off before it answered', retryAfterS: 1 }),
  new AppError('unavailable', { detail: 'the router can not answer at present', retryAfterS: 1 }),
  new AppError('gateway-timeout', { retryAfterS: 1 }),
];

/**
 * Renders HAProxy's configuration from settings and cells. Partitions are not in it: they are a map that
 * is changed while HAProxy runs. Equal input gives equal text, so that a change of it is a reason to
 * load it anew.
 */
export function renderConfig(settings: HaproxySettings, cells: readonly HaproxyCell[]): string {
  const files = filesIn(settings.folder);
  const sorted = cells.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return [
    ...renderGlobal(files),
    ...renderBase(settings, files),
    ...renderCellDefaults(settings, files),
    '',
    'backend positions from base',
    // Entries have no time-out: a gap must be known however long ago the last write was.
    `  stick-table type string len 32 size ${settings.positionsMax} nopurge store gpt(3)`,
    '',
    ...renderLimitTables(settings),
    'frontend public from base',
    `  bind ${settings.host}:${settings.port}`,
    // The limit of the whole process follows from how many files this account may have open.
    `  maxconn ${CONNECTIONS_MAX}`,
    ...renderRequestRules(settings, files).map((line) => `  ${line}`),
    ...renderLimitHeaders(settings).map((line) => `  ${line}`),
    `  http-after-response set-header connection close if { str(router),map_str(${files.state}) -m str draining }`,
    '',
    'backend plane from base',
    ...renderPlaneRules().map((line) => `  ${line}`),
    '  http-reuse always',
    '  timeout server 60s',
    `  server plane unix@${files.planeSocket} maxconn ${PLANE_CONNECTIONS_MAX}`,
    '',
    ...sorted.flatMap((cell) => renderCell(cell, settings, files)),
  ].join('\n');
}

function renderGlobal(files: HaproxyFiles): string[] {
  return [
    'global',
    `  stats socket ${files.runtimeSocket} mode 600 level admin expose-fd listeners`,
    `  tune.bufsize ${BUFFER_BYTES}`,
    `  tune.maxrewrite ${REWRITE_BYTES}`,
    '  tune.http.maxhdr 200',
    // Names and addresses differ from request to request: to remember what each matched costs more than to match.
    '  tune.pattern.cache-size 0',
    // Connections of a process that is replaced have this long.
    '  hard-stop-after 30s',
    // Idle ones end one by one, and those that are asked once more meanwhile end with that answer: all at
    // once would meet requests that are on their way.
    '  close-spread-time 3s',
    '  ssl-server-verify required',
    '',
  ];
}

function renderBase({ limits, headTimeoutMs }: HaproxySettings, files: HaproxyFiles): string[] {
  return [
    'defaults base',
    '  mode http',
    // It holds for a body that is held as well: a slow client costs no cell anything.
    `  timeout http-request ${headTimeoutMs}ms`,
    '  timeout http-keep-alive 65s',
    '  timeout client 30s',
    // Who has closed their half is gone, as on the Node plane: nothing goes on for them.
    '  timeout client-fin 1s',
    '  option abortonclose',
    `  timeout connect ${limits.connectTimeoutMs}ms`,
    `  timeout server ${limits.answerTimeoutMs}ms`,
    `  timeout queue ${Math.min(limits.answerTimeoutMs, 5_000)}ms`,
    '  timeout tunnel 5m',
    '  timeout check 1s',
    ...OWN_PROBLEMS.map(({ status }) => `  errorfile ${status} ${files.problem(status)}`),
    '',
  ];
}

/** Files that the configuration names and that never change, by path. */
export function renderFixedFiles(settings: HaproxySettings): ReadonlyMap<string, string> {
  const files = filesIn(settings.folder);
  const full = new AppError('unavailable', {
    detail: 'the cell has as many requests under way as it may',
    retryAfterS: 1,
  });
  return new Map([
    [files.ids, renderIdsMap()],
    [files.state, 'router serving\n'],
    [
      files.countries,
      allCountries()
        .map(({ code }) => `${code}\n`)
        .join(''),
    ],
    ...renderLimitFiles(settings, files),
    ...renderRuleFiles(files),
    [files.fullProblem, JSON.stringify(toProblem(full))],
    [files.fullPage, renderProblemPage(full, { method: 'POST', url: '/', headers: {} }, undefined)],
    ...OWN_PROBLEMS.map((error): [string, string] => [
      files.problem(error.status),
      renderAnswer(error),
    ]),
  ]);
}

/** A whole answer, head and all, as HAProxy sends it. */
function renderAnswer(error: AppError): string {
  const body = JSON.stringify(toProblem(error));
  const { retryAfterS } = error.options;
  return [
    `HTTP/1.1 ${error.status} ${error.code}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    ...(retryAfterS === undefined ? [] : [`retry-after: ${retryAfterS}`]),
    '',
    body,
  ].join('\r\n');
}
