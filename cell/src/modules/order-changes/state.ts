/**
 * States of a change. Its units are moved when it is recorded; `open` is it until its money has moved as
 * well. `refused`: the gateway would not move the money, and people have to look at it.
 */
export const CHANGE_TRANSITIONS = {
  open: ['done', 'refused'],
  done: [],
  refused: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type ChangeState = keyof typeof CHANGE_TRANSITIONS;
