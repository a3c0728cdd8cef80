import {
  type EvacuationPlan,
  PLAN_PHASES,
  type PlanPhase,
} from '@commerce/contracts/evacuation-plans';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage } from '../i18n/language.tsx';

const NAMES: Readonly<Record<PlanPhase, MessageKey>> = {
  seed: 'phase.seed',
  verify: 'phase.verify',
  'catch-up': 'phase.catchUp',
  fence: 'phase.fence',
  await: 'phase.await',
  flip: 'phase.flip',
  promote: 'phase.promote',
  demote: 'phase.demote',
};

/** Where the time of an evacuation went, phase by phase, summed over its batches. */
export function Phases({ phasesMs }: { readonly phasesMs: EvacuationPlan['phasesMs'] }) {
  const { text, formats } = useLanguage();
  const phases = Object.keys(PLAN_PHASES) as PlanPhase[];
  const most = Math.max(1, ...phases.map((phase) => phasesMs[phase] ?? 0));
  return (
    <ul className="c-meters">
      {phases.map((phase) => {
        const ms = phasesMs[phase] ?? 0;
        return (
          <li key={phase}>
            <span>{text(NAMES[phase])}</span>
            <span className="c-muted">{text('evacuations.ms', { count: formats.number(ms) })}</span>
            <meter aria-label={text(NAMES[phase])} min={0} max={most} value={ms} />
          </li>
        );
      })}
    </ul>
  );
}
