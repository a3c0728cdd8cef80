import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo } from 'react';
import { keepToken, read, send } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';
import type { BrowserState, Session, User } from '../api/types.ts';
import { SignIn } from '../pages/sign-in.tsx';
import { Failure, Loading } from './states.tsx';

interface SessionContext {
  readonly user: User;
  readonly isOperator: boolean;
  readonly signOut: () => Promise<void>;
}

const Context = createContext<SessionContext | undefined>(undefined);
const STATE = ['browser-session'] as const;

async function readState(): Promise<BrowserState> {
  const state = await read<BrowserState>('/v1/browser-session');
  keepToken(state.session?.csrfToken);
  return state;
}

/** What the one before has seen is nothing for the next. */
function forgetOthers(queries: QueryClient): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== STATE[0] });
}

/**
 * Calls back when an answer shows that the session has ended, or that another window has begun one: then
 * the token that this window holds is of the one before.
 */
function onStaleSession(queries: QueryClient, callback: () => void): () => void {
  const look = (error: unknown): void => {
    if (isProblem(error, 'unauthenticated') || isProblem(error, 'cross-site')) callback();
  };
  const stops = [
    queries.getQueryCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error') look(event.action.error);
    }),
    queries.getMutationCache().subscribe((event) => {
      if (event.type === 'updated' && event.action.type === 'error') look(event.action.error);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Shows the pages to who is signed in, and the sign-in to everybody else. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: STATE, queryFn: readState });

  useEffect(() => onStaleSession(queries, () => void refetch()), [queries, refetch]);

  const enter = useCallback(
    (session: Session) => {
      keepToken(session.csrfToken);
      forgetOthers(queries);
      queries.setQueryData<BrowserState>(STATE, { session, hints: [] });
    },
    [queries],
  );
  const user = data?.session?.user;
  const context = useMemo(
    () =>
      user && {
        user,
        isOperator: user.roles.includes('operator'),
        signOut: async () => {
          await send('/v1/browser-session', { method: 'DELETE' });
          keepToken(undefined);
          forgetOthers(queries);
          await refetch();
        },
      },
    [user, queries, refetch],
  );
  if (error !== null && data === undefined) {
    return <Failure error={error} retry={() => void refetch()} level={1} />;
  }
  if (data === undefined) return <Loading />;
  if (context === undefined) return <SignIn hints={data.hints} onSignedIn={enter} />;
  return <Context value={context}>{children}</Context>;
}

/** Who is signed in. */
export function useSession(): SessionContext {
  const context = use(Context);
  if (context === undefined) throw new Error('nobody is signed in');
  return context;
}

/** Whether somebody may change what belongs to their vendor. */
export function useMayWrite(): boolean {
  const { user } = useSession();
  return user.roles.some((role) => role === 'operator' || role === 'owner' || role === 'editor');
}

/** Whether somebody may change the vendor itself and its staff. */
export function useMayManage(): boolean {
  const { user } = useSession();
  return user.roles.some((role) => role === 'operator' || role === 'owner');
}
