import type { HttpApp } from '@commerce/service/http/app';

type Answer = Awaited<ReturnType<HttpApp['inject']>>;

/** A browser without scripts, as far as pages notice: it keeps cookies and sends forms. */
export interface PageVisitor {
  open(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends a form as a page of ours would hold it. */
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  cookie(name: string): string | undefined;
  setCookie(name: string, value: string): void;
}

const TOKEN_PATTERN = /name="_token" value="([\w-]+)"/;

/** A visitor who has not been here before. */
export function visitPages(app: HttpApp): PageVisitor {
  const kept = new Map<string, string>();

  const send = async (
    method: 'GET' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    payload?: string,
  ): Promise<Answer> => {
    const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await app.inject({
      method,
      url,
      headers: { accept: 'text/html', host: 'shop.test', cookie, ...headers },
      ...(payload !== undefined && { payload }),
    });
    for (const { name, value } of answer.cookies) {
      if (value === '') kept.delete(name);
      else kept.set(name, value);
    }
    return answer;
  };

  const open: PageVisitor['open'] = (url, headers = {}) => send('GET', url, headers);

  return {
    open,
    async post(url, fields, headers = {}) {
      const token = TOKEN_PATTERN.exec((await open('/en/preferences')).body)?.[1] ?? '';
      const payload = new URLSearchParams({ _token: token, ...fields }).toString();
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      return send('POST', url, { ...type, ...headers }, payload);
    },
    cookie: (name) => kept.get(name),
    setCookie(name, value) {
      kept.set(name, value);
    },
  };
}
