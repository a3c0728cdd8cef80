import type { ApiAnswer, PageRequest } from './contract.ts';
import { translatorOf } from './i18n.ts';
import { ApiProblem, type PageContext, type QueryOf } from './page.ts';

/** A path with its query. */
export function withQuery(path: string, query: QueryOf = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) {
      parameters.append(name, item);
    }
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

function bodyOf<Body>(answer: ApiAnswer): Body {
  if (answer.status >= 200 && answer.status < 300) return answer.body as Body;
  throw new ApiProblem(answer.status, answer.body, answer.headers['retry-after']);
}

/** Adds to a request what every page makes use of. */
export function contextOf(
  request: PageRequest,
  params: Readonly<Record<string, string>>,
): PageContext {
  const { locale, api } = request;
  const { language, country, currency } = locale;
  // Header, breadcrumbs and lists ask for the same things; for one page they are asked for once.
  const reads = new Map<string, Promise<ApiAnswer>>();

  function get(path: string, query: QueryOf): Promise<ApiAnswer> {
    const url = withQuery(path, query);
    const known = request.form === undefined ? reads.get(url) : undefined;
    const answer = known ?? api('GET', url);
    reads.set(url, answer);
    return answer;
  }

  return {
    ...request,
    params,
    t: translatorOf(language),
    href: (path, query) => `/${language}${withQuery(path, query)}`,
    read: async <Body>(path: string, query?: QueryOf) =>
      bodyOf<Body>(await get(path, { language, ...query })),
    readPriced: async <Body>(path: string, query?: QueryOf) =>
      bodyOf<Body>(await get(path, { language, country, currency, ...query })),
    write: async <Body>(
      method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
      path: string,
      options?: Parameters<typeof api>[2],
    ) => {
      // What was read before may be different now.
      reads.clear();
      return bodyOf<Body>(await api(method, path, options));
    },
  };
}
