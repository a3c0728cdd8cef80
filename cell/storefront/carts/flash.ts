import type { PageContext } from '../page.ts';

/** What is told once, on the page that comes next. */
const TOLD = ['cart.notTaken', 'cart.held', 'cart.refused'] as const;
export type Told = (typeof TOLD)[number];

export interface Flash {
  readonly key: Told;
  readonly count: number;
}

/** Leaves something to be told. */
export function leaveFlash({ cookies }: PageContext, key: Told, count = 1): void {
  cookies.set('flash', `${key} ${count}`);
}

/** Takes what is to be told. */
export function takeFlash({ cookies }: PageContext): Flash | undefined {
  const text = cookies.get('flash');
  if (text === undefined) return undefined;
  cookies.clear('flash');
  const [name, count] = text.split(' ');
  const key = TOLD.find((told) => told === name);
  return key === undefined ? undefined : { key, count: Number(count) || 1 };
}
