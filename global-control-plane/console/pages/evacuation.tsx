import { type EvacuationPlan, PLAN_TRANSITIONS } from '@commerce/contracts/evacuation-plans';
import { Button } from '@commerce/ui/button';
import { Card, Notice } from '@commerce/ui/content';
import { TextField } from '@commerce/ui/field';
import { Dialog } from '@commerce/ui/overlay';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useHref, useParams } from 'react-router';
import { read } from '../api/client.ts';
import type { MessageKey } from '../i18n/catalogues.ts';
import { useLanguage } from '../i18n/language.tsx';
import { Phases } from '../parts/phases.tsx';
import { PlanStateBadge } from '../parts/plan-state.tsx';
import { OperatorName } from '../parts/operator-name.tsx';
import { Page } from '../shell/page.tsx';
import { ProblemText, Shown } from '../shell/states.tsx';

const REFETCH_MS = 700;

const WISHES = {
  pause: { to: 'paused', label: 'wish.pause', isGrave: false },
  resume: { to: 'running', label: 'wish.resume', isGrave: false },
  rollback: { to: 'rolling-back', label: 'wish.rollback', isGrave: true },
  complete: { to: 'completed', label: 'wish.complete', isGrave: true },
} as const;
type Wish = keyof typeof WISHES;

function useWish(plan: EvacuationPlan) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wish: Wish) =>
      read<EvacuationPlan>(`/v1/evacuations/${plan.id}/${wish}`, { method: 'POST', body: {} }),
    onSuccess: (next) => queries.setQueryData(['evacuation', plan.id], next),
  });
}

/** Moving everything back, or giving that up, is done once the cell's name was typed. */
function ConfirmDialog({
  plan,
  wish,
  onConfirm,
  onClose,
}: {
  readonly plan: EvacuationPlan;
  readonly wish: Wish;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}) {
  const { text } = useLanguage();
  const [typed, setTyped] = useState('');
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={text(WISHES[wish].label)}
      text={text(wish === 'rollback' ? 'wish.rollbackText' : 'wish.completeText')}
      closeLabel={text('close')}
      actions={
        <>
          <Button onClick={onClose}>{text('cancel')}</Button>
          <Button variant="danger" disabled={typed !== plan.source} onClick={onConfirm}>
            {text(WISHES[wish].label)}
          </Button>
        </>
      }
    >
      <TextField
        label={text('evacuate.confirm', { cell: plan.source })}
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
      />
    </Dialog>
  );
}

function Actions({ plan }: { readonly plan: EvacuationPlan }) {
  const { text } = useLanguage();
  const wish = useWish(plan);
  const [asking, setAsking] = useState<Wish>();
  const open = PLAN_TRANSITIONS[plan.state];
  const wishes = (Object.keys(WISHES) as Wish[]).filter((name) => open.includes(WISHES[name].to));
  return (
    <>
      {wish.error !== null && (
        <Notice tone="danger" live>
          <ProblemText error={wish.error} />
        </Notice>
      )}
      {wishes.map((name) => (
        <Button
          key={name}
          variant={name === 'rollback' ? 'danger' : 'secondary'}
          busy={wish.isPending && wish.variables === name}
          onClick={() => (WISHES[name].isGrave ? setAsking(name) : wish.mutate(name))}
        >
          {text(WISHES[name].label)}
        </Button>
      ))}
      {asking !== undefined && (
        <ConfirmDialog
          plan={plan}
          wish={asking}
          onClose={() => setAsking(undefined)}
          onConfirm={() => {
            wish.mutate(asking);
            setAsking(undefined);
          }}
        />
      )}
    </>
  );
}

/** Milliseconds until the end at the rate so far; undefined where nothing moves. */
function leftMs(plan: EvacuationPlan): number | undefined {
  const { moved, total } = plan.counts;
  if (plan.state !== 'running' || moved === 0 || moved >= total) return undefined;
  return ((Date.now() - Date.parse(plan.createdAt)) / moved) * (total - moved);
}

function Progress({ plan }: { readonly plan: EvacuationPlan }) {
  const { text, formats } = useLanguage();
  const { moved, total } = plan.counts;
  const isBack = plan.state === 'rolling-back' || plan.state === 'rolled-back';
  const left = leftMs(plan);
  return (
    <Card>
      <div className="c-card-head">
        <h2>{text('evacuations.progress')}</h2>
        <span className="c-muted" role="status">
          {text(isBack ? 'evacuations.movedBackOf' : 'evacuations.movedOf', {
            moved: formats.number(moved),
            total: formats.number(total),
          })}
          {left !== undefined &&
            ` · ${text('evacuations.left', { count: Math.max(1, Math.round(left / 1000)) })}`}
        </span>
      </div>
      <progress
        className="c-progress"
        aria-label={text('evacuations.progress')}
        max={Math.max(1, total)}
        value={moved}
      />
    </Card>
  );
}

function Facts({ plan }: { readonly plan: EvacuationPlan }) {
  const { text, formats } = useLanguage();
  const { pauses } = plan;
  const facts: readonly (readonly [MessageKey, ReactNode])[] = [
    ['evacuations.began', formats.dateTime(plan.createdAt)],
    ['evacuations.by', <OperatorName key="by" by={plan.createdBy} />],
    ['evacuations.mode', text(plan.mode === 'planned' ? 'mode.planned' : 'mode.emergency')],
    ['evacuations.steps', plan.steps.map((step) => `${step} %`).join(', ')],
    [
      'evacuations.pauses',
      pauses === null
        ? '–'
        : text('evacuations.pausesOf', {
            p50: pauses.p50Ms,
            p99: pauses.p99Ms,
            max: pauses.maxMs,
          }),
    ],
    ['evacuations.runner', plan.runner?.id ?? '–'],
  ];
  return (
    <Card>
      <h2>{text('evacuations.facts')}</h2>
      <dl className="c-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{text(name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** One evacuation, as it runs and afterwards. */
export function EvacuationPage() {
  const { text } = useLanguage();
  const { planId = '' } = useParams();
  const list = useHref('/evacuations');
  const query = useQuery({
    queryKey: ['evacuation', planId],
    queryFn: ({ signal }) => read<EvacuationPlan>(`/v1/evacuations/${planId}`, { signal }),
    refetchInterval: REFETCH_MS,
  });
  const plan = query.data;
  const title =
    plan === undefined ? planId : `${plan.source} → ${plan.target ?? text('evacuations.standbys')}`;
  return (
    <Page
      title={title}
      crumbs={[{ name: text('nav.evacuations'), href: list }, { name: title }]}
      aside={plan && <PlanStateBadge state={plan.state} />}
      actions={plan && <Actions plan={plan} />}
    >
      <Shown query={query}>
        {(data) => (
          <div className="c-stack">
            {data.halt !== null && data.state === 'halted' && (
              <Notice tone="danger" live title={text('plan.halted')}>
                {data.halt}
              </Notice>
            )}
            <Progress plan={data} />
            <div className="c-split c-split--even">
              <Card>
                <h2>{text('evacuations.phases')}</h2>
                <Phases phasesMs={data.phasesMs} />
              </Card>
              <Facts plan={data} />
            </div>
          </div>
        )}
      </Shown>
    </Page>
  );
}
