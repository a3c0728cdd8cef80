import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.tsx';

interface Look {
  /** `primary` once on a page, for what the page is for. */
  readonly variant?: 'primary' | 'accent' | 'secondary' | 'ghost' | 'danger' | undefined;
  readonly size?: 'medium' | 'small' | undefined;
  /** As wide as what holds it. */
  readonly wide?: boolean | undefined;
  /** Holds an icon alone: give an `aria-label`. */
  readonly icon?: boolean | undefined;
}

function lookOf(
  { variant = 'secondary', size = 'medium', wide = false, icon = false }: Look,
  className: string | undefined,
): string {
  return classNames(
    'ui-button',
    variant !== 'secondary' && `ui-button--${variant}`,
    size === 'small' && 'ui-button--small',
    wide && 'ui-button--wide',
    icon && 'ui-button--icon',
    className,
  );
}

export type ButtonProps = ComponentProps<'button'> &
  Look & {
    /** Shows that it is at work, and takes no second press. */
    readonly busy?: boolean;
    readonly children?: ReactNode;
  };

/** Does something. In a form it submits, unless its `type` says otherwise. */
export function Button({
  variant,
  size,
  wide,
  icon,
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      className={lookOf({ variant, size, wide, icon }, className)}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
    >
      {busy && <span className="ui-spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}

/** Goes somewhere, and looks like a button. */
export function ButtonLink({
  variant,
  size,
  wide,
  icon,
  className,
  ...rest
}: ComponentProps<'a'> & Look) {
  return <a {...rest} className={lookOf({ variant, size, wide, icon }, className)} />;
}
