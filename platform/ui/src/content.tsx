import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.tsx';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger' | 'info';

/** A frame around what belongs together. */
export function Card({
  flush = false,
  className,
  ...rest
}: ComponentProps<'div'> & { readonly flush?: boolean }) {
  return <div {...rest} className={classNames('ui-card', flush && 'ui-card--flush', className)} />;
}

/** A word or two about a thing's state. */
export function Badge({
  tone = 'neutral',
  children,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
}) {
  return (
    <span className={classNames('ui-badge', tone !== 'neutral' && `ui-badge--${tone}`)}>
      {children}
    </span>
  );
}

const NOTICE_ICONS = {
  info: 'info',
  success: 'success',
  warning: 'warning',
  danger: 'error',
} as const satisfies Readonly<Record<string, IconName>>;

/** Something to know, beside what it is about. `live` tells it to those who hear the page. */
export function Notice({
  tone = 'info',
  title,
  children,
  live = false,
}: {
  readonly tone?: keyof typeof NOTICE_ICONS;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly live?: boolean;
}) {
  return (
    <div
      className={classNames('ui-notice', tone !== 'info' && `ui-notice--${tone}`)}
      role={live ? (tone === 'danger' ? 'alert' : 'status') : undefined}
    >
      <Icon name={NOTICE_ICONS[tone]} />
      <div>
        {title !== undefined && <p className="ui-notice__title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

interface StateProps {
  readonly icon: IconName;
  readonly title: ReactNode;
  readonly text?: ReactNode;
  /** What one can do now; links and buttons. */
  readonly actions?: ReactNode;
  readonly level?: 1 | 2 | 3;
}

function State({ icon, title, text, actions, level = 2 }: StateProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="ui-state">
      <Icon name={icon} />
      <Heading className="ui-state__title">{title}</Heading>
      {text !== undefined && <p className="ui-state__text">{text}</p>}
      {actions !== undefined && <div className="ui-state__actions">{actions}</div>}
    </div>
  );
}

/** In place of a list that has nothing in it: why, and what to do. */
export function EmptyState({
  icon = 'box',
  ...rest
}: Omit<StateProps, 'icon'> & { readonly icon?: IconName }) {
  return <State {...rest} icon={icon} />;
}

/** In place of what could not be had: what happened, and the way on. */
export function ErrorState({
  icon = 'warning',
  ...rest
}: Omit<StateProps, 'icon'> & { readonly icon?: IconName }) {
  return (
    <div role="alert">
      <State {...rest} icon={icon} />
    </div>
  );
}

/** Holds the place of what is on its way. Say once, in a live region, that it is loading. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span className={classNames('ui-skeleton', className)} aria-hidden="true" />;
}

/** A table that scrolls sideways by itself where the screen is narrow. */
export function Table({
  label,
  children,
  ...rest
}: ComponentProps<'table'> & { readonly label: string }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    <div className="ui-table" role="region" aria-label={label} tabIndex={0}>
      <table {...rest}>{children}</table>
    </div>
  );
}

export interface Crumb {
  readonly name: string;
  /** Absent for where one is. */
  readonly href?: string | undefined;
}

/** The way from the top to here. */
export function Breadcrumbs({
  label,
  crumbs,
}: {
  readonly label: string;
  readonly crumbs: readonly Crumb[];
}) {
  return (
    <nav className="ui-breadcrumbs" aria-label={label}>
      <ol>
        {crumbs.map(({ name, href }, index) => (
          <li key={`${index} ${name}`}>
            {index > 0 && <Icon name="chevron-end" />}
            {href === undefined ? (
              <span aria-current="page">{name}</span>
            ) : (
              <a href={href}>{name}</a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** A price that is formatted already; `was` is what it was before. */
export function Price({
  children,
  was,
  wasLabel,
}: {
  readonly children: ReactNode;
  readonly was?: ReactNode;
  readonly wasLabel?: string;
}) {
  return (
    <span className="ui-price">
      {children}
      {was !== undefined && (
        <>
          {' '}
          <span className="ui-visually-hidden">{wasLabel}</span>
          <s className="ui-price__was">{was}</s>
        </>
      )}
    </span>
  );
}

/** For those who hear the page. */
export function VisuallyHidden({ children }: { readonly children: ReactNode }) {
  return <span className="ui-visually-hidden">{children}</span>;
}
