import type { Problem } from '@commerce/contracts/problems';

/** A refusal or fault that the control plane told of. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  /** Seconds after which a repeat makes sense. */
  readonly retryAfterS: number | undefined;

  constructor(problem: Problem, retryAfterS: number | undefined) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** The control plane did not answer: no network, or it is away. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The control plane does not answer.', { cause });
    this.name = 'Unreachable';
  }
}

export function isProblem(error: unknown, code: string): error is ApiProblem {
  return error instanceof ApiProblem && error.problem.code === code;
}

/** Whether sending the same again may help. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof Unreachable || (error instanceof ApiProblem && error.problem.status >= 500)
  );
}

/** Refusals of single fields, by the path of the field; those without one are under ''. */
export function fieldProblems(error: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!(error instanceof ApiProblem)) return found;
  const { problem } = error;
  for (const { field, detail } of problem.problems ?? []) {
    if (!found.has(field ?? '')) found.set(field ?? '', detail);
  }
  if (found.size === 0) found.set(problem.field ?? '', problem.detail ?? problem.title);
  return found;
}
