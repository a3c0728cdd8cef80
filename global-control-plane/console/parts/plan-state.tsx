import type { PlanState } from '@commerce/contracts/evacuation-plans';
import { Badge, type Tone } from '@commerce/ui/content';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useText } from '../i18n/language.tsx';

const STATES: Readonly<Record<PlanState, readonly [Tone, MessageKey]>> = {
  running: ['info', 'plan.running'],
  paused: ['warning', 'plan.paused'],
  halted: ['danger', 'plan.halted'],
  'rolling-back': ['info', 'plan.rollingBack'],
  done: ['success', 'plan.done'],
  'rolled-back': ['neutral', 'plan.rolledBack'],
  completed: ['success', 'plan.completed'],
};

/** What is wished for and how far it is, in one word. */
export function PlanStateBadge({ state }: { readonly state: PlanState }) {
  const text = useText();
  const [tone, label] = STATES[state];
  return <Badge tone={tone}>{text(label)}</Badge>;
}
