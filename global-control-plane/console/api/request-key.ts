import { useRef } from 'react';
import { ApiProblem } from './problem.ts';

/**
 * A key for a request with an effect. It stays while the answer is lost, so that trying again has one
 * effect; once there is an answer the next try is another request.
 */
export function useRequestKey() {
  const key = useRef<string>(undefined);
  return {
    read: (): string => (key.current ??= crypto.randomUUID()),
    answered: (error: unknown): void => {
      if (error === null || error instanceof ApiProblem) key.current = undefined;
    },
  };
}
