import { ToastProvider } from '@commerce/ui/toast';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from 'react-router/dom';
import { isRetryable } from './api/problem.ts';
import { LanguageProvider, useText } from './i18n/language.tsx';
import { router } from './routes.tsx';
import { SessionGate } from './shell/session.tsx';

const RETRIES_MAX = 2;
/** Lists are shown again without asking when one comes back to them this soon. */
const FRESH_MS = 5_000;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < RETRIES_MAX && isRetryable(error),
      // Without a network the control plane on the same machine still answers.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** The console of vendors and operators. */
export function Console() {
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <Pages />
      </LanguageProvider>
    </QueryClientProvider>
  );
}

function Pages() {
  const text = useText();
  return (
    <ToastProvider closeLabel={text('close')}>
      <SessionGate>
        <RouterProvider router={router} />
      </SessionGate>
    </ToastProvider>
  );
}
