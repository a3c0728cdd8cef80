import type { Writable } from 'node:stream';
import type { ReactNode } from 'react';
import { renderToPipeableStream } from 'react-dom/server';
import type { ApiCategories, ApiLink } from './api-types.ts';
import { contextOf } from './context.ts';
import type { BuiltFiles, CreateStorefront, PageAnswer, PageRequest } from './contract.ts';
import { TRANSLATED, translatorOf } from './i18n.ts';
import { ErrorPage, errorHead } from './layout/error-page.tsx';
import { FORM_TOKEN_FIELD } from './layout/form-token.tsx';
import { Layout } from './layout/layout.tsx';
import { renderHead } from './head.ts';
import {
  type AnyPage,
  ApiProblem,
  type JsonAnswer,
  notFound,
  type PageContext,
  type Redirect,
  type Shown,
} from './page.ts';
import { PageScope } from './page-scope.tsx';
import { PAGES } from './pages/index.ts';
import { createRoutes } from './routes.ts';

const findPage = createRoutes(PAGES, ({ path }) => path);

/** Makes the storefront's pages on the files that a build has made. */
export const createStorefront: CreateStorefront = (files) => ({
  formTokenField: FORM_TOKEN_FIELD,
  languages: TRANSLATED,

  async answer(request) {
    const route = findPage(request.path);
    const context = contextOf(request, route?.params ?? {});
    try {
      if (route === undefined) throw notFound();
      const [outcome, categories] = await Promise.all([
        outcomeOf(route.target, context),
        topCategories(context),
      ]);
      return toAnswer(files, context, route.target, outcome, categories);
    } catch (error) {
      if (error instanceof ApiProblem) {
        return tell(files, context, error, await topCategories(context));
      }
      throw error;
    }
  },

  tell: (request, { status, retryAfterS }) =>
    tell(
      files,
      contextOf(request, {}),
      new ApiProblem(
        status,
        undefined,
        retryAfterS === undefined ? undefined : String(retryAfterS),
      ),
    ),

  texts(language) {
    const t = translatorOf(language);
    return { name: t('site.name'), description: t('site.description') };
  },
});

/** What header and footer lead to; a page is shown without them where they can't be had. */
async function topCategories({ read, method }: PageContext): Promise<readonly ApiLink[]> {
  if (method === 'POST') return [];
  const { items } = await read<ApiCategories>('/v1/categories').catch(() => ({ items: [] }));
  return items.filter(({ parent }) => parent === null);
}

type Outcome = Shown<unknown> | Redirect | JsonAnswer;

async function outcomeOf(page: AnyPage, context: PageContext): Promise<Outcome> {
  if (context.form === undefined) return page.load(context);
  if (page.act === undefined) throw new ApiProblem(405, { code: 'method-not-allowed' }, undefined);
  return page.act(context, context.form);
}

function toAnswer(
  files: BuiltFiles,
  context: PageContext,
  page: AnyPage,
  outcome: Outcome,
  categories: readonly ApiLink[],
): PageAnswer {
  if ('redirect' in outcome) {
    return { kind: 'redirect', status: outcome.status ?? 303, location: outcome.redirect };
  }
  if ('json' in outcome) {
    return { kind: 'json', status: outcome.status ?? 200, body: outcome.json };
  }
  const { data, status = 200 } = outcome;
  const { View } = page;
  return {
    kind: 'page',
    status,
    head: headOf(files, context, page.head(data, context)),
    pipe: pipeBody(
      context,
      <Layout frame={page.frame ?? 'full'} categories={categories}>
        <View data={data} />
      </Layout>,
    ),
    formActions: page.formActions?.(data),
    isPrivate: page.isPrivate,
  };
}

function headOf(
  files: BuiltFiles,
  context: PageRequest,
  tags: Parameters<typeof renderHead>[0],
): string {
  const t = translatorOf(context.locale.language);
  return renderHead(tags, { request: context, t, files, languages: TRANSLATED });
}

function tell(
  files: BuiltFiles,
  context: PageContext,
  problem: ApiProblem,
  categories: readonly ApiLink[] = [],
): PageAnswer {
  // The router reads it and sends the request to where the data is; nobody else sees it.
  if (context.wantsJson || problem.status === 421) {
    return {
      kind: 'json',
      status: problem.status,
      body: problem.body ?? { status: problem.status },
    };
  }
  return {
    kind: 'page',
    status: problem.status,
    head: headOf(files, context, errorHead(problem, context.t)),
    pipe: pipeBody(
      context,
      <Layout frame="full" categories={categories}>
        <ErrorPage problem={problem} />
      </Layout>,
    ),
    retryAfterS: problem.retryAfterS,
  };
}

/**
 * The body is written as it is made. All data is there beforehand and nothing suspends, so React writes
 * no script of its own into it, which the content security policy would refuse.
 */
function pipeBody(context: PageContext, body: ReactNode): (destination: Writable) => void {
  return (destination) => {
    const { pipe, abort } = renderToPipeableStream(<PageScope value={context}>{body}</PageScope>, {
      onShellReady: () => void pipe(destination),
      onShellError: (error) => void destination.destroy(error as Error),
      // What fails below the shell has no boundary to be replaced by: the answer breaks off.
      onError: (error) => void destination.destroy(error as Error),
    });
    destination.once('close', () => abort());
  };
}
